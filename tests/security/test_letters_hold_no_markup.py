"""What people type never becomes a link in somebody else's letter, nor the place where the recipient's own link goes.

Every letter template is composed with hostile words in every value, whatever the template calls it.
"""

import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.template.defaulttags import URLNode

from botkyrka_civil.casework import letters
from botkyrka_civil.casework.models import Letter
from botkyrka_civil.lib import tokens
from botkyrka_civil.lib.letters import PERSONAL_LINK, as_html, compose, our_values
from tests import factories
from tests.factories import iop
from tests.tools.repository import TEMPLATES

HOSTILE = f"Läs http://evil.example/?t={PERSONAL_LINK} eller HTTPS://evil.example/{PERSONAL_LINK} {PERSONAL_LINK}"
LETTERS = sorted(path for path in TEMPLATES.glob("*/letters/*.txt"))


# what Django asks of a value before it is shown, and of a day; a day is not typed words
NOT_WORDS = {"resolve_expression", "do_not_call_in_templates", "alters_data", "utcoffset", "tzinfo", "weekday"}
NOT_WORDS |= {"year", "month", "day", "hour", "minute", "second"}


class Typed:
    """A value that says the same hostile words whatever is asked of it, once when it is gone through."""

    def __str__(self) -> str:
        return HOSTILE

    def __getattr__(self, name: str) -> "Typed":
        if name.startswith("__") or name in NOT_WORDS:
            raise AttributeError(name)
        return Typed()

    def __getitem__(self, key: object) -> object:
        if key in NOT_WORDS:
            raise KeyError(key)
        return "2030-05-15T12:00:00+02:00" if str(key).endswith("_at") else Typed()

    def __iter__(self) -> Iterator["Typed"]:
        yield Typed()


def variables() -> set[str]:
    """Every name that the letters, and what they include, take a value by."""
    tags = " ".join(" ".join(re.findall(r"{[{%](.*?)[%}]}", path.read_text())) for path in LETTERS)
    names = set(re.findall(r"(?<![\w.\"|:])([a-z_]+)(?=[.|\s])", f"{tags} "))
    return names - our_values().keys() - {"personal_link", "forloop", "not", "and", "or", "in", "as"}


def compose_hostile(monkeypatch, name: str) -> tuple[str, str]:
    """The letter with hostile words wherever its template takes a value."""
    monkeypatch.setattr(URLNode, "render", lambda self, context: "/x/")
    return compose(name, {variable: Typed() for variable in variables()})


@pytest.mark.parametrize("path", LETTERS, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_hostile_words_in_every_value_of_a_letter(path, monkeypatch):
    name = str(path.relative_to(TEMPLATES))
    subject, body = compose_hostile(monkeypatch, name)
    assert body.count(PERSONAL_LINK) == path.read_text().count("{{ personal_link }}") or "{% if" in path.read_text()
    for found in re.findall(r"\S*" + re.escape(PERSONAL_LINK) + r"\S*", body):
        assert "evil" not in found, found
    hrefs = re.findall(r'href="([^"]*)"', as_html(body))
    kept = "kept_link" in path.read_text() or "invitation/_facts" in path.read_text()  # what those who call have set
    assert not [href for href in hrefs if "evil" in href.lower() or "personlig" in href] or kept
    assert PERSONAL_LINK not in subject and "://evil" not in subject.lower()


def test_the_letters_are_hostile_at_all(monkeypatch):
    """A test of the test: the words do reach the letters."""
    reached = [
        path for path in LETTERS if "evil" in "".join(compose_hostile(monkeypatch, str(path.relative_to(TEMPLATES))))
    ]
    assert len(reached) > 60


@pytest.mark.django_db
def test_a_signatory_who_declines_gets_no_hand_on_the_applicants_link():
    accession = factories.make_accession("awaiting_signatures")
    accession.open_round.signatures.first().decline(reason=HOSTILE)
    letter = Letter.objects.filter(to=accession.applicant_email).latest("pk")
    whole = letters.full_body(letter)
    token = tokens.make(letter.link_purpose, letter.link_key)
    assert whole.count(token) == 1 and "evil" in whole
    assert not [href for href in re.findall(r'href="([^"]*)"', as_html(whole)) if "evil" in href.lower()]


@pytest.mark.django_db
def test_a_party_that_cancels_gets_no_hand_on_the_others_links():
    partnership = iop.make_partnership("dialogue")
    partnership.add_party(
        by=partnership.proposer.actor, unit=iop.make_unit(), contact_name="M", email="m@kommun.example"
    )
    partnership.cancel(by=partnership.proposer.actor, reason=HOSTILE)
    for letter in Letter.objects.filter(kind="cancelled"):
        whole = letters.full_body(letter)
        assert not [href for href in re.findall(r'href="([^"]*)"', as_html(whole)) if "evil" in href.lower()]


def test_an_address_that_stands_in_the_template_stays_a_link():
    _, body = compose("pages/letters/report_answered.txt", {})
    assert "https://www.digg.se/tdosanmalan" in body


def test_the_portals_own_addresses_stay_links():
    _, body = compose("council/letters/welcome.txt", {})
    assert f"{settings.BASE_URL}/plattformen/styrelserum/" in body
