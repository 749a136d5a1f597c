from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("documents", "0003_versions_stay")]

    operations = [
        migrations.AddIndex(model_name="file", index=models.Index(fields=["sha256"], name="file_by_checksum"))
    ]
