"""The privacy page says what the plan says, and every public form says before it asks: who, why and how long."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils.formats import date_format

from agreement import pdf
from agreement import steps as joining
from agreement.forms import AnswerForm, SigningRuleForm
from agreement.links import APPLICATION_LINK, SIGN_LINK
from botkyrka_civil.casework.models import Actor
from botkyrka_civil.lib import tokens
from botkyrka_civil.retention import policy
from council.conference_forms import NeedsForm
from council.models.minutes import SIGN_OFF_LINK
from iop import steps as proposal
from iop.models.agreements import SIGN_LINK as IOP_SIGN_LINK
from iop.models.parties import PARTY_LINK
from tests import factories
from tests.factories import council as council
from tests.factories import iop as iop
from tests.retention.conftest import open_conference
from tests.tools.repository import ROOT, TEMPLATES
from tests.tools.web import get, routes

PAGE = "/personuppgifter/"
LINKS: list[tuple] = []  # the personal links that are known, as (purpose, row)


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


def test_who_answers_for_what_and_where_to_complain_in_words_for_people(html, settings):
    shown = words(html[html.index("<main") : html.index("</main")])
    for fact in (
        "personuppgiftsansvarig", settings.MUNICIPALITY["org_nr"], "Plattformen är en egen förening", "artikel 26",
        "artikel 6.1 e", "artikel 6.1 c", "artikel 6.1 f", "artikel 9.2 a", "arkivlagen", "inom en månad", "utdrag",
        "Rätta:", "Begränsa:", "Invända:", "Radera:", "Integritetsskyddsmyndigheten", "inga kakor", "csrftoken",
        "sessionid", "logg som ingen kan ändra",
    ):  # fmt: skip
        assert fact in shown, fact
    assert 'href="https://www.imy.se/"' in html
    assert "Vem ansvarar Plattformen." in group(html, "guest") and "tillsammans" in group(html, "office")
    assert f"Vem ansvarar {settings.MUNICIPALITY['name']} Vårt" in group(html, "applicant")
    for register in policy.read().registers.values():
        assert register.label not in shown
        assert not [name for name in register.fields if "_" in name and name in shown]


# Promises ------------------------------------------------------------------------------------------------------------

# A sentence that says what we ask for, or what we never do.
PROMISE = re.compile(r"\b(vi ber|aldrig(?! skickades)|ska vi inte ha|inget av det|ser dem inte)\b", re.IGNORECASE)


def expanded(template):
    """What stands in a template, with what it includes."""
    source = (TEMPLATES / template).read_text()
    return re.sub(r'{% include "([^"]+)"(?: with [^%]*)? %}', lambda found: expanded(found[1]), source)


def test_each_promise_is_kept_somewhere(html):
    """Each sentence of the kind names the templates that keep it, or the test that falls when it is broken."""
    shown, promises, broken = words(html[html.index("<main") : html.index("</main")]), policy.read().promises, []
    sentences = re.split(r"(?<=[.!?])\s+", shown)
    broken += [said for said in sentences if PROMISE.search(said) and not any(p.says in said for p in promises)]
    for promise in promises:
        broken += [] if promise.says in shown and (promise.kept_in or promise.proof) else [promise.says]
        broken += [(t, said) for t, said in promise.kept_in.items() if said not in " ".join(expanded(t).split())]
        path, _, test = promise.proof.partition("::")
        broken += [promise.proof] if path and f"def {test}(" not in (ROOT / path).read_text() else []
    assert not broken


def test_what_is_only_asked_for_is_asked_at_every_field(html):
    """The sentence stands at each field where the minutes are sent, and consent at each field that rests on it."""
    for field in (SigningRuleForm.base_fields["evidence"], AnswerForm.base_fields["evidence"]):
        assert expanded("agreement/only_the_page.txt") in str(field.help_text)
    consent = expanded("council/conference/_consent.txt")
    assert consent in str(NeedsForm.base_fields["needs"].help_text) and "samtycker" in consent


# Channel and duty ----------------------------------------------------------------------------------------------------

MUNICIPALITY = ("name", "org_nr", "email", "phone", "address", "dpo_email")
# Dataskyddsförordningen art. 13.1 and 13.2: what has to be told where data is taken.
DUTIES = {
    "13.1 a the controller": r"personuppgiftsansvarig",
    "13.1 b the data protection officer": r"dataskyddsombud",
    "13.1 c the purpose": r"(behöver|använder).* för att|för att pröva",
    "13.1 c the ground": r"artikel 6\.1 e.*artikel 6\.1 c",
    "13.1 e the recipients": r"begär ut.*för (vår räkning)|biträden",
    "13.2 a for how long": r"bevaras|raderas",
    "13.2 b access, correction, erasure, restriction, objection": r"utdrag|veta vilka.*rätta.*(rader|begräns|invänd)",
    "13.2 d the authority": r"Integritetsskyddsmyndigheten",
    "13.2 e whether it must be given": r"[Uu]tan (uppgifterna|namn)",
}


def test_each_channel_tells_what_has_to_be_told(html, settings):
    """The page, to which every form on the web leads, and the form on paper, which has to carry all of it itself."""
    paper = words(render_to_string("agreement/pdf/blank.html", pdf.blank_content(factories.make_version("2031"))))
    channels = {"the page": words(html[html.index("<main") : html.index("</main")]), "the paper": paper}
    missing = []
    for channel, said in channels.items():
        missing += [(channel, duty) for duty, pattern in DUTIES.items() if not re.search(pattern, said)]
        missing += [(channel, way) for way in MUNICIPALITY if settings.MUNICIPALITY[way] not in said]
    missing += [("the page", way) for way in settings.PLATFORM.values() if way not in channels["the page"]]
    assert not missing
    assert f"{settings.BASE_URL}{PAGE}" in paper
    for right in ("Ta tillbaka ett ja:", "Flytta:"):  # art. 7.3, 13.2 c, 20
        assert right in channels["the page"]


def test_a_form_of_plattformens_says_how_to_reach_it(channels, settings):
    said = {name: words(main) for name, main in channels.items()}
    theirs = {name: text for name, text in said.items() if "Plattformens berättigade intresse" in text}
    assert len(theirs) >= 4
    assert not [n for n, text in theirs.items() for fact in settings.PLATFORM.values() if fact not in text]


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
    LINKS.clear()
    fetch("join", "/anslut/borja/")
    fetch("membership", "/plattformen/bli-medlem/")
    fetch("propose", "/iop/foresla/borja/")
    fetch("accessibility", "/tillganglighet/rapportera/")

    fetch("conference", f"/dialogkonferens/{open_conference().year}/anmalan/")

    def link(purpose, row, *step, page=""):
        LINKS.append((purpose, row))
        return reverse(page or purpose, args=[tokens.make(purpose, row.key), *step])

    accession, officer = factories.make_draft(), factories.make_user()
    asked = factories.make_accession("completion_requested", officer=officer)
    fetch("answer", link(APPLICATION_LINK, asked, page="agreement:answer"))
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


# What a browser fills in about a person, and files, which tell of persons too.
PERSONAL = re.compile(r'type="(email|file)"|autocomplete="name"|name="typed_name"')


@pytest.fixture(scope="module")
def channels(forms):
    """Every form on the public side that asks about a person: those above, and what the addresses themselves lead to.

    A personal link opens all the addresses of its purpose, and each of their steps.
    """
    found = {name: main for name, main in forms.items() if PERSONAL.search(main)}
    LINKS.extend([(APPLICATION_LINK, factories.make_draft()), (PARTY_LINK, iop.make_partnership("draft").proposer)])
    slugs = [step.slug for step in (*joining.STEPS, *proposal.STEPS)]
    for route in routes():
        if re.match(r"(admin|konto|demo|motesrum|plattformen/styrelserum)/", route):
            continue
        opened = {f"/{route}"}
        for purpose, row in LINKS:
            token = tokens.make(purpose, row.key)
            if reverse(purpose, args=[token]).partition(token)[0] == f"/{route}".partition("<")[0]:
                filled = f"/{route}".replace("<str:token>", token)
                opened |= {filled.replace("<slug:step>", slug) for slug in slugs}
        for url in opened:
            response = None if re.search(r"[<(^$]", url) else get(Client(), url)
            if response and "html" in response["Content-Type"] and b"<main" in response.body:
                html = response.body.decode()
                main = html[html.index("<main") : html.index("</main")]
                if 'method="post"' in main and PERSONAL.search(main):
                    found[f"{route} {len(found)}"] = main
    return found


def test_a_form_tells_before_it_asks(forms, channels):
    assert len(forms) == 13 and len(channels) > 15
    untold = []
    for name, main in (forms | channels).items():
        if f'href="{PAGE}"' not in main:
            untold.append((name, "no note", ""))
            continue
        link = main.index(f'href="{PAGE}"')
        told = words(main[main.rindex('<div class="inset">', 0, link) : link])
        rules = {
            "it stands before what sends the form": link < main.rindex("<button"),
            "who": re.search(r"\b(kommun|Plattformen)( \([^)]+\))? (ordnar konferensen och )?ansvarar\b", told),
            "the purpose": re.search(r"för att|behövs", told),
            "the ground": re.search(r"uppgift av allmänt intresse|berättigade intresse", told),
            "for how long": re.search(r"(raderas|bevaras|bevarar)", told),
        }
        untold += [(name, rule, told) for rule, kept in rules.items() if not kept]
    assert not untold, untold
