"""Which files may be shown as pictures: raster images by their first bytes, never by their name."""

from collections.abc import Mapping

# Formats every browser decodes and none runs scripts of; SVG is a document and is not among them.
_SIGNS: Mapping[bytes, str] = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
RASTER_TYPES = frozenset({*_SIGNS.values(), "image/webp"})
HEAD_BYTES = 16


def raster_type(head: bytes) -> str:
    """The content type of a raster image that begins with these bytes; empty for anything else."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for sign, kind in _SIGNS.items() if head.startswith(sign)), "")


def honest_type(head: bytes, claimed: str) -> str:
    """The type to keep: what the bytes prove, and no image type that they do not."""
    proved = raster_type(head)
    if proved:
        return proved
    claimed = claimed.split(";", maxsplit=1)[0].strip().lower()[:100]
    return claimed if claimed and not claimed.startswith("image/") else "application/octet-stream"
