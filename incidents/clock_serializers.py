"""How clocks and their segments look over the API."""

from typing import Any

from rest_framework import serializers

from incidents.explaining import ExplainedClock, ExplainedSegment


class SegmentSerializer(serializers.Serializer[Any]):
    """A stretch of one kind; `used_seconds` is what was consumed by its end."""

    kind = serializers.CharField(source="segment.kind.value")
    why = serializers.CharField()
    started_at = serializers.DateTimeField(source="segment.started_at")
    ended_at = serializers.DateTimeField(source="segment.ended_at")
    used_seconds = serializers.SerializerMethodField()
    ahead = serializers.BooleanField(source="segment.ahead")

    def get_used_seconds(self, one: ExplainedSegment) -> float:
        """Working time consumed by the segment's end."""
        return one.segment.consumed.total_seconds()


class ClockSerializer(serializers.Serializer[Any]):
    """A clock of a ticket, and why it is due when it is."""

    target = serializers.CharField(source="clock.target")
    label: Any = serializers.CharField()
    number = serializers.IntegerField(source="clock.number")
    state = serializers.CharField(source="standing.name")
    minutes = serializers.IntegerField(source="clock.minutes")
    used_seconds = serializers.SerializerMethodField()
    percent = serializers.IntegerField()
    started_at = serializers.DateTimeField(source="clock.started_at")
    stopped_at = serializers.DateTimeField(source="clock.stopped_at")
    warn_at = serializers.DateTimeField(source="clock.warn_at")
    due_at = serializers.DateTimeField(source="clock.due_at")
    policy = serializers.CharField(source="clock.policy_version.policy.name")
    policy_version = serializers.IntegerField(source="clock.policy_version.number")
    calendar = serializers.CharField(source="clock.calendar_version.calendar.name")
    calendar_version = serializers.IntegerField(source="clock.calendar_version.number")
    segments = SegmentSerializer(many=True)

    def get_used_seconds(self, one: ExplainedClock) -> float:
        """Working time on the clock so far; waiting is no part of it."""
        return one.used.total_seconds()
