"""The table of ties: every model with personal data, and how its rows are somebody's. It is data.

Extract, rectification and restriction read it. A test holds it against the disposal policy, and says when a field
with personal data is missing here or in EXCEPT.
"""

from __future__ import annotations

from django.db.models import Q

from ..casework.models import APPLICANT
from ..documents.models.documents import IN_ROOM
from . import whose
from .ties import Table, Tie

SIGNATURE = "role typed_name signed_at declined_at declined_reason"
SIGNATURE_SECRETS = "key session_hash address_hash signed_sha256"

# Whoever asks for all there is about them gets what they have not sent in too, and it is put right and held with the
# rest: it lies with the municipality, although no staff page shows it (GDPR art. 15, 16 and 18).
OURS_OR_THE_APPLICANTS = Q(room__in=["", APPLICANT])

TABLES: tuple[Table, ...] = (
    # Accounts
    Table(
        "accounts.User",
        (
            Tie(
                "Konto",
                "email",
                "name",
                shows="is_staff is_superuser is_active groups date_joined last_login rooms_opened_for",
                live=whose.but_for_keys("name", "email"),
            ),
        ),
        hidden="password",
    ),
    Table("account.EmailAddress", (Tie("Adress för inloggning", "email", shows="verified primary"),), elsewhere="user"),
    Table(
        "account.EmailConfirmation",
        (Tie("Bekräftelse av adressen", "email_address__email", shows="created sent"),),
        hidden="key",
    ),
    Table(
        "mfa.Authenticator",
        (Tie("Andra faktor vid inloggning", "user__email", shows="type created_at last_used_at"),),
        hidden="data",
    ),
    Table(
        "socialaccount.SocialAccount",
        (Tie("Inloggning hos en annan tjänst", "user__email", shows="provider uid date_joined last_login extra_data"),),
    ),
    Table(
        "admin.LogEntry",
        (Tie("Den som ändrade", "user__email", shows="action_time object_repr change_message"),),
        mentions="object_repr change_message",
        beside="action_time",
    ),
    # Överenskommelsen
    Table(
        "agreement.Accession",
        (
            Tie(
                "Sökande",
                "applicant_email",
                "applicant_name",
                shows="state method organisation language created_at email_verified_at submitted_at decided_at",
                file=whose.evidence,
                live=whose.always("applicant_name", "applicant_email"),
            ),
            Tie("Handläggare", "assigned_to__email", shows="state organisation submitted_at"),
            Tie("Den som beslutade", "decided_by__email", shows="state organisation decided_at"),
        ),
        mentions="draft motivation end_reason",
        beside="state organisation created_at",
        hidden="key",
        joins="evidence",
        elsewhere="translation",
    ),
    Table(
        "agreement.Completion",
        (Tie("Den som begärde komplettering", "requested_by__email", shows="requested_at due"),),
        mentions="text answer",
        beside="accession__organisation requested_at",
        case="accession",
    ),
    Table(
        "agreement.SigningRound",
        mentions="content",
        beside="purpose accession__organisation opened_at",
        case="accession",
        elsewhere="form",
    ),
    Table(
        "agreement.Signature",
        (
            Tie(
                "Firmatecknare",
                "email",
                "name",
                shows=f"{SIGNATURE} method round__accession__organisation",
                file=whose.signed("round__form"),
                live=whose.while_waiting,
            ),
        ),
        case="round__accession",
        hidden=SIGNATURE_SECRETS,
        joins="round__form",
    ),
    Table("agreement.ActionPlan", mentions="intro", beside="label"),
    Table("agreement.ActionItem", mentions="title text reason", beside="plan owner"),
    Table("agreement.ItemFollowUp", mentions="by_name text", beside="item at", case="item"),
    # Organisationer och personer
    Table(
        "organisations.Person",
        (Tie("Person med uppdrag", "email", "name", "phone", live=whose.but_for_keys("name", "email", "phone")),),
        ours=whose.KNOWN_PERSON,
    ),
    Table(
        "organisations.ContactPerson",
        (
            Tie(
                "Kontaktperson hos kommunen",
                "email",
                "name",
                "phone",
                shows="topic title municipal_unit as_of",
                live=whose.always("name", "email", "phone"),
            ),
        ),
    ),
    Table(
        "organisations.Organisation",
        (Tie("Adress till organisationen", "public_email", shows="name", live=whose.always("public_email")),),
        mentions="note description",
        beside="name",
    ),
    Table("organisations.OtherName", mentions="note", beside="organisation name"),
    # Rådet
    Table(
        "council.Seat",
        (
            Tie(
                "Uppdrag",
                "person__email",
                "person__name",
                shows="body role side party organisation organisation_as_stated first_day last_day elected_on "
                "end_reason",
            ),
        ),
        ours=whose.OF_OUR_BODY,
        hidden="calendar_key",
    ),
    Table(
        "council.Nomination",
        (
            Tie(
                "Nominerad",
                "candidate__email",
                "candidate__name",
                shows="organisation role state decision_note reason proposed_at nominated_at decided_at",
            ),
        ),
        mentions="decision_note reason",
        beside="organisation nominated_at",
        ours=Q(nominated_at__isnull=False),
    ),
    Table(
        "council.Participant",
        (
            Tie(
                "Kallad till ett möte",
                "email",
                "name",
                shows="meeting seat role organisation invited_at answer answered_at presence duty",
                live=whose.until_drawn_up,
            ),
        ),
        ours=whose.OF_OUR_MEETING,
        case="meeting",
        hidden="key",
        joins="meeting__body seat__person",
    ),
    Table(
        "council.Meeting",
        mentions="secretary_name privacy_reviewed_by also_present quorum_note late_reason cancel_reason",
        beside="body starts_at",
        ours=whose.ours_or_handed_over(),
    ),
    Table(
        "council.AgendaItem",
        mentions="presenter title text",
        beside="meeting",
        ours=whose.OF_OUR_MEETING,
        case="meeting",
        joins="meeting__body",
    ),
    Table(
        "council.Notice",
        mentions="content changes sent_by",
        beside="meeting sent_at",
        ours=whose.OF_OUR_MEETING,
        case="meeting",
        joins="meeting__body",
    ),
    Table(
        "council.Minutes",
        mentions="text",
        beside="meeting",
        ours=whose.ours_or_handed_over("meeting"),
        case="meeting",
        joins="meeting__body",
        elsewhere="file pdf",
    ),
    Table(
        "council.MinutesRevision",
        mentions="by text",
        beside="minutes__meeting at",
        ours=~Q(minutes__meeting__body__owner="platform"),
        case="minutes__meeting",
        joins="minutes__meeting__body",
    ),
    Table(
        "council.SignOffRound",
        mentions="content",
        beside="minutes__meeting opened_at",
        ours=whose.ours_or_handed_over("minutes__meeting"),
        case="minutes__meeting",
        joins="minutes__meeting__body",
    ),
    Table(
        "council.SignOff",
        (
            Tie(
                "Justerare",
                "email",
                "name",
                shows=f"{SIGNATURE} round__minutes__meeting",
                file=whose.signed("round__minutes__pdf"),
                live=whose.while_waiting,
            ),
        ),
        ours=~Q(round__minutes__meeting__body__owner="platform"),
        case="round__minutes__meeting",
        hidden=SIGNATURE_SECRETS,
        joins="round__minutes__meeting__body round__minutes__pdf",
    ),
    Table(
        "council.Correction",
        mentions="by text",
        beside="minutes__meeting at",
        ours=whose.ours_or_handed_over("minutes__meeting"),
        case="minutes__meeting",
        joins="minutes__meeting__body",
    ),
    Table(
        "council.Conference",
        mentions="programme cancel_reason documentation",
        beside="year",
        ours=Q(opened_at__isnull=False),
    ),
    Table(
        "council.Proposal",
        mentions="raised_by text outcome",
        beside="conference",
        ours=Q(conference__state="documented"),
        case="conference",
    ),
    # Partnerskap
    Table(
        "iop.Partnership",
        (Tie("Handläggare", "assigned_to__email", shows="title state proposed_at"),),
        mentions="draft title purpose target_group shared_need short_reason terms procurement_note end_reason",
        beside="title state language created_at",
        elsewhere="translation",
    ),
    Table(
        "iop.Party",
        (
            Tie(
                "Kontaktperson",
                "email",
                "contact_name",
                shows="partnership organisation unit is_proposer",
                live=whose.always("contact_name", "email"),
            ),
        ),
        case="partnership",
        hidden="key",
    ),
    Table(
        "iop.Signatory",
        (
            Tie(
                "Ska skriva under", "email", "name", shows="role party__partnership", live=whose.always("name", "email")
            ),
        ),
        case="party__partnership",
    ),
    Table("iop.CriterionAnswer", mentions="motivation", beside="party__partnership", case="party__partnership"),
    Table("iop.Contribution", mentions="note", beside="party__partnership year", case="party__partnership"),
    Table(
        "iop.Decision",
        (Tie("Den som antecknade beslutet", "recorded_by__email", shows="partnership decided_on recorded_at"),),
        mentions="decided_where motivation",
        beside="partnership decided_on",
        case="partnership",
    ),
    Table(
        "iop.Agreement", mentions="content", beside="partnership version opened_at", case="partnership", elsewhere="pdf"
    ),
    Table(
        "iop.AgreementSignature",
        (
            Tie(
                "Undertecknare",
                "email",
                "name",
                shows=f"{SIGNATURE} round__partnership",
                file=whose.signed("round__pdf"),
                live=whose.while_waiting,
            ),
        ),
        case="round__partnership",
        hidden=SIGNATURE_SECRETS,
        joins="round__pdf",
    ),
    Table(
        "iop.FollowUp",
        mentions="content privacy_reviewed_by",
        beside="partnership first_day last_day",
        case="partnership",
    ),
    Table(
        "iop.FollowUpText",
        mentions="text written_by approved_by",
        beside="follow_up written_at approved_at",
        case="follow_up__partnership",
    ),
    Table("iop.IndicatorValue", mentions="note", beside="follow_up", case="follow_up__partnership"),
    # Dokument, brev, diarium och logg
    Table("documents.Document", mentions="title note", beside="modified_at", ours=~IN_ROOM, elsewhere="search_text"),
    Table(
        "documents.DocumentVersion",
        mentions="uploaded_by",
        beside="document uploaded_at",
        ours=~(Q(document__owner="platform", document__handed_over_at=None) & ~Q(document__audience="public")),
        case="document",
    ),
    Table(
        "pages.AccessibilityReport",
        (
            Tie(
                "Den som skrev till oss",
                "email",
                "name",
                shows="kind page what aid state received_at reply reason",
                live=whose.until_answered,
            ),
            Tie("Handläggare", "assigned_to__email", shows="state received_at"),
        ),
        mentions="what reply reason",
        beside="received_at",
        hidden="key",
    ),
    Table(
        "casework.Letter",
        (Tie("Mottagare av ett brev", "to", shows="subject body attachment_name queued_at sent_at failed_at"),),
        mentions="subject body last_error",
        beside="subject_key queued_at sent_at",
        ours=OURS_OR_THE_APPLICANTS,
        hidden="link_key message_id",
        subject="subject_key",
        elsewhere="attachment",
    ),
    Table(
        "casework.RegistryEntry",
        mentions="counterpart matter",
        beside="number received_at direction",
        subject="subject",
    ),
    Table(
        "casework.Event",
        (Tie("Den som gjorde det", "actor_email", shows="at label subject actor reason"),),
        mentions="label actor reason data",
        beside="at label subject",
        ours=OURS_OR_THE_APPLICANTS,
        subject="subject",
    ),
    Table(
        "retention.Restriction",
        (Tie("Den som beslutade", "decided_by__email", shows="since"),),
        mentions="emails names reason lifted_reason",
        beside="came_on since lifted_at",
    ),
)

BY_LABEL = {table.label: table for table in TABLES}

ROOM = "Föreningens eget: Plattformens styrelse svarar för uppgifterna och lämnar själv ut dem."
EXCEPT = {
    "council.Membership": ROOM,
    "council.Registration": ROOM,
    "sessions.Session": "Att någon är inloggad just nu räknas, men innehållet är en nyckel och visas inte.",
    "socialaccount.SocialToken": "Nycklar till en annan tjänst.",
    "socialaccount.SocialApp": "Portalens egna nycklar. Rör ingen person.",
    "documents.File": "Filen lämnas ut med det som den hör till. Ett filnamn söks inte för sig.",
    "search.Entry": "Ett sökregister, gjort av det som alla redan kan läsa. Det görs om när källan ändras.",
    "search.Piece": "Ett sökregister, gjort av det som alla redan kan läsa. Det görs om när källan ändras.",
    "retention.CacheEntry": "Räknare med kontrollsummor i stället för adresser. Vems de är går inte att se.",
}
