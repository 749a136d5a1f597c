"""The privacy page says what the plan says, and every public form says before it asks: who, why and how long."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.formats import date_format

from agreement.links import APPLICATION_LINK, SIGN_LINK
from botkyrka_civil.casework.models import Actor
from botkyrka_civil.lib import tokens
from botkyrka_civil.retention import policy
from council.models.minutes import SIGN_OFF_LINK
from iop.models.agreements import SIGN_LINK as IOP_SIGN_LINK
from iop.models.parties import PARTY_LINK
from tests import factories
from tests.factories import council as council
from tests.factories import iop as iop
from tests.retention.conftest import open_conference

PAGE = "/personuppgifter/"


def words(html):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


@pytest.fixture(scope="module")
def html(module_rows):
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
        assert plan.how_long(key), key
        for said in (people.title, people.collects, people.why, people.readers, *plan.how_long(key)):
            assert " ".join(said.split()) in shown, (key, said)
        assert all(plan.basis[basis].title in shown for basis in people.basis)
    assert f"gäller från den {date_format(plan.decided_on, 'j F Y')}" in words(html)
    assert "{" not in words(html)


def test_each_decision_on_personal_data_is_told_to_somebody():
    """What is disposed of, and what is kept of anybody, stands on the page."""
    plan = policy.read()
    said = {sentence for key in plan.people for sentence in plan.how_long(key)}
    for register in plan.registers.values():
        if register.about:
            assert {rule.sentence for rule in register.rules} <= said, register.label
            assert not register.keep or register.keep in said, register.label


@pytest.mark.django_db
def test_the_times_and_the_data_protection_officer_are_those_of_the_settings(html, settings):
    assert "30 dagar efter den senaste ändringen" in group(html, "applicant")
    settings.DRAFT_LIFETIME, settings.RETENTION_LETTERS = timedelta(days=11), timedelta(days=1095)
    settings.SEAT_NAME_YEARS = 4
    settings.MUNICIPALITY = {**settings.MUNICIPALITY, "dpo_email": "dso@kommun.example"}
    html = Client().get(PAGE).content.decode()
    assert "11 dagar efter den senaste ändringen" in group(html, "applicant")
    assert "raderas tre år efter att de skickades" in group(html, "anyone")
    assert "tills 4 år har gått" in group(html, "office")
    assert 'href="mailto:dso@kommun.example"' in html


def test_who_answers_for_what(html, settings):
    shown = words(html)
    org_nr = settings.MUNICIPALITY["org_nr"]
    for fact in ("personuppgiftsansvarig", org_nr, "Plattformen är en egen förening", "artikel 26"):
        assert fact in shown
    assert "Vem ansvarar Plattformen." in group(html, "guest") and "tillsammans" in group(html, "office")
    assert f"Vem ansvarar {settings.MUNICIPALITY['name']} Vårt" in group(html, "applicant")


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


@pytest.fixture(scope="module")
def forms(module_rows):
    """What stands in <main> on each public form, fetched when its case has come to it."""
    found = {}

    def fetch(name, url):
        response = Client().get(url)
        assert response.status_code == 200, (name, url)
        html = response.content.decode()
        found[name] = html[html.index("<main") : html.index("</main")]

    factories.make_version()
    council.make_organisation_joined()
    fetch("join", "/anslut/borja/")
    fetch("membership", "/plattformen/bli-medlem/")
    fetch("propose", "/iop/foresla/borja/")
    fetch("accessibility", "/tillganglighet/rapportera/")

    fetch("conference", f"/dialogkonferens/{open_conference().year}/anmalan/")

    def link(purpose, row, *step, page=""):
        return reverse(page or purpose, args=[tokens.make(purpose, row.key), *step])

    accession, officer = factories.make_draft(), factories.make_user()
    fetch("who signs", link(APPLICATION_LINK, accession, "firmatecknare", page="agreement:step"))
    factories.invite(accession)
    fetch("sign", link(SIGN_LINK, accession.open_round.signatures.first()))
    factories.sign_all(accession)
    accession.take(by=Actor.of(officer))
    factories.see_form(accession, officer)
    accession.approve(by=Actor.of(officer))
    fetch("leave", link(APPLICATION_LINK, accession, page="agreement:leave"))

    bodies = council.make_bodies()
    for kind in ("council", "board"):
        minutes = council.make_meeting(bodies[kind], state="drawn_up").minutes
        fetch(f"sign off, {kind}", link(SIGN_OFF_LINK, minutes.current_round.signatures.first()))

    by = Actor.of(iop.make_officer())
    partnership = iop.make_partnership("drafting")
    fetch("party", link(PARTY_LINK, partnership.proposer, page="iop:party_signatories"))
    iop.complete(partnership, by=by)
    partnership.submit(by=by)
    iop.decide(partnership, by=by)
    fetch("agreement", link(IOP_SIGN_LINK, partnership.agreements.get().signatures.first()))
    return found


def test_a_form_tells_before_it_asks(forms):
    assert len(forms) == 12
    untold = []
    for name, main in forms.items():
        link = main.index(f'href="{PAGE}"')
        told = words(main[main.rindex('<div class="inset">', 0, link) : link])
        rules = {
            "it stands before what sends the form": link < main.rindex("<button"),
            "who": re.search(r"\b(kommun|Plattformen) (ordnar konferensen och )?ansvarar\b", told),
            "the purpose": re.search(r"för att|behövs", told),
            "the ground": re.search(r"uppgift av allmänt intresse|berättigade intresse", told),
            "for how long": re.search(r"(raderas|bevaras|bevarar)", told),
        }
        untold += [(name, rule, told) for rule, kept in rules.items() if not kept]
    assert not untold, untold
