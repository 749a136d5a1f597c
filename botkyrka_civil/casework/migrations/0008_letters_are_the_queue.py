"""The letters are the queue: the table of tasks goes, and what waits is found by an index."""

from django.db import migrations, models


def forget_tasks(apps, schema_editor):
    apps.get_model("contenttypes", "ContentType").objects.filter(app_label="django_tasks_database").delete()


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0007_confidential_letters_encrypted"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.RunSQL("DROP TABLE IF EXISTS django_tasks_database_dbtaskresult", migrations.RunSQL.noop),
        migrations.RunPython(forget_tasks, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="letter",
            index=models.Index(
                models.F("next_try_at"),
                condition=models.Q(("failed_at", None), ("sent_at", None)),
                name="letter_waiting",
            ),
        ),
    ]
