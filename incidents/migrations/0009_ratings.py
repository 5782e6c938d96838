"""A survey for each resolution with its own score; visits of the portal that read a workaround."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

COPY = """
    INSERT INTO incidents_csatsurvey
        (ticket_id, resolution, asked_at, answered_at, score, comment, reason_id, via)
    SELECT old.ticket_id, ticket.reopen_count + 1, old.asked_at,
           CASE WHEN ticket.csat_score IS NULL THEN NULL ELSE old.answered_at END,
           CASE WHEN old.answered_at IS NULL THEN NULL ELSE ticket.csat_score END,
           CASE WHEN old.answered_at IS NULL THEN '' ELSE ticket.csat_comment END,
           old.reason_id, old.via
      FROM incidents_csatsurveybefore old JOIN incidents_ticket ticket ON ticket.id = old.ticket_id
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0008_requests")]

    operations = [
        migrations.RenameModel(old_name="CsatSurvey", new_name="CsatSurveyBefore"),
        migrations.CreateModel(
            name="CsatSurvey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="surveys",
                        to="incidents.ticket",
                    ),
                ),
                ("resolution", models.PositiveSmallIntegerField(default=1)),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("score", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("comment", models.TextField(blank=True, default="")),
                (
                    "via",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("link", "Link in the mail"),
                            ("portal", "Portal"),
                            ("api", "API"),
                        ],
                        default="",
                        max_length=8,
                    ),
                ),
                (
                    "reason",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="incidents.csatreason",
                    ),
                ),
            ],
            options={
                "ordering": ["ticket", "resolution"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["ticket", "resolution"], name="incidents_survey_once"
                    ),
                    models.CheckConstraint(
                        name="incidents_survey_score",
                        condition=models.Q(("answered_at__isnull", True), ("score__isnull", True))
                        | models.Q(("answered_at__isnull", False), ("score__range", (1, 5))),
                    ),
                ],
                "indexes": [models.Index(fields=["asked_at"], name="incidents_survey_asked_at")],
            },
        ),
        migrations.RunSQL(COPY, migrations.RunSQL.noop),
        migrations.DeleteModel(name="CsatSurveyBefore"),
        migrations.AddField("portalsession", "workaround_at", models.DateTimeField(null=True)),
    ]
