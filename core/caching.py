"""The cache's serializer."""

import json

from django.core.serializers.json import DjangoJSONEncoder


class JSONSerializer:
    """JSON in, JSON out; integers stay plain so that Redis can count with them."""

    def dumps(self, value: object) -> bytes | int:
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        return json.dumps(value, cls=DjangoJSONEncoder).encode()

    def loads(self, data: bytes) -> object:
        return json.loads(data)
