"""The signed forms as papers that anyone can check: to join, and to leave. Registered in apps.py."""

from collections.abc import Iterator
from datetime import date

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format

from botkyrka_civil.documents.papers import Fact, Paper, facts

from .models import Accession, SigningRound
from .models.states import OPEN

KINDS = {"join": "Anslutningsblankett", "leave": "Utträdesanmälan"}
AS_PRINTED = "Ska vara samma som i blanketten."
AS_COPIED = "Gäller kommunens avskrift av pappersblanketten."


def by_checksum(sha256: str) -> Iterator[Paper]:
    """The form that was drawn up here. A scan of a paper form was handed in, and is not told."""
    rounds = _rounds().filter(form__sha256=sha256).exclude(signatures__method="paper")
    return _papers(rounds)


def by_code(code: str) -> Iterator[Paper]:
    """All that bear the code, the newest first."""
    return _papers(_rounds().filter(accession__code=code))


def _rounds() -> QuerySet[SigningRound]:
    rows = SigningRound.objects.filter(form__isnull=False, accession__in=Accession.objects.registered())
    accession = [f"accession__{name}" for name in ("organisation", "version", "registry_entry")]
    return rows.select_related("form", *accession).order_by("-pk")


def _papers(rounds: QuerySet[SigningRound]) -> Iterator[Paper]:
    for signing in rounds:
        accession = signing.accession
        later = accession.rounds.filter(form__isnull=False, purpose=signing.purpose, pk__gt=signing.pk)
        standing, level = _standing(accession, signing, replaced=later.exists())
        assert signing.form
        yield Paper(
            KINDS[signing.purpose],
            standing,
            level,
            _facts(accession),
            signing.form.sha256,
            signing.content_sha256,
            AS_COPIED if accession.method == Accession.Method.PAPER else AS_PRINTED,
        )


def _standing(accession: Accession, signing: SigningRound, *, replaced: bool) -> tuple[str, str]:
    """The join form is signed anew when a completion changes it; whether the accession holds, all its forms tell."""
    if replaced:
        return "Blanketten har ersatts av en senare, som organisationen har skrivit under på nytt.", "warning"
    today = timezone.localdate()
    if accession.is_active:
        return f"Anslutningen gäller i dag, {_day(today)}.", "success"
    if signing.purpose == SigningRound.Purpose.LEAVE:
        return "Utträdet gäller: organisationen har lämnat Överenskommelsen.", "success"
    if accession.ended_on:
        return f"Anslutningen gäller inte längre. Den upphörde {_day(accession.ended_on)}.", "warning"
    if accession.state in OPEN:
        return "Anslutningen gäller inte än. Kommunen har tagit emot den men inte beslutat.", "info"
    return "Anslutningen gäller inte. Den blev aldrig godkänd.", "warning"


def _facts(accession: Accession) -> list[Fact]:
    assert accession.organisation and accession.version
    link = accession.organisation.get_absolute_url() if accession.joined_on else ""
    version = f"{accession.version.title} {accession.version.label}"
    rows = facts(Diarienummer=accession.number, Version=version, Kom_in=accession.submitted_at)
    days = facts(Anslöt_sig=accession.joined_on, Upphörde=accession.ended_on)
    return [Fact("Organisation", accession.organisation.name, link), *rows, *days]


def _day(day: date) -> str:
    return date_format(day, "j F Y")
