import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("casework", "0003_room"), ("documents", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="file", name="mime", field=models.CharField(max_length=100, verbose_name="filtyp")
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=200, verbose_name="titel")),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("agreement", "Överenskommelse"),
                            ("action_plan", "Handlingsplan"),
                            ("form", "Anslutningsblankett"),
                            ("statutes", "Stadgar"),
                            ("minutes", "Protokoll"),
                            ("notes", "Mötesanteckningar"),
                            ("guidelines", "Riktlinjer"),
                            ("iop", "IOP-avtal"),
                            ("other", "Övrigt"),
                        ],
                        max_length=20,
                        verbose_name="kategori",
                    ),
                ),
                (
                    "owner",
                    models.CharField(
                        choices=[("municipality", "Kommunen"), ("platform", "Plattformen")],
                        default="municipality",
                        max_length=20,
                        verbose_name="ägare",
                    ),
                ),
                (
                    "audience",
                    models.CharField(
                        choices=[
                            ("public", "Alla"),
                            ("members", "Plattformens medlemmar"),
                            ("board", "Plattformens styrelse"),
                            ("staff", "Kommunens handläggare"),
                        ],
                        default="public",
                        max_length=20,
                        verbose_name="för vem",
                    ),
                ),
                (
                    "note",
                    models.TextField(
                        blank=True,
                        help_text="Visas för alla som får se dokumentet.",
                        max_length=600,
                        verbose_name="beskrivning",
                    ),
                ),
                (
                    "handed_over_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="överlämnat till kommunen"
                    ),
                ),
                (
                    "shared_from",
                    models.PositiveIntegerField(default=1, editable=False, verbose_name="första version som andra ser"),
                ),
                ("search_text", models.TextField(editable=False)),
                ("made_up", models.BooleanField(default=False, editable=False, verbose_name="påhittad (demo)")),
                ("modified_at", models.DateTimeField(auto_now=True, verbose_name="ändrades")),
                (
                    "registry_entry",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="casework.registryentry",
                        verbose_name="diarienummer",
                    ),
                ),
            ],
            options={
                "verbose_name": "dokument",
                "verbose_name_plural": "dokument",
                "permissions": [("add_version_document", "Får lägga till en ny version")],
            },
        ),
        migrations.CreateModel(
            name="DocumentVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(verbose_name="version")),
                ("uploaded_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="lades upp")),
                ("uploaded_by", models.CharField(max_length=200, verbose_name="lades upp av")),
                (
                    "language",
                    models.CharField(
                        choices=[
                            ("sv", "Svenska"),
                            ("en", "Engelska"),
                            ("fi", "Finska"),
                            ("ar", "Arabiska"),
                            ("fa", "Persiska"),
                            ("pl", "Polska"),
                            ("so", "Somaliska"),
                            ("es", "Spanska"),
                            ("syr", "Syriska"),
                            ("tr", "Turkiska"),
                        ],
                        default="sv",
                        max_length=3,
                        verbose_name="språk",
                    ),
                ),
                (
                    "accessible",
                    models.CharField(
                        choices=[("yes", "Ja"), ("no", "Nej"), ("unknown", "Inte kontrollerat")],
                        default="unknown",
                        max_length=10,
                        verbose_name="går att läsa med hjälpmedel",
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="documents.document",
                        verbose_name="dokument",
                    ),
                ),
                (
                    "file",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, to="documents.file", verbose_name="fil"
                    ),
                ),
            ],
            options={
                "verbose_name": "version av ett dokument",
                "verbose_name_plural": "versioner av dokument",
                "ordering": ["document", "number"],
            },
        ),
        migrations.AddField(
            model_name="document",
            name="current",
            field=models.OneToOneField(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.RESTRICT,
                related_name="+",
                to="documents.documentversion",
                verbose_name="gällande version",
            ),
        ),
        migrations.AddConstraint(
            model_name="documentversion",
            constraint=models.UniqueConstraint(fields=("document", "number"), name="document_version_number_once"),
        ),
        migrations.AddConstraint(
            model_name="documentversion",
            constraint=models.CheckConstraint(condition=models.Q(("number__gte", 1)), name="document_version_from_one"),
        ),
        migrations.AddConstraint(
            model_name="documentversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("language__in", ["sv", "en", "fi", "ar", "fa", "pl", "so", "es", "syr", "tr"])),
                name="document_language_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="documentversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("accessible__in", ["yes", "no", "unknown"])), name="document_accessible_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "category__in",
                        [
                            "agreement",
                            "action_plan",
                            "form",
                            "statutes",
                            "minutes",
                            "notes",
                            "guidelines",
                            "iop",
                            "other",
                        ],
                    )
                ),
                name="document_category_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.CheckConstraint(
                condition=models.Q(("owner__in", ["municipality", "platform"])), name="document_owner_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.CheckConstraint(
                condition=models.Q(("audience__in", ["public", "members", "board", "staff"])),
                name="document_audience_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("handed_over_at", None),
                    models.Q(("owner", "platform"), ("registry_entry__isnull", False)),
                    _connector="OR",
                ),
                name="document_handed_over_is_registered",
            ),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("owner", "municipality"),
                    ("handed_over_at__isnull", False),
                    ("audience__in", ["members", "board"]),
                    _connector="OR",
                ),
                name="document_of_platform_opened_is_handed_over",
            ),
        ),
    ]
