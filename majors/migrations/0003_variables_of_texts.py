"""Texts of updates get the variables and the syntax of canned replies."""

import re

from django.db import migrations

NAMES = ("headline", "components", "next_update")
# In single braces only: what stands in double ones is written in the new way already.
BEFORE = re.compile(r"(?<!\{)\{(" + "|".join(NAMES) + r")\}(?!\})")
AFTER = re.compile(r"\{\{major\.(" + "|".join(NAMES) + r")\}\}")


def rewrite(apps, pattern, words):
    template = apps.get_model("majors", "UpdateTemplate")
    for one in template.objects.all():
        body = pattern.sub(words, one.body)
        if body != one.body:
            one.body = body
            one.save(update_fields=["body"])


def forwards(apps, schema_editor):
    rewrite(apps, BEFORE, r"{{major.\1}}")


def backwards(apps, schema_editor):
    rewrite(apps, AFTER, r"{\1}")


class Migration(migrations.Migration):
    dependencies = [("majors", "0002_texts")]

    operations = [migrations.RunPython(forwards, backwards)]
