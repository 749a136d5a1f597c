import django.utils.timezone
from django.db import migrations, models

import botkyrka_civil.documents.models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="File",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "stored",
                    models.FileField(
                        max_length=200, upload_to=botkyrka_civil.documents.models._path, verbose_name="fil"
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="filnamn")),
                ("mime", models.CharField(max_length=60, verbose_name="filtyp")),
                ("size", models.PositiveBigIntegerField(verbose_name="storlek")),
                ("sha256", models.CharField(max_length=64, verbose_name="kontrollsumma (sha256)")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="lades upp")),
            ],
            options={"verbose_name": "fil", "verbose_name_plural": "filer"},
        )
    ]
