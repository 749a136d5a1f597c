import django.core.serializers.json
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import agreement.models.accession
import botkyrka_civil.lib.tokens


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("casework", "0001_initial"),
        ("documents", "0001_initial"),
        ("organisations", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AgreementVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "label",
                    models.SlugField(
                        help_text="Står i adressen, till exempel 2018.", max_length=20, unique=True, verbose_name="år"
                    ),
                ),
                ("title", models.CharField(max_length=200, verbose_name="titel")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Utkast"),
                            ("adopted", "Beslutad"),
                            ("in_force", "Gällande"),
                            ("replaced", "Ersatt"),
                        ],
                        default="draft",
                        editable=False,
                        max_length=10,
                        verbose_name="läge",
                    ),
                ),
                ("adopted_on", models.DateField(blank=True, null=True, verbose_name="beslutad den")),
                (
                    "adopted_text",
                    models.CharField(
                        blank=True, help_text="Till exempel april 2018.", max_length=100, verbose_name="när, i ord"
                    ),
                ),
                ("adopted_by", models.CharField(blank=True, max_length=200, verbose_name="beslutad av")),
                ("body", models.TextField(blank=True, verbose_name="text före principerna")),
                ("values_intro", models.TextField(blank=True, verbose_name="mening som inleder principerna")),
                ("joining", models.TextField(blank=True, verbose_name="vad anslutningen innebär")),
                (
                    "as_stated",
                    models.TextField(
                        blank=True, help_text="Där vi har rättat ett skrivfel.", verbose_name="så står det i källan"
                    ),
                ),
                ("note", models.TextField(blank=True, verbose_name="anmärkning")),
                (
                    "requires_reaffirmation",
                    models.BooleanField(
                        default=True,
                        help_text="När versionen sätts i kraft får alla anslutna en fråga.",
                        verbose_name="anslutna ska bekräfta på nytt",
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
                "verbose_name": "version av Överenskommelsen",
                "verbose_name_plural": "Överenskommelsens versioner",
                "ordering": ["-label"],
                "permissions": [
                    ("adopt_agreementversion", "Får anteckna att en version är beslutad"),
                    ("put_in_force_agreementversion", "Får sätta en version i kraft"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Accession",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Utkast"),
                            ("awaiting_signatures", "Väntar på underskrifter"),
                            ("expired", "Förfallen"),
                            ("withdrawn", "Återkallad"),
                            ("submitted", "Inskickad"),
                            ("under_review", "Under granskning"),
                            ("completion_requested", "Komplettering begärd"),
                            ("written_off", "Avskriven"),
                            ("joined", "Ansluten"),
                            ("reaffirmation_requested", "Bekräftelse begärd"),
                            ("rejected", "Avslagen"),
                            ("left", "Utträdd"),
                            ("ended", "Avslutad"),
                        ],
                        default="draft",
                        editable=False,
                        max_length=30,
                        verbose_name="läge",
                    ),
                ),
                (
                    "method",
                    models.CharField(
                        choices=[("web", "Webben"), ("paper", "Papper"), ("source", "Uppgift från källan")],
                        default="web",
                        max_length=10,
                        verbose_name="sätt",
                    ),
                ),
                (
                    "request_key",
                    models.UUIDField(editable=False, null=True, unique=True, verbose_name="formulärets nyckel"),
                ),
                (
                    "key",
                    models.CharField(
                        default=botkyrka_civil.lib.tokens.new_key, editable=False, max_length=40, unique=True
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        default=agreement.models.accession.new_code,
                        editable=False,
                        max_length=20,
                        unique=True,
                        verbose_name="verifieringskod",
                    ),
                ),
                ("applicant_name", models.CharField(blank=True, max_length=150, verbose_name="sökande")),
                ("applicant_email", models.EmailField(blank=True, max_length=254, verbose_name="sökandens e-post")),
                ("email_verified_at", models.DateTimeField(blank=True, null=True, verbose_name="e-posten bekräftades")),
                (
                    "draft",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        encoder=django.core.serializers.json.DjangoJSONEncoder,
                        verbose_name="utkast",
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="skapades")),
                ("touched_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="ändrades senast")),
                ("submitted_at", models.DateTimeField(blank=True, null=True, verbose_name="inkom")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="beslutades")),
                ("motivation", models.TextField(blank=True, verbose_name="skäl för beslutet")),
                ("joined_on", models.DateField(blank=True, null=True, verbose_name="anslöt sig")),
                ("known_from", models.DateField(blank=True, null=True, verbose_name="känd sedan")),
                ("ended_on", models.DateField(blank=True, null=True, verbose_name="upphörde")),
                ("end_reason", models.CharField(blank=True, max_length=300, verbose_name="varför den upphörde")),
                ("made_up", models.BooleanField(default=False, editable=False, verbose_name="påhittad (demo)")),
                (
                    "assigned_to",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="handläggare",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="beslutades av",
                    ),
                ),
                (
                    "evidence",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="documents.file",
                        verbose_name="underlag för firmateckning",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accessions",
                        to="organisations.organisation",
                        verbose_name="organisation",
                    ),
                ),
                (
                    "registry_entry",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="casework.registryentry",
                        verbose_name="diarienummer",
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
                (
                    "supersedes",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="superseded_by",
                        to="agreement.accession",
                        verbose_name="ersätter",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accessions",
                        to="agreement.agreementversion",
                        verbose_name="version",
                    ),
                ),
            ],
            options={
                "verbose_name": "anslutning",
                "verbose_name_plural": "anslutningar",
                "ordering": ["-pk"],
                "permissions": [
                    ("take_accession", "Får ta ett ärende"),
                    ("request_completion_accession", "Får begära komplettering"),
                    ("answer_accession", "Får registrera ett svar på komplettering"),
                    ("extend_accession", "Får flytta sista dagen för komplettering"),
                    ("approve_accession", "Får godkänna"),
                    ("reject_accession", "Får avslå"),
                    ("write_off_accession", "Får skriva av"),
                    ("leave_accession", "Får registrera utträde på papper"),
                    ("end_accession", "Får avsluta en anslutning"),
                    ("register_paper_accession", "Får registrera en pappersblankett"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Completion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("wrong", "Något är fel"), ("incomplete", "Något saknas")],
                        max_length=12,
                        verbose_name="slag",
                    ),
                ),
                ("text", models.TextField(verbose_name="vad som behövs")),
                ("due", models.DateField(verbose_name="sista dag att svara")),
                ("requested_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="begärdes")),
                ("reminded_at", models.DateTimeField(blank=True, null=True, verbose_name="påminnelse skickad")),
                ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="besvarades")),
                ("answer", models.TextField(blank=True, verbose_name="svar")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="stängdes")),
                (
                    "accession",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="completions",
                        to="agreement.accession",
                        verbose_name="anslutning",
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="begärdes av",
                    ),
                ),
            ],
            options={"verbose_name": "komplettering", "verbose_name_plural": "kompletteringar", "ordering": ["pk"]},
        ),
        migrations.CreateModel(
            name="Principle",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("order", models.PositiveSmallIntegerField(verbose_name="nummer")),
                ("slug", models.SlugField(max_length=80, verbose_name="adress")),
                ("heading", models.CharField(max_length=150, verbose_name="rubrik")),
                ("text", models.TextField(blank=True, verbose_name="text")),
                ("plain_language", models.TextField(blank=True, verbose_name="på enklare svenska")),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="principles",
                        to="agreement.agreementversion",
                        verbose_name="version",
                    ),
                ),
            ],
            options={"verbose_name": "princip", "verbose_name_plural": "principer", "ordering": ["version", "order"]},
        ),
        migrations.CreateModel(
            name="SigningRound",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "purpose",
                    models.CharField(
                        choices=[("join", "Anslutning"), ("leave", "Utträde")], max_length=10, verbose_name="gäller"
                    ),
                ),
                (
                    "content",
                    models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name="innehåll"),
                ),
                ("content_sha256", models.CharField(max_length=64, verbose_name="kontrollsumma")),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("each_alone", "En person räcker (var för sig)"),
                            ("two_jointly", "Två personer tillsammans"),
                            ("n_jointly", "Ett visst antal personer tillsammans"),
                            ("whole_board", "Hela styrelsen"),
                        ],
                        max_length=20,
                        verbose_name="firmateckning",
                    ),
                ),
                ("required", models.PositiveSmallIntegerField(verbose_name="antal som krävs")),
                ("opened_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="öppnades")),
                ("deadline", models.DateTimeField(verbose_name="sista tid")),
                ("reminded_at", models.DateTimeField(blank=True, null=True, verbose_name="påminnelse skickad")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("open", "Pågår"),
                            ("met", "Klar"),
                            ("voided", "Ogiltig efter ändring"),
                            ("expired", "Tiden gick ut"),
                            ("cancelled", "Avbruten"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="läge",
                    ),
                ),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="stängdes")),
                (
                    "accession",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rounds",
                        to="agreement.accession",
                        verbose_name="anslutning",
                    ),
                ),
                (
                    "form",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="documents.file",
                        verbose_name="blankett",
                    ),
                ),
            ],
            options={
                "verbose_name": "underskriftsomgång",
                "verbose_name_plural": "underskriftsomgångar",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Signature",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("order", models.PositiveSmallIntegerField(verbose_name="nummer")),
                ("name", models.CharField(max_length=150, verbose_name="namn")),
                ("role", models.CharField(max_length=100, verbose_name="roll")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-post")),
                (
                    "key",
                    models.CharField(
                        default=botkyrka_civil.lib.tokens.new_key, editable=False, max_length=40, unique=True
                    ),
                ),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("link", "Enkel elektronisk underskrift via personlig länk"),
                            ("paper", "Underskrift på papper"),
                        ],
                        default="link",
                        max_length=10,
                        verbose_name="sätt",
                    ),
                ),
                ("typed_name", models.CharField(blank=True, max_length=150, verbose_name="skrev sitt namn")),
                ("signed_at", models.DateTimeField(blank=True, null=True, verbose_name="skrev under")),
                ("signed_sha256", models.CharField(blank=True, max_length=64, verbose_name="kontrollsumma")),
                ("declined_at", models.DateTimeField(blank=True, null=True, verbose_name="avböjde")),
                ("declined_reason", models.TextField(blank=True, verbose_name="skäl")),
                ("session_hash", models.CharField(blank=True, editable=False, max_length=64)),
                ("address_hash", models.CharField(blank=True, editable=False, max_length=64)),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="signatures",
                        to="agreement.signinground",
                        verbose_name="omgång",
                    ),
                ),
            ],
            options={
                "verbose_name": "underskrift",
                "verbose_name_plural": "underskrifter",
                "ordering": ["round", "order"],
            },
        ),
        migrations.AddConstraint(
            model_name="agreementversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "in_force")), fields=("state",), name="one_version_in_force"
            ),
        ),
        migrations.AddConstraint(
            model_name="agreementversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["draft", "adopted", "in_force", "replaced"])),
                name="agreementversion_state",
            ),
        ),
        migrations.AddIndex(
            model_name="accession",
            index=models.Index(models.F("state"), models.F("submitted_at"), name="accession_queue"),
        ),
        migrations.AddConstraint(
            model_name="accession",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "draft",
                            "awaiting_signatures",
                            "expired",
                            "withdrawn",
                            "submitted",
                            "under_review",
                            "completion_requested",
                            "written_off",
                            "joined",
                            "reaffirmation_requested",
                            "rejected",
                            "left",
                            "ended",
                        ],
                    )
                ),
                name="accession_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="accession",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("state__in", ("awaiting_signatures", "submitted", "under_review", "completion_requested"))
                ),
                fields=("organisation", "version"),
                name="one_open_accession",
            ),
        ),
        migrations.AddConstraint(
            model_name="accession",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("joined", "reaffirmation_requested"))),
                fields=("organisation", "version"),
                name="one_active_accession",
            ),
        ),
        migrations.AddConstraint(
            model_name="accession",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("joined", "reaffirmation_requested")), ("version", None)),
                fields=("organisation",),
                name="one_active_unversioned",
            ),
        ),
        migrations.AddConstraint(
            model_name="accession",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at", None), ("decided_by", None)),
                    models.Q(("decided_at__isnull", False), ("decided_by__isnull", False)),
                    _connector="OR",
                ),
                name="accession_decided_who_and_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="accession",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("state__in", ("submitted", "under_review", "completion_requested", "rejected", "written_off")),
                        _negated=True,
                    ),
                    models.Q(
                        ("organisation__isnull", False),
                        ("registry_entry__isnull", False),
                        ("submitted_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="accession_received_is_registered",
            ),
        ),
        migrations.AddConstraint(
            model_name="accession",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ("joined", "reaffirmation_requested")), _negated=True),
                    models.Q(
                        ("ended_on", None),
                        ("organisation__isnull", False),
                        models.Q(("joined_on__isnull", False), ("known_from__isnull", False), _connector="OR"),
                    ),
                    _connector="OR",
                ),
                name="accession_active_since_some_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="accession",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["left", "ended"]), _negated=True),
                    ("ended_on__isnull", False),
                    _connector="OR",
                ),
                name="accession_ended_on_some_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="completion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at", None)), fields=("accession",), name="one_open_completion"
            ),
        ),
        migrations.AddConstraint(
            model_name="completion",
            constraint=models.CheckConstraint(
                condition=models.Q(("answered_at", None), models.Q(("answer", ""), _negated=True), _connector="OR"),
                name="answered_with_words",
            ),
        ),
        migrations.AddConstraint(
            model_name="principle",
            constraint=models.UniqueConstraint(fields=("version", "order"), name="principle_order_once"),
        ),
        migrations.AddConstraint(
            model_name="principle",
            constraint=models.UniqueConstraint(fields=("version", "slug"), name="principle_slug_once"),
        ),
        migrations.AddConstraint(
            model_name="signinground",
            constraint=models.UniqueConstraint(
                condition=models.Q(("outcome", "open")),
                fields=("accession",),
                name="one_open_signing_round_per_accession",
            ),
        ),
        migrations.AddConstraint(
            model_name="signinground",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at", None), ("outcome", "open")),
                    models.Q(models.Q(("outcome", "open"), _negated=True), ("closed_at__isnull", False)),
                    _connector="OR",
                ),
                name="closed_round_has_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="signinground",
            constraint=models.CheckConstraint(
                condition=models.Q(("required__gte", 1)), name="signing_round_requires_someone"
            ),
        ),
        migrations.AddConstraint(
            model_name="signature",
            constraint=models.UniqueConstraint(fields=("round", "order"), name="signature_order_once"),
        ),
        migrations.AddConstraint(
            model_name="signature",
            constraint=models.UniqueConstraint(
                condition=models.Q(("email", ""), _negated=True),
                fields=("round", "email"),
                name="one_signature_per_email",
            ),
        ),
        migrations.AddConstraint(
            model_name="signature",
            constraint=models.UniqueConstraint(
                condition=models.Q(("session_hash", ""), _negated=True),
                fields=("round", "session_hash"),
                name="one_signature_per_session",
            ),
        ),
        migrations.AddConstraint(
            model_name="signature",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("signed_at", None), ("signed_sha256", "")),
                    models.Q(("signed_at__isnull", False), models.Q(("signed_sha256", ""), _negated=True)),
                    _connector="OR",
                ),
                name="signed_means_when_and_what",
            ),
        ),
        migrations.AddConstraint(
            model_name="signature",
            constraint=models.CheckConstraint(
                condition=models.Q(("signed_at", None), ("declined_at", None), _connector="OR"),
                name="signed_or_declined",
            ),
        ),
    ]
