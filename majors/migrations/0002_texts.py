"""The texts updates begin with, so that the first interruption does not find an empty page."""

from django.db import migrations

TEXTS = {
    ("investigating", "internal"): (
        "**{headline}**\n\nAffected: {components}. We are looking for the cause. "
        "Next update at {next_update}."
    ),
    ("investigating", "requesters"): (
        "{headline}. We know of it and are working on it; you need not report it again. "
        "We write to you again by {next_update}."
    ),
    ("investigating", "public"): (
        "We are investigating a disruption of {components}. Next update at {next_update}."
    ),
    ("identified", "internal"): (
        "The cause is identified: \n\nWhat we do about it: \n\nNext update at {next_update}."
    ),
    ("identified", "requesters"): (
        "We have found why {components} does not work as it should and are putting it right. "
        "We write to you again by {next_update}."
    ),
    ("identified", "public"): (
        "The cause of the disruption of {components} is identified and is being removed. "
        "Next update at {next_update}."
    ),
    ("monitoring", "internal"): (
        "A fix is in place. What we watch: \n\nNext update at {next_update}."
    ),
    ("monitoring", "requesters"): (
        "{components} should work again. We keep watching it. If it does not work for you, answer "
        "on your ticket. We write to you again by {next_update}."
    ),
    ("monitoring", "public"): (
        "A fix is in place for {components} and we are watching it. Next update at {next_update}."
    ),
    ("resolved", "internal"): (
        "The service is restored. The post-incident review follows within 48 hours."
    ),
    ("resolved", "requesters"): (
        "{components} works again. We are sorry for the disruption and look into how to prevent "
        "it. If it does not work for you, answer on your ticket."
    ),
    ("resolved", "public"): "The disruption of {components} is over.",
}


def add_texts(apps, schema_editor):
    template = apps.get_model("majors", "UpdateTemplate")
    template.objects.bulk_create(
        [
            template(status=status, audience=audience, body=body)
            for (status, audience), body in TEXTS.items()
        ],
        ignore_conflicts=True,
    )


class Migration(migrations.Migration):
    dependencies = [("majors", "0001_initial")]

    operations = [migrations.RunPython(add_texts, migrations.RunPython.noop)]
