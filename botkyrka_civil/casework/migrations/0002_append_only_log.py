"""The event log refuses changes, whoever makes them and by whatever path. Disposal removes whole rows."""

from django.db import migrations

TRIGGERS = {
    "sqlite": [
        """CREATE TRIGGER casework_event_append_only BEFORE UPDATE ON casework_event
           BEGIN SELECT RAISE(ABORT, 'The event log is append-only.'); END"""
    ],
    "postgresql": [
        """CREATE FUNCTION casework_event_refuse() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN RAISE EXCEPTION 'The event log is append-only.'; END $$""",
        """CREATE TRIGGER casework_event_append_only BEFORE UPDATE ON casework_event
           FOR EACH ROW EXECUTE FUNCTION casework_event_refuse()""",
    ],
}
DROP = {
    "sqlite": ["DROP TRIGGER casework_event_append_only"],
    "postgresql": [
        "DROP TRIGGER casework_event_append_only ON casework_event",
        "DROP FUNCTION casework_event_refuse()",
    ],
}


def run(statements):
    def operation(apps, schema_editor):
        for statement in statements[schema_editor.connection.vendor]:
            schema_editor.execute(statement)

    return operation


class Migration(migrations.Migration):
    dependencies = [("casework", "0001_initial")]
    operations = [migrations.RunPython(run(TRIGGERS), run(DROP))]
