import django.db.models.deletion
import django.utils.timezone
from django.contrib.postgres.operations import CreateCollation
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        # Before any column that uses it. On SQLite our backend registers the collation itself.
        CreateCollation("swedish", provider="icu", locale="sv-SE"),
        migrations.CreateModel(
            name="Source",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=20, unique=True, verbose_name="beteckning")),
                ("title", models.CharField(max_length=200, verbose_name="titel")),
                ("as_of", models.DateField(blank=True, null=True, verbose_name="uppgifterna gällde")),
                ("note", models.TextField(blank=True, verbose_name="anmärkning")),
            ],
            options={"verbose_name": "källa", "verbose_name_plural": "källor"},
        ),
        migrations.CreateModel(
            name="Organisation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(max_length=90, unique=True, verbose_name="adress")),
                ("name", models.CharField(db_collation="swedish", max_length=200, verbose_name="namn")),
                (
                    "name_as_stated",
                    models.CharField(blank=True, max_length=200, verbose_name="namn som källan skriver det"),
                ),
                ("search_text", models.TextField(editable=False)),
                (
                    "legal_form",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("ideell_forening", "Ideell förening"),
                            ("ekonomisk_forening", "Ekonomisk förening"),
                            ("stiftelse", "Stiftelse"),
                            ("trossamfund", "Trossamfund"),
                            ("studieforbund", "Studieförbund"),
                            ("arbetsintegrerande_socialt_foretag", "Arbetsintegrerande socialt företag"),
                            ("annan", "Annan"),
                        ],
                        max_length=40,
                        verbose_name="juridisk form",
                    ),
                ),
                (
                    "org_nr",
                    models.CharField(
                        blank=True, max_length=11, null=True, unique=True, verbose_name="organisationsnummer"
                    ),
                ),
                (
                    "org_nr_missing_reason",
                    models.CharField(blank=True, max_length=300, verbose_name="varför nummer saknas"),
                ),
                ("area", models.CharField(blank=True, max_length=100, verbose_name="område")),
                ("public_email", models.EmailField(blank=True, max_length=254, verbose_name="offentlig e-post")),
                ("website", models.URLField(blank=True, verbose_name="webbplats")),
                ("description", models.TextField(blank=True, max_length=600, verbose_name="beskrivning")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("active", "Aktiv"),
                            ("dormant", "Vilande"),
                            ("dissolved", "Upplöst"),
                            ("merged", "Sammanslagen"),
                        ],
                        default="active",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                (
                    "note",
                    models.TextField(blank=True, help_text="Syns inte för allmänheten.", verbose_name="anmärkning"),
                ),
                (
                    "source_order",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="plats i källan"),
                ),
                ("made_up", models.BooleanField(default=False, editable=False, verbose_name="påhittad (demo)")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("modified_at", models.DateTimeField(auto_now=True)),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="organisations.organisation",
                        verbose_name="gick upp i",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="organisations.source",
                        verbose_name="källa",
                    ),
                ),
            ],
            options={"verbose_name": "organisation", "verbose_name_plural": "organisationer", "ordering": ["name"]},
        ),
        migrations.CreateModel(
            name="MunicipalUnit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, unique=True, verbose_name="namn")),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="organisations.source",
                        verbose_name="källa",
                    ),
                ),
            ],
            options={"verbose_name": "förvaltning eller nämnd", "verbose_name_plural": "förvaltningar och nämnder"},
        ),
        migrations.CreateModel(
            name="ContactPerson",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "topic",
                    models.CharField(
                        choices=[
                            ("agreement", "Överenskommelsen"),
                            ("iop", "Idéburet offentligt partnerskap (IOP)"),
                            ("platform", "Plattformen"),
                        ],
                        max_length=20,
                        verbose_name="frågor om",
                    ),
                ),
                ("name", models.CharField(max_length=150, verbose_name="namn")),
                ("title", models.CharField(blank=True, max_length=150, verbose_name="titel")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-post")),
                ("phone", models.CharField(blank=True, max_length=30, verbose_name="telefon")),
                ("as_of", models.DateField(verbose_name="uppgiften gällde")),
                (
                    "municipal_unit",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to="organisations.municipalunit",
                        verbose_name="förvaltning eller nämnd",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to="organisations.source",
                        verbose_name="källa",
                    ),
                ),
            ],
            options={
                "verbose_name": "kontaktperson",
                "verbose_name_plural": "kontaktpersoner",
                "ordering": ["topic", "name"],
            },
        ),
        migrations.CreateModel(
            name="OtherName",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(db_collation="swedish", max_length=200, verbose_name="namn")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="anmärkning")),
                (
                    "suggested",
                    models.BooleanField(
                        default=False, help_text="En gissning som ingen har bekräftat.", verbose_name="troligen samma"
                    ),
                ),
                ("valid_from", models.DateField(blank=True, null=True, verbose_name="från")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="till")),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="other_names",
                        to="organisations.organisation",
                        verbose_name="organisation",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="organisations.source",
                        verbose_name="källa",
                    ),
                ),
            ],
            options={
                "verbose_name": "annat namn",
                "verbose_name_plural": "andra namn",
                "ordering": ["name"],
                "constraints": [models.UniqueConstraint(fields=("organisation", "name"), name="other_name_once")],
            },
        ),
        migrations.AddIndex(
            model_name="organisation", index=models.Index(models.F("name"), name="organisation_by_name")
        ),
        migrations.AddConstraint(
            model_name="organisation",
            constraint=models.CheckConstraint(
                condition=models.Q(("org_nr", ""), _negated=True), name="org_nr_null_not_empty"
            ),
        ),
        migrations.AddConstraint(
            model_name="organisation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("merged_into__isnull", False), ("status", "merged")),
                    models.Q(("status", "merged"), _negated=True),
                    _connector="OR",
                ),
                name="merged_organisation_names_its_successor",
            ),
        ),
    ]
