import django.core.serializers.json
import django.utils.timezone
from django.db import migrations, models

import botkyrka_civil.lib.tokens


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="tid")),
                ("subject", models.CharField(db_index=True, max_length=100, verbose_name="ärende")),
                ("verb", models.CharField(max_length=50, verbose_name="händelse")),
                ("label", models.CharField(max_length=200, verbose_name="vad som hände")),
                ("actor", models.CharField(max_length=200, verbose_name="vem")),
                ("actor_email", models.CharField(blank=True, max_length=254, verbose_name="vems e-post")),
                ("from_state", models.CharField(blank=True, max_length=40, verbose_name="från")),
                ("to_state", models.CharField(blank=True, max_length=40, verbose_name="till")),
                ("reason", models.TextField(blank=True, verbose_name="skäl")),
                (
                    "data",
                    models.JSONField(
                        default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name="uppgifter"
                    ),
                ),
            ],
            options={"verbose_name": "händelse", "verbose_name_plural": "händelselogg", "ordering": ["pk"]},
        ),
        migrations.CreateModel(
            name="Letter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject_key", models.CharField(blank=True, db_index=True, max_length=100, verbose_name="ärende")),
                ("kind", models.CharField(max_length=50, verbose_name="slag")),
                ("to", models.EmailField(max_length=254, verbose_name="till")),
                ("subject", models.CharField(max_length=300, verbose_name="rubrik")),
                ("body", models.TextField(verbose_name="brev")),
                ("confidential", models.BooleanField(default=False, verbose_name="dolt")),
                ("link_purpose", models.CharField(blank=True, max_length=60)),
                ("link_key", models.CharField(blank=True, max_length=60)),
                ("attachment", models.CharField(blank=True, max_length=200)),
                ("attachment_name", models.CharField(blank=True, max_length=200, verbose_name="bilaga")),
                ("queued_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="köades")),
                ("next_try_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="nästa försök")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="försök")),
                ("last_error", models.TextField(blank=True, verbose_name="senaste fel")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="skickades")),
                ("failed_at", models.DateTimeField(blank=True, null=True, verbose_name="gick inte att skicka")),
                (
                    "message_id",
                    models.CharField(default=botkyrka_civil.lib.tokens.new_key, editable=False, max_length=100),
                ),
            ],
            options={
                "verbose_name": "brev",
                "verbose_name_plural": "brev",
                "ordering": ["-pk"],
                "permissions": [("resend_letter", "Får skicka om ett brev")],
            },
        ),
        migrations.CreateModel(
            name="RegistrySeries",
            fields=[
                ("year", models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ("last", models.PositiveIntegerField(default=0)),
            ],
            options={"verbose_name": "nummerserie", "verbose_name_plural": "nummerserier"},
        ),
        migrations.CreateModel(
            name="RegistryEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField(verbose_name="år")),
                ("serial", models.PositiveIntegerField(verbose_name="löpnummer")),
                ("number", models.CharField(max_length=40, unique=True, verbose_name="diarienummer")),
                ("received_at", models.DateTimeField(verbose_name="inkom eller upprättades")),
                (
                    "registered_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="registrerades"),
                ),
                (
                    "direction",
                    models.CharField(
                        choices=[("incoming", "Inkommen"), ("outgoing", "Utgående"), ("drawn_up", "Upprättad")],
                        default="incoming",
                        max_length=10,
                        verbose_name="riktning",
                    ),
                ),
                ("counterpart", models.CharField(max_length=200, verbose_name="från eller till")),
                ("matter", models.CharField(max_length=300, verbose_name="vad det gäller")),
                ("subject", models.CharField(db_index=True, max_length=100, verbose_name="ärende")),
            ],
            options={
                "verbose_name": "diariepost",
                "verbose_name_plural": "diarium",
                "ordering": ["-year", "-serial"],
                "constraints": [
                    models.UniqueConstraint(fields=("year", "serial"), name="registry_serial_unique_per_year")
                ],
            },
        ),
    ]
