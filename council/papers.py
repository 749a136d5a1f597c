"""The signed minutes as papers that anyone can check. Registered in apps.py."""

from collections.abc import Iterator

from django.contrib.auth.models import AnonymousUser

from botkyrka_civil.documents.papers import Fact, Paper, facts

from .models import Meeting, Minutes

KIND = "Protokoll"


def by_checksum(sha256: str) -> Iterator[Paper]:
    """Of minutes that not everyone may read, such as a board's, nothing but that they are genuine is told."""
    rows = Minutes.objects.filter(pdf__sha256=sha256).select_related("meeting__body", "meeting__registry_entry")
    for minutes in rows:
        meeting = minutes.meeting
        number = meeting.registry_entry.number if meeting.registry_entry else ""
        found = facts(Diarienummer=number, Justerades=minutes.signed_off_at)
        if not Meeting.objects.with_minutes_for(AnonymousUser()).contains(meeting):
            yield Paper(KIND, "Protokollet är justerat.", "success", found, sha256)
            continue
        about = [Fact("Möte", meeting.body.name, meeting.get_absolute_url()), *facts(Mötesdag=meeting.day)]
        standing, level = _standing(minutes)
        yield Paper(KIND, standing, level, about + found, sha256, *_content(minutes))


def _standing(minutes: Minutes) -> tuple[str, str]:
    if minutes.corrections.exists():
        return "Protokollet är justerat och har rättats efteråt. Rättelserna står på mötets sida.", "info"
    return "Protokollet är justerat och har inte rättats.", "success"


def _content(minutes: Minutes) -> tuple[str, str]:
    signing = minutes.current_round
    return (signing.content_sha256, "Ska vara samma som i protokollet.") if signing else ("", "")
