"""Whose matter an event or a letter is: the municipality's, or that of a room outside it."""

from importlib import import_module

from django.db import migrations, models

trigger = import_module("botkyrka_civil.casework.migrations.0002_append_only_log")


def again(apps, schema_editor):
    """SQLite adds a column by making the table anew, and the trigger that keeps the log goes with the old one."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER IF EXISTS casework_event_append_only")
        trigger.run(trigger.TRIGGERS)(apps, schema_editor)


class Migration(migrations.Migration):
    dependencies = [("casework", "0002_append_only_log")]
    operations = [
        migrations.AddField("event", "room", models.CharField(blank=True, max_length=20, verbose_name="rum")),
        migrations.AddField("letter", "room", models.CharField(blank=True, max_length=20, verbose_name="rum")),
        migrations.RunPython(again, migrations.RunPython.noop),
    ]
