"""A case is the applicant's own until it has been received (TF 2 kap. 9 §): its lines in the log then change room.

That is the only change of the event log that the trigger lets through, and nothing else on the line may change with it.
"""

from importlib import import_module

from django.db import migrations

before = import_module("botkyrka_civil.casework.migrations.0005_open_the_log")
COLUMNS = ("id", "at", "subject", "verb", "label", "actor", "actor_email", "from_state", "to_state", "reason", "data")
SAME = {"sqlite": "IS", "postgresql": "IS NOT DISTINCT FROM"}


def create(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    same = " AND ".join(f"NEW.{name} {SAME[vendor]} OLD.{name}" for name in COLUMNS)
    schema_editor.execute(before.trigger(vendor, f"OLD.room = 'applicant' AND NEW.room = '' AND {same}"))


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0005_open_the_log"),
        ("agreement", "0005_unsent_is_the_applicants"),
        ("iop", "0002_unsent_is_the_proposers"),
    ]
    operations = [migrations.RunPython(create, before.drop)]
