"""The database refuses to change a version, whoever asks and by whatever path. Disposal removes whole rows."""

from django.db import migrations

TRIGGERS = {
    "sqlite": [
        """CREATE TRIGGER documents_version_stays BEFORE UPDATE ON documents_documentversion
           BEGIN SELECT RAISE(ABORT, 'A version is never changed.'); END"""
    ],
    "postgresql": [
        """CREATE FUNCTION documents_version_refuse() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN RAISE EXCEPTION 'A version is never changed.'; END $$""",
        """CREATE TRIGGER documents_version_stays BEFORE UPDATE ON documents_documentversion
           FOR EACH ROW EXECUTE FUNCTION documents_version_refuse()""",
    ],
}
DROP = {
    "sqlite": ["DROP TRIGGER documents_version_stays"],
    "postgresql": [
        "DROP TRIGGER documents_version_stays ON documents_documentversion",
        "DROP FUNCTION documents_version_refuse()",
    ],
}


def run(statements):
    def operation(apps, schema_editor):
        for statement in statements[schema_editor.connection.vendor]:
            schema_editor.execute(statement)

    return operation


class Migration(migrations.Migration):
    dependencies = [("documents", "0002_documents")]
    operations = [migrations.RunPython(run(TRIGGERS), run(DROP))]
