from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("organisations", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Person",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(db_collation="swedish", max_length=150, verbose_name="namn")),
                (
                    "email",
                    models.EmailField(
                        blank=True, help_text="Visas aldrig offentligt.", max_length=254, verbose_name="e-post"
                    ),
                ),
                (
                    "phone",
                    models.CharField(
                        blank=True, help_text="Visas aldrig offentligt.", max_length=30, verbose_name="telefon"
                    ),
                ),
                ("made_up", models.BooleanField(default=False, editable=False, verbose_name="påhittad (demo)")),
            ],
            options={
                "verbose_name": "person",
                "verbose_name_plural": "personer",
                "ordering": ["name"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("email", ""), _negated=True), fields=("email",), name="one_person_per_email"
                    )
                ],
            },
        )
    ]
