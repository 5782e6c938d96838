"""The shape of notices and outgoing mail in the API."""

from rest_framework import serializers

from notifications.models import Notification, OutgoingMail


class NotificationSerializer(serializers.ModelSerializer[Notification]):
    """One thing one was told."""

    class Meta:
        model = Notification
        fields = ("id", "kind", "kind_label", "title", "body", "url", "created_at", "read_at")


class OutgoingMailSerializer(serializers.ModelSerializer[OutgoingMail]):
    """A mail and how far it got; what it says is not repeated here."""

    class Meta:
        model = OutgoingMail
        fields = (
            "id",
            "to",
            "subject",
            "message_id",
            "state",
            "attempts",
            "created_at",
            "due_at",
            "sent_at",
            "error",
        )
