"""Entries that say less to the public, another system's number, and nothing that the law asks for left empty."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("casework", "0003_room")]

    operations = [
        migrations.AlterModelOptions(
            name="registryentry",
            options={
                "ordering": ["-year", "-serial"],
                "permissions": [
                    ("classify_registryentry", "Får skydda uppgifter i diariet"),
                    ("declassify_registryentry", "Får visa skyddade uppgifter i diariet igen"),
                    ("refer_registryentry", "Får anteckna nummer i annat system"),
                    ("export_registryentry", "Får hämta hela diariet"),
                    ("archive_case", "Får ta ut arkivpaket"),
                ],
                "verbose_name": "diariepost",
                "verbose_name_plural": "diarieposter",
            },
        ),
        migrations.AddField(
            model_name="registryentry",
            name="external_number",
            field=models.CharField(blank=True, max_length=60, verbose_name="nummer i annat system"),
        ),
        migrations.AddField(
            model_name="registryentry",
            name="state",
            field=models.CharField(
                choices=[
                    ("open", "Visas helt"),
                    ("counterpart", "Från eller till skyddas"),
                    ("matter", "Vad det gäller skyddas"),
                    ("both", "Båda skyddas"),
                ],
                default="open",
                editable=False,
                max_length=12,
                verbose_name="visning för allmänheten",
            ),
        ),
        migrations.AddConstraint(
            model_name="registryentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("counterpart", ""), _negated=True), models.Q(("matter", ""), _negated=True)
                ),
                name="registry_entry_says_who_and_what",
            ),
        ),
        migrations.AddConstraint(
            model_name="registryentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "counterpart", "matter", "both"])), name="registry_state"
            ),
        ),
    ]
