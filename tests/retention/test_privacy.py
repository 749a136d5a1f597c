"""The privacy page says what the plan says, and every public form says before it asks: who, why and how long."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.formats import date_format

from agreement.links import APPLICATION_LINK, SIGN_LINK
from botkyrka_civil.lib import tokens
from botkyrka_civil.retention import policy
from council.models import Conference
from council.models.minutes import SIGN_OFF_LINK
from iop.models.agreements import SIGN_LINK as IOP_SIGN_LINK
from iop.models.parties import PARTY_LINK
from tests import factories
from tests.factories import council as council_factories
from tests.factories import iop as iop_factories
from tests.tools.web import shut

PAGE = "/personuppgifter/"


def words(html):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


@pytest.fixture
def html(db):
    response = Client().get(PAGE)
    assert response.status_code == 200 and not response.cookies
    return response.content.decode()


def group(html, key):
    """What one of the people is told."""
    return words(re.search(rf'<details[^>]*id="{key}">(.*?)</details>', html, re.DOTALL)[1])


# The page -----------------------------------------------------------------------------------------------------------


def test_it_is_the_plan_that_is_shown(html):
    plan = policy.read()
    for key, people in plan.people.items():
        shown = group(html, key)
        for said in (people.title, people.collects, people.why, people.readers, *plan.how_long(key)):
            assert " ".join(said.split()) in shown, (key, said)
        assert all(plan.basis[basis].title in shown for basis in people.basis)
    assert f"gäller från den {date_format(plan.decided_on, 'j F Y')}" in words(html)
    assert "{" not in words(html)


def test_every_one_is_told_for_how_long():
    plan = policy.read()
    for key in plan.people:
        assert plan.how_long(key), key


def test_each_decision_on_personal_data_is_told_to_somebody():
    """What is disposed of, and what is kept of anybody, stands on the page."""
    plan = policy.read()
    said = {sentence for key in plan.people for sentence in plan.how_long(key)}
    for register in plan.registers.values():
        if register.about:
            assert {rule.sentence for rule in register.rules} <= said, register.label
            assert not register.keep or register.keep in said, register.label


def test_the_times_are_those_of_the_settings(html, settings):
    assert "30 dagar efter den senaste ändringen" in group(html, "applicant")
    settings.DRAFT_LIFETIME, settings.RETENTION_LETTERS = timedelta(days=11), timedelta(days=1095)
    settings.SEAT_NAME_YEARS = 4
    html = Client().get(PAGE).content.decode()
    assert "11 dagar efter den senaste ändringen" in group(html, "applicant")
    assert "raderas tre år efter att de skickades" in group(html, "anyone")
    assert "tills 4 år har gått" in group(html, "office")


def test_who_answers_for_what(html, settings):
    shown = words(html)
    for fact in (
        "personuppgiftsansvarig",
        settings.MUNICIPALITY["org_nr"],
        "Plattformen är en egen förening",
        "artikel 26",
    ):
        assert fact in shown
    assert "Vem ansvarar Plattformen." in group(html, "guest") and "tillsammans" in group(html, "office")
    assert f"Vem ansvarar {settings.MUNICIPALITY['name']} Vårt" in group(html, "applicant")


def test_the_data_protection_officer_by_setting(html, settings):
    assert "dataskyddsombud, som du når genom" in words(html)
    settings.MUNICIPALITY = {**settings.MUNICIPALITY, "dpo_email": "dso@kommun.example"}
    shown = Client().get(PAGE).content.decode()
    assert 'href="mailto:dso@kommun.example"' in shown


def test_rights_grounds_and_where_to_complain(html):
    shown = words(html)
    for fact in (
        "artikel 6.1 e", "artikel 6.1 c", "artikel 6.1 f", "artikel 9.2 a", "arkivlagen", "inom en månad", "utdrag",
        "Rätta:", "Begränsa:", "Invända:", "Radera:", "Integritetsskyddsmyndigheten", "inga kakor", "csrftoken",
        "sessionid", "logg som ingen kan ändra",
    ):  # fmt: skip
        assert fact in shown, fact
    assert 'href="https://www.imy.se/"' in html


def test_the_words_are_for_people_and_not_from_the_database(html):
    shown = words(html[html.index("<main") : html.index("</main")])
    for register in policy.read().registers.values():
        assert register.label not in shown
        assert not [name for name in register.fields if "_" in name and name in shown]


# Every public form ----------------------------------------------------------------------------------------------------


def a_conference():
    today = date.today()
    noon = council_factories.timezone.now() + timedelta(days=40)
    conference = Conference.plan(
        by=council_factories.BY, year=noon.year, theme="Så möts vi", place="Hallunda", capacity=20, starts_at=noon,
        ends_at=noon + timedelta(hours=3), opens_on=today - timedelta(days=2), closes_on=today + timedelta(days=20),
    )  # fmt: skip
    conference.open_registration(by=council_factories.BY)
    return f"/dialogkonferens/{conference.year}/anmalan/"


def draft_step():
    return reverse("agreement:step", args=[tokens.make(APPLICATION_LINK, factories.make_draft().key), "firmatecknare"])


def signature():
    signing = factories.make_accession("awaiting_signatures").open_round
    return reverse(SIGN_LINK, args=[tokens.make(SIGN_LINK, signing.signatures.first().key)])


def leaving():
    accession = factories.make_accession("joined")
    return reverse("agreement:leave", args=[tokens.make(APPLICATION_LINK, accession.key)])


def sign_off():
    minutes = council_factories.make_meeting(state="drawn_up").minutes
    return reverse(SIGN_OFF_LINK, args=[tokens.make(SIGN_OFF_LINK, minutes.current_round.signatures.first().key)])


def board_sign_off():
    body = council_factories.make_bodies()["board"]
    minutes = council_factories.make_meeting(body, state="drawn_up").minutes
    return reverse(SIGN_OFF_LINK, args=[tokens.make(SIGN_OFF_LINK, minutes.current_round.signatures.first().key)])


def iop_signature():
    partnership = iop_factories.make_partnership("decision")
    iop_factories.decide(partnership, by=council_factories.BY.of(iop_factories.make_officer()))
    found = partnership.agreements.get().signatures.first()
    return reverse(IOP_SIGN_LINK, args=[tokens.make(IOP_SIGN_LINK, found.key)])


def iop_signatories():
    party = iop_factories.make_partnership("drafting").proposer
    return reverse("iop:party_signatories", args=[tokens.make(PARTY_LINK, party.key)])


def apply():
    council_factories.make_organisation_joined()
    return "/plattformen/bli-medlem/"


def begin():
    factories.make_version()
    return "/anslut/borja/"


def propose():
    council_factories.make_organisation_joined()
    return "/iop/foresla/borja/"


FORMS = {
    "join": begin,
    "who signs": draft_step,
    "sign": signature,
    "leave": leaving,
    "membership": apply,
    "conference": a_conference,
    "propose": propose,
    "party": iop_signatories,
    "agreement": iop_signature,
    "sign off": sign_off,
    "sign off, board": board_sign_off,
    "accessibility": lambda: "/tillganglighet/rapportera/",
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", FORMS)
def test_a_form_tells_before_it_asks(name):
    response = Client().get(FORMS[name]())
    assert response.status_code == 200
    html = response.content.decode()
    main = html[html.index("<main") : html.index("</main")]
    link = main.index(f'href="{PAGE}"')
    last_button = main.rindex("<button")
    assert link < last_button, "it stands before what sends the form"
    told = words(main[main.rindex('<div class="inset">', 0, link) : link])
    assert re.search(r"\b(kommun|Plattformen) (ordnar konferensen och )?ansvarar\b", told), told
    assert re.search(r"för att|behövs", told), "the purpose"
    assert re.search(r"uppgift av allmänt intresse|berättigade intresse", told), "the ground"
    assert re.search(r"(raderas|bevaras|bevarar)", told), "for how long"
    shut(response)
