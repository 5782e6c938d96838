"""The shape of points, declined causes and measures of asks in the API."""

from typing import Any

from rest_framework import serializers

from devlink.ask_measures import PERIODS
from devlink.declined import Declined


class PurseSerializer(serializers.Serializer[Any]):
    """A support team's points in a sprint."""

    team = serializers.IntegerField(source="team.pk")
    sprint = serializers.IntegerField(source="sprint.pk")
    total = serializers.IntegerField()
    carried_over = serializers.IntegerField()
    spent = serializers.IntegerField()
    left = serializers.IntegerField()


class SinceSerializer(serializers.Serializer[Any]):
    """What came in since one moment."""

    label = serializers.CharField()  # type: ignore[assignment]  # the moment's label, not the field's
    moment = serializers.DateTimeField()
    tickets = serializers.IntegerField()
    minutes = serializers.FloatField()
    organisations = serializers.IntegerField()
    breaches = serializers.IntegerField()
    estimated = serializers.BooleanField()


class DeclinedSerializer(serializers.Serializer[Any]):
    """A declined ask whose cause is still open, and what it cost."""

    ask = serializers.IntegerField(source="ask.pk")
    problem = serializers.IntegerField(source="ask.problem_id")
    work_item = serializers.IntegerField(source="ask.work_item_id")
    sprint = serializers.IntegerField(source="ask.sprint_id")
    team = serializers.IntegerField(source="ask.team_id", allow_null=True)
    reason_code = serializers.SerializerMethodField()
    since_declined = SinceSerializer()
    earlier = SinceSerializer(many=True)

    def get_reason_code(self, row: Declined) -> str:
        """Of the last refusal."""
        return "" if row.decision is None else row.decision.reason_code


class DaysInput(serializers.Serializer[Any]):
    """How far back."""

    days = serializers.ChoiceField(choices=list(PERIODS.items()), default=90)


class ShareSerializer(serializers.Serializer[Any]):
    """`rate` is null when fewer than five records stand behind it."""

    met = serializers.IntegerField()
    n = serializers.IntegerField()
    rate = serializers.FloatField(allow_null=True)


class AskMeasureSerializer(serializers.Serializer[Any]):
    """One measure; `teams` has the shares of teams by their number."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the measure's label, not the field's
    definition = serializers.CharField()
    subjects = serializers.CharField()
    total = ShareSerializer()
    teams = serializers.DictField(child=ShareSerializer())


class AnswerTimeSerializer(serializers.Serializer[Any]):
    """The median; null below five."""

    n = serializers.IntegerField()
    median = serializers.DurationField(allow_null=True)


class CostOfDeclineSerializer(serializers.Serializer[Any]):
    """What declined causes brought since."""

    causes = serializers.IntegerField()
    tickets = serializers.IntegerField()
    minutes = serializers.FloatField()


class AskReportSerializer(serializers.Serializer[Any]):
    """Everything the page of measures shows."""

    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    measures = AskMeasureSerializer(many=True)
    answer_time = AnswerTimeSerializer()
    declined = CostOfDeclineSerializer()
