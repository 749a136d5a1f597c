import uuid

import django.core.serializers.json
import django.db.models.deletion
import django.db.models.functions.comparison
import django.utils.timezone
from django.db import migrations, models

import botkyrka_civil.lib.tokens


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("agreement", "0002_action_plan"),
        ("casework", "0003_room"),
        ("documents", "0003_versions_stay"),
        ("organisations", "0002_person"),
    ]

    operations = [
        migrations.CreateModel(
            name="Body",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(max_length=60, unique=True, verbose_name="adress")),
                ("name", models.CharField(max_length=150, verbose_name="namn")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("council", "Råd (nämndberedning)"),
                            ("board", "Styrelse"),
                            ("annual_meeting", "Årsmöte"),
                            ("member_meeting", "Medlemsmöte"),
                            ("steering_group", "Styrgrupp för IOP"),
                        ],
                        max_length=20,
                        verbose_name="slag",
                    ),
                ),
                (
                    "owner",
                    models.CharField(
                        choices=[("municipality", "Kommunen"), ("platform", "Plattformen"), ("joint", "Båda parter")],
                        max_length=20,
                        verbose_name="hör till",
                    ),
                ),
                ("legal_nature", models.CharField(blank=True, max_length=300, verbose_name="rättslig ställning")),
                ("tasks", models.TextField(blank=True, help_text="En per rad.", verbose_name="uppgifter")),
                (
                    "meets_min",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="möten per år, minst"),
                ),
                (
                    "meets_max",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="möten per år, högst"),
                ),
                ("note", models.TextField(blank=True, verbose_name="anmärkning")),
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
            options={"verbose_name": "organ", "verbose_name_plural": "organ", "ordering": ["name"]},
        ),
        migrations.CreateModel(
            name="Composition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seats_politics", models.PositiveSmallIntegerField(verbose_name="platser för politiken")),
                ("seats_civil", models.PositiveSmallIntegerField(verbose_name="platser för civilsamhället")),
                ("first_day", models.DateField(blank=True, null=True, verbose_name="från och med")),
                (
                    "known_by",
                    models.DateField(
                        blank=True, help_text="När första dagen inte är känd.", null=True, verbose_name="känd senast"
                    ),
                ),
                ("since_text", models.CharField(blank=True, max_length=150, verbose_name="från när, i ord")),
                ("as_stated", models.TextField(blank=True, verbose_name="så står det i källan")),
                (
                    "body",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="compositions",
                        to="council.body",
                        verbose_name="organ",
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
                "verbose_name": "sammansättning",
                "verbose_name_plural": "sammansättningar",
                "ordering": [django.db.models.functions.comparison.Coalesce("first_day", "known_by")],
            },
        ),
        migrations.CreateModel(
            name="Conference",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField(unique=True, verbose_name="år")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("planned", "Planerad"),
                            ("registration_open", "Anmälan är öppen"),
                            ("registration_closed", "Anmälan är stängd"),
                            ("held", "Genomförd"),
                            ("documented", "Dokumenterad"),
                            ("cancelled", "Inställd"),
                        ],
                        default="planned",
                        editable=False,
                        max_length=20,
                        verbose_name="läge",
                    ),
                ),
                ("theme", models.CharField(max_length=200, verbose_name="tema")),
                ("starts_at", models.DateTimeField(verbose_name="börjar")),
                ("ends_at", models.DateTimeField(verbose_name="slutar")),
                ("place", models.CharField(max_length=200, verbose_name="plats")),
                ("programme", models.TextField(blank=True, verbose_name="program")),
                ("capacity", models.PositiveSmallIntegerField(verbose_name="antal platser")),
                ("opens_on", models.DateField(verbose_name="anmälan öppnar")),
                ("closes_on", models.DateField(verbose_name="sista dag för anmälan")),
                (
                    "opened_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="anmälan öppnades"),
                ),
                ("cancel_reason", models.TextField(blank=True, verbose_name="varför den ställdes in")),
                ("documentation", models.TextField(blank=True, verbose_name="dokumentation")),
                ("made_up", models.BooleanField(default=False, editable=False, verbose_name="påhittad (demo)")),
                (
                    "documents",
                    models.ManyToManyField(
                        blank=True, related_name="conferences", to="documents.document", verbose_name="dokument"
                    ),
                ),
            ],
            options={
                "verbose_name": "dialogkonferens",
                "verbose_name_plural": "dialogkonferenser",
                "ordering": ["-year"],
            },
        ),
        migrations.CreateModel(
            name="Meeting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "title",
                    models.CharField(
                        blank=True,
                        help_text="Till exempel ”Extra möte om budgeten”.",
                        max_length=150,
                        verbose_name="rubrik",
                    ),
                ),
                ("starts_at", models.DateTimeField(verbose_name="börjar")),
                ("ends_at", models.DateTimeField(verbose_name="slutar")),
                ("place", models.CharField(blank=True, max_length=200, verbose_name="plats")),
                (
                    "online_link",
                    models.URLField(
                        blank=True,
                        help_text="Står bara i kallelsen till de kallade.",
                        verbose_name="länk för att delta på distans",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("planned", "Planerat"),
                            ("called", "Kallat"),
                            ("held", "Genomfört"),
                            ("drawn_up", "Protokoll upprättat"),
                            ("signed_off", "Justerat"),
                            ("published", "Publicerat"),
                            ("cancelled", "Inställt"),
                        ],
                        default="planned",
                        editable=False,
                        max_length=12,
                        verbose_name="läge",
                    ),
                ),
                (
                    "announced",
                    models.BooleanField(
                        default=False,
                        help_text="Annars syns mötet först när kallelsen har gått ut.",
                        verbose_name="datumet får synas redan nu",
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
                        max_length=10,
                        verbose_name="mötet visas för",
                    ),
                ),
                (
                    "minutes_audience",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("public", "Alla"),
                            ("members", "Plattformens medlemmar"),
                            ("board", "Plattformens styrelse"),
                            ("staff", "Kommunens handläggare"),
                        ],
                        max_length=10,
                        verbose_name="protokollet visas för",
                    ),
                ),
                ("slug", models.SlugField(editable=False, max_length=20, verbose_name="adress")),
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "sequence",
                    models.PositiveIntegerField(default=0, editable=False, verbose_name="kalenderns löpnummer"),
                ),
                ("also_present", models.TextField(blank=True, verbose_name="övriga närvarande")),
                ("quorum_note", models.CharField(blank=True, max_length=200, verbose_name="beslutsförhet")),
                ("secretary_name", models.CharField(blank=True, max_length=150, verbose_name="sekreterare")),
                (
                    "late_reason",
                    models.CharField(blank=True, max_length=300, verbose_name="varför kallelsen gick ut sent"),
                ),
                (
                    "cancel_reason",
                    models.CharField(blank=True, max_length=300, verbose_name="varför mötet ställdes in"),
                ),
                ("called_at", models.DateTimeField(blank=True, null=True, verbose_name="kallelsen gick ut")),
                ("published_at", models.DateTimeField(blank=True, null=True, verbose_name="protokollet publicerades")),
                (
                    "privacy_reviewed_by",
                    models.CharField(blank=True, max_length=150, verbose_name="personuppgifter granskade av"),
                ),
                ("handed_over_at", models.DateTimeField(blank=True, null=True, verbose_name="lämnat till kommunen")),
                ("made_up", models.BooleanField(default=False, editable=False, verbose_name="påhittat (demo)")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("modified_at", models.DateTimeField(auto_now=True)),
                (
                    "body",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="meetings",
                        to="council.body",
                        verbose_name="organ",
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
                        verbose_name="diariepost",
                    ),
                ),
            ],
            options={
                "verbose_name": "möte",
                "verbose_name_plural": "möten",
                "ordering": ["-starts_at", "pk"],
                "permissions": [("handle_meeting", "Får kalla till Rådets möten och skriva protokoll")],
            },
        ),
        migrations.CreateModel(
            name="AgendaItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("order", models.PositiveSmallIntegerField(default=1, verbose_name="nummer")),
                ("title", models.CharField(max_length=200, verbose_name="rubrik")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("information", "Information"),
                            ("consultation", "Samråd"),
                            ("statement", "Yttrande"),
                            ("position", "Ställningstagande"),
                            ("decision", "Beslut"),
                        ],
                        default="information",
                        max_length=12,
                        verbose_name="slag",
                    ),
                ),
                ("presenter", models.CharField(blank=True, max_length=150, verbose_name="föredragande")),
                ("text", models.TextField(blank=True, verbose_name="bakgrund")),
                (
                    "action_item",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="agenda_items",
                        to="agreement.actionitem",
                        verbose_name="punkt i handlingsplanen",
                    ),
                ),
                (
                    "documents",
                    models.ManyToManyField(
                        blank=True, related_name="agenda_items", to="documents.document", verbose_name="handlingar"
                    ),
                ),
                (
                    "principle",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="agenda_items",
                        to="agreement.principle",
                        verbose_name="princip",
                    ),
                ),
                (
                    "meeting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="council.meeting",
                        verbose_name="möte",
                    ),
                ),
            ],
            options={
                "verbose_name": "dagordningspunkt",
                "verbose_name_plural": "dagordningspunkter",
                "ordering": ["meeting", "order", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("begun", "Inte bekräftad"),
                            ("applied", "Ansökt"),
                            ("member", "Medlem"),
                            ("rejected", "Avslagen"),
                            ("withdrawn", "Återkallad"),
                            ("left", "Utträdd"),
                            ("excluded", "Utesluten"),
                        ],
                        default="begun",
                        editable=False,
                        max_length=10,
                        verbose_name="läge",
                    ),
                ),
                (
                    "key",
                    models.CharField(
                        default=botkyrka_civil.lib.tokens.new_key, editable=False, max_length=40, unique=True
                    ),
                ),
                ("contact_name", models.CharField(max_length=150, verbose_name="kontaktperson")),
                ("contact_email", models.EmailField(max_length=254, verbose_name="e-post")),
                ("motivation", models.TextField(blank=True, verbose_name="varför ni vill vara med")),
                ("applied_at", models.DateTimeField(blank=True, null=True, verbose_name="ansökte")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="beslutades")),
                ("decided_by", models.CharField(blank=True, max_length=200, verbose_name="beslutet antecknat av")),
                (
                    "decision_note",
                    models.CharField(
                        blank=True,
                        help_text="Till exempel: styrelsemöte 12 mars 2026, § 14.",
                        max_length=200,
                        verbose_name="styrelsens beslut",
                    ),
                ),
                ("reason", models.TextField(blank=True, verbose_name="skäl")),
                ("ended_on", models.DateField(blank=True, null=True, verbose_name="upphörde")),
                ("made_up", models.BooleanField(default=False, editable=False, verbose_name="påhittat (demo)")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to="organisations.organisation",
                        verbose_name="organisation",
                    ),
                ),
            ],
            options={
                "verbose_name": "medlemskap i Plattformen",
                "verbose_name_plural": "medlemskap i Plattformen",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Minutes",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField(blank=True, verbose_name="text")),
                ("revision", models.PositiveIntegerField(default=0, verbose_name="version")),
                ("file_accessible", models.BooleanField(default=False, verbose_name="filen är tillgänglig")),
                ("last_number", models.PositiveSmallIntegerField(default=0, verbose_name="sista paragrafen")),
                ("signed_off_at", models.DateTimeField(blank=True, null=True, verbose_name="justerades")),
                (
                    "file",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="documents.file",
                        verbose_name="protokollet som fil",
                    ),
                ),
                (
                    "meeting",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="minutes",
                        to="council.meeting",
                        verbose_name="möte",
                    ),
                ),
                (
                    "pdf",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="documents.file",
                        verbose_name="justerat protokoll",
                    ),
                ),
            ],
            options={"verbose_name": "protokoll", "verbose_name_plural": "protokoll"},
        ),
        migrations.CreateModel(
            name="Correction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField(verbose_name="rättelse")),
                ("by", models.CharField(max_length=200, verbose_name="av")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="skrevs")),
                (
                    "minutes",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="corrections",
                        to="council.minutes",
                        verbose_name="protokoll",
                    ),
                ),
            ],
            options={"verbose_name": "rättelse", "verbose_name_plural": "rättelser", "ordering": ["pk"]},
        ),
        migrations.CreateModel(
            name="MinutesRevision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(verbose_name="nummer")),
                ("text", models.TextField(blank=True, verbose_name="text")),
                ("by", models.CharField(max_length=200, verbose_name="av")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="sparad")),
                ("aside", models.BooleanField(default=False, verbose_name="vid sidan av")),
                (
                    "minutes",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="revisions",
                        to="council.minutes",
                        verbose_name="protokoll",
                    ),
                ),
            ],
            options={
                "verbose_name": "protokollsversion",
                "verbose_name_plural": "protokollsversioner",
                "ordering": ["minutes", "number", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveSmallIntegerField(verbose_name="version")),
                (
                    "content",
                    models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name="innehåll"),
                ),
                ("content_sha256", models.CharField(max_length=64, verbose_name="kontrollsumma")),
                ("online_link", models.URLField(blank=True, verbose_name="länk för att delta på distans")),
                ("changes", models.JSONField(default=list, verbose_name="ändringar")),
                ("sent_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="skickades")),
                ("sent_by", models.CharField(max_length=200, verbose_name="skickades av")),
                (
                    "meeting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notices",
                        to="council.meeting",
                        verbose_name="möte",
                    ),
                ),
                (
                    "pdf",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="documents.file",
                        verbose_name="kallelsen som PDF",
                    ),
                ),
            ],
            options={
                "verbose_name": "kallelse",
                "verbose_name_plural": "kallelser",
                "ordering": ["meeting", "-version"],
            },
        ),
        migrations.CreateModel(
            name="Proposal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField(verbose_name="förslag")),
                ("raised_by", models.CharField(blank=True, max_length=150, verbose_name="föreslogs av")),
                ("outcome", models.TextField(blank=True, verbose_name="vad det blev av förslaget")),
                (
                    "action_item",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="proposals",
                        to="agreement.actionitem",
                        verbose_name="punkt i handlingsplanen",
                    ),
                ),
                (
                    "conference",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="proposals",
                        to="council.conference",
                        verbose_name="dialogkonferens",
                    ),
                ),
                (
                    "principle",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposals",
                        to="agreement.principle",
                        verbose_name="princip",
                    ),
                ),
            ],
            options={"verbose_name": "förslag", "verbose_name_plural": "förslag", "ordering": ["conference", "pk"]},
        ),
        migrations.CreateModel(
            name="Registration",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("unconfirmed", "Inte bekräftad"),
                            ("confirmed", "Har plats"),
                            ("waiting", "Står i kö"),
                            ("cancelled", "Avanmäld"),
                        ],
                        default="unconfirmed",
                        editable=False,
                        max_length=12,
                        verbose_name="läge",
                    ),
                ),
                ("name", models.CharField(max_length=150, verbose_name="namn")),
                ("email", models.EmailField(max_length=254, verbose_name="e-post")),
                ("organisation", models.CharField(blank=True, max_length=150, verbose_name="organisation")),
                ("needs", models.TextField(blank=True, verbose_name="behov av tillgänglighet och kost")),
                (
                    "key",
                    models.CharField(
                        default=botkyrka_civil.lib.tokens.new_key, editable=False, max_length=40, unique=True
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="anmäldes")),
                ("confirmed_at", models.DateTimeField(blank=True, null=True, verbose_name="bekräftades")),
                (
                    "conference",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="registrations",
                        to="council.conference",
                        verbose_name="dialogkonferens",
                    ),
                ),
            ],
            options={
                "verbose_name": "anmälan",
                "verbose_name_plural": "anmälningar",
                "ordering": ["conference", "confirmed_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Seat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "organisation_as_stated",
                    models.CharField(blank=True, max_length=200, verbose_name="organisation som källan skriver den"),
                ),
                ("party", models.CharField(blank=True, max_length=60, verbose_name="parti")),
                (
                    "side",
                    models.CharField(
                        blank=True,
                        choices=[("", "–"), ("politics", "Politiken"), ("civil", "Civilsamhället")],
                        default="",
                        max_length=10,
                        verbose_name="sida",
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("chair", "Ordförande"),
                            ("vice_chair", "Vice ordförande"),
                            ("secretary", "Sekreterare"),
                            ("treasurer", "Kassör"),
                            ("member", "Ledamot"),
                            ("substitute", "Ersättare"),
                            ("auditor", "Revisor"),
                            ("nominating", "Valberedning"),
                            ("not_stated", "Ej angiven"),
                        ],
                        default="member",
                        max_length=12,
                        verbose_name="roll",
                    ),
                ),
                ("order", models.PositiveSmallIntegerField(default=1, verbose_name="ordning")),
                ("first_day", models.DateField(verbose_name="första dag")),
                ("last_day", models.DateField(blank=True, null=True, verbose_name="sista dag")),
                ("elected_on", models.DateField(blank=True, null=True, verbose_name="vald den")),
                ("end_reason", models.CharField(blank=True, max_length=200, verbose_name="varför uppdraget upphörde")),
                (
                    "calendar_key",
                    models.CharField(
                        default=botkyrka_civil.lib.tokens.new_key, editable=False, max_length=40, unique=True
                    ),
                ),
                ("made_up", models.BooleanField(default=False, editable=False, verbose_name="påhittad (demo)")),
                (
                    "body",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="seats",
                        to="council.body",
                        verbose_name="organ",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="seats",
                        to="organisations.organisation",
                        verbose_name="organisation",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="seats",
                        to="organisations.person",
                        verbose_name="person",
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
            options={"verbose_name": "uppdrag", "verbose_name_plural": "uppdrag", "ordering": ["body", "order", "pk"]},
        ),
        migrations.CreateModel(
            name="Participant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, verbose_name="namn")),
                ("role", models.CharField(blank=True, max_length=100, verbose_name="roll")),
                ("organisation", models.CharField(blank=True, max_length=200, verbose_name="organisation eller parti")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-post")),
                (
                    "key",
                    models.CharField(
                        default=botkyrka_civil.lib.tokens.new_key, editable=False, max_length=40, unique=True
                    ),
                ),
                ("invited_at", models.DateTimeField(blank=True, null=True, verbose_name="kallad")),
                (
                    "answer",
                    models.CharField(
                        blank=True,
                        choices=[("coming", "Kommer"), ("not_coming", "Kommer inte")],
                        max_length=12,
                        verbose_name="svar",
                    ),
                ),
                ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="svarade")),
                (
                    "presence",
                    models.CharField(
                        blank=True,
                        choices=[("present", "Närvarande"), ("absent", "Frånvarande")],
                        max_length=10,
                        verbose_name="närvaro",
                    ),
                ),
                (
                    "duty",
                    models.CharField(
                        blank=True,
                        choices=[("chair", "Ordförande"), ("signer", "Justerare")],
                        max_length=10,
                        verbose_name="uppgift",
                    ),
                ),
                (
                    "meeting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="participants",
                        to="council.meeting",
                        verbose_name="möte",
                    ),
                ),
                (
                    "serves_for",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="council.participant",
                        verbose_name="tjänstgör för",
                    ),
                ),
                (
                    "seat",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="participations",
                        to="council.seat",
                        verbose_name="uppdrag",
                    ),
                ),
            ],
            options={"verbose_name": "deltagare", "verbose_name_plural": "deltagare", "ordering": ["pk"]},
        ),
        migrations.CreateModel(
            name="Nomination",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[("member", "Ordinarie"), ("substitute", "Ersättare")],
                        default="member",
                        max_length=12,
                        verbose_name="plats",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "Föreslagen"),
                            ("nominated", "Nominerad"),
                            ("appointed", "Utsedd"),
                            ("declined", "Avböjd"),
                            ("not_appointed", "Inte utsedd"),
                        ],
                        default="proposed",
                        editable=False,
                        max_length=14,
                        verbose_name="läge",
                    ),
                ),
                ("decision_note", models.CharField(blank=True, max_length=200, verbose_name="Plattformens beslut")),
                ("reason", models.TextField(blank=True, verbose_name="skäl")),
                ("proposed_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="föreslogs")),
                ("nominated_at", models.DateTimeField(blank=True, null=True, verbose_name="nominerades")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="avgjordes")),
                ("made_up", models.BooleanField(default=False, editable=False, verbose_name="påhittad (demo)")),
                (
                    "candidate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="nominations",
                        to="organisations.person",
                        verbose_name="kandidat",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="nominations",
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
                        verbose_name="diariepost",
                    ),
                ),
                (
                    "seat",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="nomination",
                        to="council.seat",
                        verbose_name="plats i Rådet",
                    ),
                ),
            ],
            options={
                "verbose_name": "nominering",
                "verbose_name_plural": "nomineringar",
                "ordering": ["-pk"],
                "permissions": [
                    ("appoint_nomination", "Får anteckna att en nominerad har utsetts"),
                    ("not_appoint_nomination", "Får anteckna att en nominerad inte har utsetts"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SignOffRound",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "content",
                    models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name="innehåll"),
                ),
                ("content_sha256", models.CharField(max_length=64, verbose_name="kontrollsumma")),
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
                    "minutes",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rounds",
                        to="council.minutes",
                        verbose_name="protokoll",
                    ),
                ),
            ],
            options={"verbose_name": "justering", "verbose_name_plural": "justeringar", "ordering": ["pk"]},
        ),
        migrations.CreateModel(
            name="SignOff",
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
                        to="council.signoffround",
                        verbose_name="justering",
                    ),
                ),
            ],
            options={
                "verbose_name": "justerares underskrift",
                "verbose_name_plural": "justerares underskrifter",
                "ordering": ["round", "order"],
            },
        ),
        migrations.CreateModel(
            name="Term",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("label", models.CharField(max_length=40, verbose_name="period")),
                ("first_day", models.DateField(verbose_name="första dag")),
                ("last_day", models.DateField(blank=True, null=True, verbose_name="sista dag")),
                ("elected_on", models.DateField(blank=True, null=True, verbose_name="vald den")),
                ("year_only", models.BooleanField(default=False, verbose_name="bara året är känt")),
                ("note", models.TextField(blank=True, verbose_name="anmärkning")),
                (
                    "body",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="terms",
                        to="council.body",
                        verbose_name="organ",
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
                "verbose_name": "mandatperiod",
                "verbose_name_plural": "mandatperioder",
                "ordering": ["-first_day"],
            },
        ),
        migrations.AddField(
            model_name="seat",
            name="term",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="seats",
                to="council.term",
                verbose_name="mandatperiod",
            ),
        ),
        migrations.AddConstraint(
            model_name="body",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind__in", ["council", "board"])),
                fields=("kind",),
                name="one_council_and_one_board",
            ),
        ),
        migrations.AddConstraint(
            model_name="body",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "council"), _negated=True), ("owner", "municipality"), _connector="OR"
                ),
                name="the_council_is_the_municipalitys",
            ),
        ),
        migrations.AddConstraint(
            model_name="body",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("meets_min", None), ("meets_max", None), ("meets_min__lte", models.F("meets_max")), _connector="OR"
                ),
                name="body_meets_min_to_max",
            ),
        ),
        migrations.AddConstraint(
            model_name="composition",
            constraint=models.CheckConstraint(
                condition=models.Q(("first_day__isnull", False), ("known_by__isnull", False), _connector="OR"),
                name="composition_has_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="conference",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        ["planned", "registration_open", "registration_closed", "held", "documented", "cancelled"],
                    )
                ),
                name="conference_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="conference",
            constraint=models.CheckConstraint(condition=models.Q(("capacity__gte", 1)), name="conference_has_places"),
        ),
        migrations.AddConstraint(
            model_name="conference",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="conference_ends_after_it_starts"
            ),
        ),
        migrations.AddConstraint(
            model_name="conference",
            constraint=models.CheckConstraint(
                condition=models.Q(("closes_on__gte", models.F("opens_on"))), name="conference_closes_after_it_opens"
            ),
        ),
        migrations.AddConstraint(
            model_name="conference",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "cancelled"),
                    models.Q(("opened_at", None), ("state", "planned")),
                    models.Q(models.Q(("state", "planned"), _negated=True), ("opened_at__isnull", False)),
                    _connector="OR",
                ),
                name="conference_opened_at_some_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="conference",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "cancelled"), _negated=True),
                    models.Q(("cancel_reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="conference_cancelled_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="meeting",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["planned", "called", "held", "drawn_up", "signed_off", "published", "cancelled"])
                ),
                name="meeting_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="meeting",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="meeting_ends_after_it_starts"
            ),
        ),
        migrations.AddConstraint(
            model_name="meeting",
            constraint=models.UniqueConstraint(fields=("body", "slug"), name="meeting_address_once_per_body"),
        ),
        migrations.AddConstraint(
            model_name="meeting",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "published"), _negated=True),
                    models.Q(("published_at__isnull", False), models.Q(("privacy_reviewed_by", ""), _negated=True)),
                    _connector="OR",
                ),
                name="published_minutes_were_reviewed",
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["begun", "applied", "member", "rejected", "withdrawn", "left", "excluded"])
                ),
                name="membership_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["applied", "member"])),
                fields=("organisation",),
                name="one_membership_per_organisation",
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["left", "excluded"]), _negated=True),
                    ("ended_on__isnull", False),
                    _connector="OR",
                ),
                name="ended_membership_has_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="minutesrevision",
            constraint=models.UniqueConstraint(
                condition=models.Q(("aside", False)), fields=("minutes", "number"), name="minutes_revision_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.UniqueConstraint(fields=("meeting", "version"), name="notice_version_once"),
        ),
        migrations.AddConstraint(
            model_name="registration",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["unconfirmed", "confirmed", "waiting", "cancelled"])),
                name="registration_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="registration",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["confirmed", "waiting"]), _negated=True),
                    ("confirmed_at__isnull", False),
                    _connector="OR",
                ),
                name="registration_confirmed_at_some_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="registration",
            constraint=models.UniqueConstraint(fields=("conference", "email"), name="one_registration_per_email"),
        ),
        migrations.AddConstraint(
            model_name="participant",
            constraint=models.UniqueConstraint(fields=("meeting", "seat"), name="participant_once_per_seat"),
        ),
        migrations.AddConstraint(
            model_name="participant",
            constraint=models.UniqueConstraint(
                condition=models.Q(("email", ""), _negated=True),
                fields=("meeting", "email"),
                name="participant_once_per_email",
            ),
        ),
        migrations.AddConstraint(
            model_name="participant",
            constraint=models.UniqueConstraint(
                condition=models.Q(("duty", "chair")), fields=("meeting",), name="one_chair_per_meeting"
            ),
        ),
        migrations.AddConstraint(
            model_name="participant",
            constraint=models.CheckConstraint(
                condition=models.Q(("duty", ""), ("presence", "present"), _connector="OR"), name="signers_are_present"
            ),
        ),
        migrations.AddConstraint(
            model_name="nomination",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["proposed", "nominated", "appointed", "declined", "not_appointed"])),
                name="nomination_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="nomination",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["proposed", "nominated"])),
                fields=("candidate",),
                name="one_open_nomination_per_candidate",
            ),
        ),
        migrations.AddConstraint(
            model_name="nomination",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "appointed"), _negated=True), ("seat__isnull", False), _connector="OR"
                ),
                name="appointed_nomination_has_a_seat",
            ),
        ),
        migrations.AddConstraint(
            model_name="signoffround",
            constraint=models.UniqueConstraint(
                condition=models.Q(("outcome", "open")), fields=("minutes",), name="one_open_sign_off_per_minutes"
            ),
        ),
        migrations.AddConstraint(
            model_name="signoffround",
            constraint=models.CheckConstraint(
                condition=models.Q(("required__gte", 2)), name="sign_off_needs_chair_and_signer"
            ),
        ),
        migrations.AddConstraint(
            model_name="signoff",
            constraint=models.UniqueConstraint(fields=("round", "order"), name="sign_off_order_once"),
        ),
        migrations.AddConstraint(
            model_name="signoff",
            constraint=models.UniqueConstraint(fields=("round", "email"), name="one_sign_off_per_email"),
        ),
        migrations.AddConstraint(
            model_name="signoff",
            constraint=models.UniqueConstraint(
                condition=models.Q(("session_hash", ""), _negated=True),
                fields=("round", "session_hash"),
                name="one_sign_off_per_session",
            ),
        ),
        migrations.AddConstraint(
            model_name="signoff",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("signed_at", None), ("signed_sha256", "")),
                    models.Q(("signed_at__isnull", False), models.Q(("signed_sha256", ""), _negated=True)),
                    _connector="OR",
                ),
                name="signed_off_means_when_and_what",
            ),
        ),
        migrations.AddConstraint(
            model_name="signoff",
            constraint=models.CheckConstraint(
                condition=models.Q(("signed_at", None), ("declined_at", None), _connector="OR"),
                name="signed_off_or_declined",
            ),
        ),
        migrations.AddConstraint(
            model_name="term", constraint=models.UniqueConstraint(fields=("body", "label"), name="term_label_once")
        ),
        migrations.AddConstraint(
            model_name="term",
            constraint=models.CheckConstraint(
                condition=models.Q(("last_day", None), ("last_day__gte", models.F("first_day")), _connector="OR"),
                name="term_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="seat",
            constraint=models.CheckConstraint(
                condition=models.Q(("last_day", None), ("last_day__gte", models.F("first_day")), _connector="OR"),
                name="seat_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="seat",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("side", "politics"), _negated=True),
                    models.Q(models.Q(("party", ""), _negated=True), ("organisation", None)),
                    _connector="OR",
                ),
                name="politics_has_a_party",
            ),
        ),
        migrations.AddConstraint(
            model_name="seat",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("side", "civil"), _negated=True), ("organisation__isnull", False), _connector="OR"
                ),
                name="civil_has_an_organisation",
            ),
        ),
        migrations.AddConstraint(
            model_name="seat",
            constraint=models.CheckConstraint(
                condition=models.Q(("side__in", ["", "politics", "civil"])), name="seat_side"
            ),
        ),
    ]
