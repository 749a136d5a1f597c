"""The signed agreements as papers that anyone can check. Registered in apps.py."""

from collections.abc import Iterator
from datetime import date

from django.utils import timezone
from django.utils.formats import date_format

from botkyrka_civil.casework.signing import Outcome
from botkyrka_civil.documents.papers import Fact, Paper, facts

from .models import Agreement
from .results import Shown

KIND = "Avtal om idéburet offentligt partnerskap"


def by_checksum(sha256: str) -> Iterator[Paper]:
    rows = Agreement.objects.filter(pdf__sha256=sha256, outcome=Outcome.MET)
    for agreement in rows.select_related("pdf", "registry_entry", "partnership"):
        assert agreement.registry_entry
        shown = Shown(agreement.partnership, agreement.content)
        standing, level = _standing(agreement, shown)
        rows_ = facts(Diarienummer=agreement.registry_entry.number, Tecknat=agreement.closed_at)
        if agreement.partnership.is_public:
            about = facts(Parter=", ".join(shown.parties), Version=str(agreement.version), Avtalstid=shown.period)
            rows_ = [Fact("Partnerskap", shown.title, shown.url), *about, *rows_]
        yield Paper(KIND, standing, level, rows_, sha256, agreement.content_sha256, "Ska vara samma som i avtalet.")


def _standing(agreement: Agreement, shown: Shown) -> tuple[str, str]:
    held = agreement.partnership.agreement
    if held and held.pk != agreement.pk:
        return f"Avtalet har ersatts av version {held.version}.", "warning"
    if shown.ending:
        return shown.ending, "warning"
    today, first, last = timezone.localdate(), *(_day_of(agreement, name) for name in ("first_day", "last_day"))
    if today < first:
        return f"Avtalet är tecknat och börjar gälla den {_day(first)}.", "info"
    if today > last:
        return f"Avtalstiden gick ut den {_day(last)}.", "warning"
    return f"Avtalet gäller i dag, {_day(today)}.", "success"


def _day_of(agreement: Agreement, name: str) -> date:
    return date.fromisoformat(str(agreement.content[name]))


def _day(day: date) -> str:
    return date_format(day, "j F Y")
