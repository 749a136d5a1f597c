"""The trigger of the event log is away while agreement and iop say which lines are the applicant's own."""

from django.db import migrations

DROP = {
    "sqlite": "DROP TRIGGER casework_event_append_only",
    "postgresql": "DROP TRIGGER casework_event_append_only ON casework_event",
}


def trigger(vendor, when=""):
    """The statement that refuses updates of the log, or those that `when` does not except."""
    except_ = f"WHEN (NOT ({when}))" if when else ""
    if vendor == "sqlite":
        return f"""CREATE TRIGGER casework_event_append_only BEFORE UPDATE ON casework_event {except_}
                   BEGIN SELECT RAISE(ABORT, 'The event log is append-only.'); END"""
    return f"""CREATE TRIGGER casework_event_append_only BEFORE UPDATE ON casework_event
               FOR EACH ROW {except_} EXECUTE FUNCTION casework_event_refuse()"""


def drop(apps, schema_editor):
    schema_editor.execute(DROP[schema_editor.connection.vendor])


def create(apps, schema_editor):
    schema_editor.execute(trigger(schema_editor.connection.vendor))


class Migration(migrations.Migration):
    dependencies = [("casework", "0004_registry_secrecy")]
    operations = [migrations.RunPython(drop, create)]
