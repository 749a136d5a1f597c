"""One chair at a time in a body, and one seat a person: the database refuses what overlaps, whoever writes it.

PostgreSQL has exclusion constraints; SQLite is told by triggers. A later migration that makes SQLite's table anew
must make the triggers anew too.
"""

from django.db import migrations

OVERLAP = """EXISTS (SELECT 1 FROM council_seat s WHERE s.body_id = NEW.body_id AND s.id IS NOT NEW.id AND {same}
    AND s.first_day <= COALESCE(NEW.last_day, '9999-12-31') AND COALESCE(s.last_day, '9999-12-31') >= NEW.first_day)"""
RULES = {
    "council_seat_one_chair": "NEW.role = 'chair' AND s.role = 'chair'",
    "council_seat_one_per_person": "s.person_id = NEW.person_id",
}


def sqlite():
    for name, same in RULES.items():
        for event in ("INSERT", "UPDATE"):
            yield (
                f"CREATE TRIGGER {name}_{event.lower()} BEFORE {event} ON council_seat "
                f"WHEN {OVERLAP.format(same=same)} BEGIN SELECT RAISE(ABORT, '{name}'); END"
            )


# One number as a range, so that GiST takes it without an extension.
SAME = "int8range(body_id, body_id, '[]') WITH &&, daterange(first_day, last_day, '[]') WITH &&"
POSTGRESQL = [
    f"ALTER TABLE council_seat ADD CONSTRAINT council_seat_one_chair EXCLUDE USING gist ({SAME}) WHERE (role = 'chair')",
    f"ALTER TABLE council_seat ADD CONSTRAINT council_seat_one_per_person EXCLUDE USING gist "
    f"(int8range(person_id, person_id, '[]') WITH &&, {SAME})",
]


def add(apps, schema_editor):
    for statement in sqlite() if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


def remove(apps, schema_editor):
    for name in RULES:
        if schema_editor.connection.vendor == "sqlite":
            for event in ("insert", "update"):
                schema_editor.execute(f"DROP TRIGGER {name}_{event}")
        else:
            schema_editor.execute(f"ALTER TABLE council_seat DROP CONSTRAINT {name}")


class Migration(migrations.Migration):
    dependencies = [("council", "0001_initial")]
    operations = [migrations.RunPython(add, remove)]
