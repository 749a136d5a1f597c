"""Confidential letters that wait are encrypted; the codes in those that have been sent are of no use and go."""

from django.db import migrations

from botkyrka_civil.lib import tokens


def encrypt(apps, schema_editor):
    letters = apps.get_model("casework", "Letter").objects.filter(confidential=True).exclude(body="")
    letters.filter(sent_at__isnull=False).update(body="")
    for letter in letters.filter(sent_at=None):
        letter.body = tokens.encrypt(letter.body)
        letter.save(update_fields=["body"])


class Migration(migrations.Migration):
    dependencies = [("casework", "0006_received")]
    operations = [migrations.RunPython(encrypt, migrations.RunPython.noop)]
