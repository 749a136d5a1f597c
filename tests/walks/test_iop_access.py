"""Every address of partnerships, of the yearly report and of the gaps, times everybody who might come there.

What is closed is closed to GET and POST, and a link opens its own party's page or its own signature, and nothing else.
"""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from botkyrka_civil.accounts.models import User
from botkyrka_civil.casework.models import Actor, Letter
from botkyrka_civil.lib import tokens
from council.models import Meeting, Seat
from iop import facts, rules
from iop.admin.partnerships import TASKS
from iop.admin.verbs import PAGES
from iop.models import FollowUp, Partnership, Party
from iop.models.agreements import SIGN_LINK
from iop.models.parties import PARTY_LINK
from iop.models.states import PUBLIC
from tests import factories
from tests.factories import council as council
from tests.factories import iop as make
from tests.tools.web import bare_refusals, client_for, get
from tests.walks.doors import ask, worth_asking
from tests.walks.iop_table import BY_LINK, CASE, EVERYBODY, OFFICERS, PEOPLE, READERS, ROLES, SEATS, TABLE, WITH_A_FORM

# Who they are, and what is there -------------------------------------------------------------------------------------


def make_people() -> dict[str, User]:
    today, day = timezone.localdate(), timedelta(days=1)
    found = {role: factories.make_user(role) for role in ROLES}
    found["superuser"] = User.objects.create_superuser("allt@kommun.example", "ett-langt-losenord", name="Super")
    days = {"former": {"last_day": today - day}, "coming": {"first_day": today + day}}
    for name in SEATS:
        role = name if name in ("chair", "auditor") else "member"
        found[name] = council.make_board_member(role, **days.get(name, {}))
    return found


@dataclass
class House:
    """One partnership for each thing that can be done with one, and who might do it."""

    people: dict[str, User]
    cases: dict[str, Partnership] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)  # what a task is about, by its name
    keys: dict[str, tuple[str, str]] = field(default_factory=dict)  # a personal link's purpose and key, by its holder
    meeting: Meeting | None = None

    def client(self, name: str) -> Client:
        return client_for(self.people, name)

    def token(self, holder: str) -> str:
        return tokens.make(*self.keys[holder])

    def path(self, route: str, case: Partnership | None = None) -> str:
        """The route with a row in each placeholder: of `case`, or of the partnership that is in the fitting state."""
        verb, last = route.removeprefix(CASE).split("/")[0], route.rstrip("/").split("/")[-1]
        found = case or self.cases[CASE_FOR.get(verb, "active")]
        agreement = found.agreement if "file_pk" in route else None
        holder = "signatory" if route.startswith("iop/underskrift") else LINK_FOR.get(last, "proposer")
        values = {
            "<slug:step>": "iden", "<int:year>": f"{timezone.localdate().year}", "<slug:slug>": found.slug,
            "<int:pk>": f"{found.pk}", "<path:object_id>": f"{found.pk}", "<int:row_pk>": f"{self.rows.get(verb)}",
            "<int:file_pk>": f"{agreement.pdf_id if agreement else 1}", "<str:token>": self.token(holder),
        }  # fmt: skip
        if route.startswith("iop/styrgrupp"):
            values |= {"<slug:body>": self.meeting.body.slug, "<slug:slug>": self.meeting.slug}
        path = "/" + re.sub(r"<\w+:\w+>", lambda spelled: values[spelled[0]], route)
        return f"{path}?{ANSWERED}" if route.endswith("pm.pdf") else path


# Which case a verb or a task is tried on, and whose link opens an address best.
CASE_FOR = {
    "open_dialogue": "proposed", "draft_agreement": "dialogue", "submit": "ready", "decide": "decision",
    "reopen": "to sign", "abandon": "renegotiation", "decline": "decision", "cancel": "dialogue",
    "assign": "dialogue", "change_terms": "dialogue", "add_party": "dialogue", "change_contact": "dialogue",
    "remove_party": "dialogue", "change_indicators": "dialogue", "publish": "followed up", "unpublish": "published",
    "form_steering_group": "followed up", "add_seat": "published", "end_seat": "published",
}  # fmt: skip
LINK_FOR = {
    "<str:token>": "draft", "<slug:step>": "draft", "granska": "draft", "uppfoljning": "following",
    "godkann": "following", "avtal.pdf": "active",
}  # fmt: skip
ANSWERED = "vinst=ja"  # the shortest way through the test


def plant() -> House:
    house = House(make_people())
    officer = make.make_officer()
    by = Actor.of(officer)
    states = {name: name for name in ("proposed", "dialogue", "decision", "active", "renegotiation")}
    states |= {"ready": "decision", "to sign": "decision", "following": "follow_up"}
    states |= {"followed up": "follow_up", "published": "follow_up"}
    house.cases = {name: make.make_partnership(state, officer=officer) for name, state in states.items()}
    cases = house.cases | {"draft": make.make_draft()}
    for name in ("to sign", "ready"):
        make.decide(cases[name], by=by)
    unit = cases["dialogue"].add_party(by=by, unit=make.make_unit(), contact_name="Mona", email="mona@kommun.example")
    for name in ("followed up", "published"):
        house.rows["publish" if name == "followed up" else "unpublish"] = make.finish(cases[name]).pk
    FollowUp.objects.get(pk=house.rows["unpublish"]).publish(by=by, privacy_reviewed=True)
    follow_up = cases["following"].open_follow_up
    for party in cases["following"].parties.all():
        follow_up.write(party, by=party.actor, text="Det går bra.", base=0, values={})
    body = cases["published"].form_steering_group(by=by)
    council.fill_steering_group(body)
    house.meeting = council.make_meeting(body, state="published", audience="public")
    house.rows |= {"change_contact": unit.pk, "remove_party": unit.pk, "end_seat": body.seats.first().pk}
    council.make_bodies()
    council.make_meeting(state="called")
    house.keys = holders(house, cases, unit)
    return house


def holders(house: House, cases: dict[str, Partnership], unit: Party) -> dict[str, tuple[str, str]]:
    """Who holds which link. "replaced" was the proposer's until somebody else became the contact."""
    proposer = cases["dialogue"].proposer
    replaced = (PARTY_LINK, proposer.key)
    proposer.change_contact(by=Actor("Testaren"), name="Nils Ny", email="nils@exempel.se")
    signatures = cases["to sign"].open_agreement.signatures.all()
    voided = cases["ready"].open_agreement.signatures.first()
    cases["ready"].reopen(by=Actor.of(cases["ready"].assigned_to), reason="En summa var fel.")
    return {
        "proposer": (PARTY_LINK, proposer.key),
        "replaced": replaced,
        "other party": (PARTY_LINK, unit.key),
        "stranger": (PARTY_LINK, cases["proposed"].proposer.key),
        "active": (PARTY_LINK, cases["active"].proposer.key),
        "following": (PARTY_LINK, cases["following"].proposer.key),
        "draft": (PARTY_LINK, cases["draft"].proposer.key),
        "signatory": (SIGN_LINK, signatures[0].key),
        "other signatory": (SIGN_LINK, signatures[1].key),
        "voided": (SIGN_LINK, voided.key),
    }


@pytest.fixture(scope="module")
def house(module_rows):
    """Planted once; each test looks around in a transaction of its own within this one. Without the second factor."""
    with override_settings(DEMO=True):
        yield plant()


# The table -----------------------------------------------------------------------------------------------------------


def expected(name: str, who: frozenset[str], status: int, *, words: bool = False) -> int:
    """Whoever has to sign in, and sent words, gets them back with a 401."""
    return status if name in who else 403 if name != "anonymous" else 401 if words else 302


def worth_it(name: str) -> list[str]:
    return [
        route
        for route, (who, status, _) in TABLE.items()
        if worth_asking(route, name, {other: expected(other, who, status) for other in PEOPLE})
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("name", PEOPLE)
def test_who_gets_in_and_looking_changes_nothing(name, house):
    client, found = house.client(name), {}
    for route in worth_it(name):
        who = TABLE[route][0]
        with bare_refusals():
            response = ask(client, house.path(route))
        found[route] = response.status_code
        assert not response.changed, route
        if response.status_code < 300:
            assert not [method for method in ("head", "options") if ask(client, house.path(route), method).wrote], route
        if name == "anonymous" and who == EVERYBODY and route not in WITH_A_FORM:
            assert not response.cookies, route
            client.cookies.clear()
        if route in WITH_A_FORM or (route.startswith("admin/") and response.status_code == 200):
            assert "no-store" in response["Cache-Control"], route
    assert found == {route: expected(name, TABLE[route][0], TABLE[route][1]) for route in found}


@pytest.mark.django_db
@pytest.mark.parametrize("name", PEOPLE)
def test_an_empty_form_changes_nothing(name, house):
    """Whoever sends it, and wherever: what is closed is closed, and what is open asks for what is missing."""
    client, found = house.client(name), {}
    for route in worth_it(name):
        with bare_refusals():
            response = ask(client, house.path(route), "post", {} if route.startswith("admin/") else {"annat": "ja"})
        found[route] = response.status_code
        assert not response.changed, route  # who opens a file is logged, however it is asked for
    assert found == {route: expected(name, TABLE[route][0], TABLE[route][2]) for route in found}


# Verbs ---------------------------------------------------------------------------------------------------------------


def forms(house: House) -> dict[str, dict[str, Any]]:
    """What fills each verb's and each task's page, so that it is done."""
    today = f"{timezone.localdate()}"
    case = house.cases["dialogue"]
    terms = {name: getattr(case, name) or "" for name in (*rules.TERM_FIELDS, "procurement_note")}
    why, contact = {"reason": "Lokalen försvann."}, {"name": "Olle Ny", "email": "olle@kommun.example"}
    decision = {"decided_on": today, "decided_where": "Nämnden, § 7", "motivation": "Så blev det."}
    seat = {"party": house.cases["published"].proposer.pk, "role": "member", "first_day": today}
    paper = SimpleUploadedFile("beslut.pdf", factories.pdf_bytes())
    counted = {"matt-TOTAL_FORMS": 1, "matt-INITIAL_FORMS": 0, "matt-0-name": "Besök", "matt-0-unit": "personer"}
    return {
        "open_dialogue": {"letter": f"Hej! Här är länken: {Letter.PERSONAL_LINK}"},
        "draft_agreement": {},
        "submit": {},
        "decide": decision | {"privacy_reviewed": "on"},
        "reopen": why,
        "begin_follow_up": {},
        "renegotiate": why,
        "abandon": why,
        "decline": decision | {"letter": f"Hej! Svaret är nej. {Letter.PERSONAL_LINK}"},
        "cancel": why,
        "terminate": why | {"on": today},
        "translate": {"language": "fi", "translated_on": today, "scan": paper},
        "assign": {},
        "change_terms": terms | {"base": case.revision},
        "add_party": contact | {"unit": make.make_unit().pk},
        "change_contact": contact,
        "remove_party": {},
        "change_indicators": counted,
        "publish": {"privacy_reviewed": "on"},
        "unpublish": why,
        "form_steering_group": {},
        "add_seat": contact | seat,
        "end_seat": why | {"last_day": today},
        "link_agenda_items": {"items": [Meeting.objects.get(body__kind="council").items.first().pk]},
    }


@pytest.mark.django_db
@pytest.mark.parametrize("name", PEOPLE)
def test_a_verb_is_done_by_those_who_may_and_leaves_no_trace_of_others(name, house):
    client, done, data = house.client(name), set(), forms(house)
    assert set(data) == {*PAGES, *TASKS}
    for verb, form in data.items():
        route = f"{CASE}{verb}/" + ("<int:row_pk>/" if verb in TASKS and TASKS[verb].about_row else "")
        with transaction.atomic():
            response = ask(client, house.path(route), "post", form | {"step": "do"})
            assert response.status_code == expected(name, OFFICERS, 302, words=True), (
                verb,
                response.content.decode()[:3000],
            )
            if response.wrote:
                done.add(verb)
            transaction.set_rollback(True)
    assert done == (set(data) if name in OFFICERS else set())


@pytest.mark.django_db
@pytest.mark.parametrize("name", PEOPLE)
def test_the_steering_groups_meetings_are_called_by_those_who_handle_partnerships(name, house):
    client, body = house.client(name), house.meeting.body
    of_the_council = Meeting.objects.get(body__kind="council")
    pages = [f"/motesrum/{house.meeting.pk}/", f"/motesrum/nytt/{body.slug}/", f"/motesrum/{of_the_council.pk}/"]
    shut = 302 if name == "anonymous" else 404 if name in ("sekreterare", "chair", "member") else 403
    ours, theirs = (200 if name in OFFICERS else shut), (200 if name in ("sekreterare", "superuser") else shut)
    theirs = 404 if name == "iop" else theirs
    assert [get(client, page).status_code for page in pages] == [ours, ours, theirs]


# What is nobody else's -----------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("name", PEOPLE)
def test_a_draft_is_shown_to_nobody_but_its_link(name, house):
    """Neither page nor verb knows of it, whoever asks."""
    draft = Party.objects.get(key=house.keys["draft"][1]).partnership
    client = house.client(name)
    for route, (who, _, _) in TABLE.items():
        if not route.startswith("admin/iop/partnership/<") or route.endswith("<path:object_id>/"):
            continue
        path, form = house.path(route, draft), {"step": "do"}
        looked, sent = ask(client, path), ask(client, path, "post", form)
        assert looked.status_code == expected(name, who, 404), route
        assert sent.status_code == expected(name, who, 404, words=True), route
        assert not looked.wrote and not sent.wrote, route


@pytest.mark.django_db
@pytest.mark.parametrize("name", PEOPLE)
def test_what_has_no_agreement_has_no_page(name, house):
    client = house.client(name)
    found = {case.state: get(client, house.path("iop/<slug:slug>/", case)).status_code for case in house.cases.values()}
    assert found == {state: 200 if state in PUBLIC else 404 for state in found}
    assert len(found) > 5


@pytest.mark.django_db
def test_a_file_is_opened_in_its_own_case_only(house):
    file = house.cases["active"].agreement.pdf_id
    for name in sorted(READERS):
        of = {case: f"/admin/iop/partnership/{house.cases[case].pk}/fil/{file}/" for case in ("active", "following")}
        found = {case: get(house.client(name), path).status_code for case, path in of.items()}
        assert found == {"active": 200, "following": 404}, name


@pytest.mark.django_db
def test_a_row_is_reached_in_its_own_case_only(house):
    """A party, a follow-up and a seat of one partnership by the address of another."""
    others = house.cases["active"]
    for task in ("change_contact", "remove_party", "publish", "unpublish", "end_seat"):
        for method in ("get", "post"):
            path = house.path(f"{CASE}{task}/<int:row_pk>/", others)
            response = ask(house.client("iop"), path, method, {"step": "do", "reason": "Fel."})
            assert response.status_code == 404 and not response.wrote, (task, method)


# Personal links ------------------------------------------------------------------------------------------------------


def statuses(house: House, holder: str) -> dict[str, int]:
    """What the holder's link opens of all that links open. Anonymous: a link is all that they have."""
    client, token = Client(), house.token(holder)
    paths = {route: house.path(route) for route in BY_LINK}
    spelled = {route: re.sub(r"(part|underskrift)/[^/]+/", rf"\1/{token}/", path) for route, path in paths.items()}
    return {route: get(client, path).status_code for route, path in spelled.items()}


@pytest.mark.django_db
@pytest.mark.parametrize("holder", ["proposer", "other party", "stranger", "active", "following", "draft"])
def test_a_partys_link_opens_that_partys_pages(holder, house):
    for route, status in statuses(house, holder).items():
        if route.startswith("iop/underskrift/") or (
            route.endswith("avtal.pdf") and holder not in ("active", "following")
        ):
            assert status == 404, route
        else:
            assert status in (200, 302), route


@pytest.mark.django_db
@pytest.mark.parametrize("holder", ["signatory", "other signatory", "voided"])
def test_a_signatorys_link_opens_that_signature(holder, house):
    for route, status in statuses(house, holder).items():
        assert status in ((200, 302) if route.startswith("iop/underskrift/") else (404,)), route


@pytest.mark.django_db
def test_a_link_that_was_replaced_opens_nothing(house):
    assert set(statuses(house, "replaced").values()) == {404}


@pytest.mark.django_db
@pytest.mark.parametrize("purpose", [PARTY_LINK, SIGN_LINK])
def test_links_that_do_not_open_are_explained(purpose, house):
    """In Swedish, with a way to a new one, and never with a trace of what they might have opened."""
    right = {PARTY_LINK: house.keys["active"][1], SIGN_LINK: house.keys["signatory"][1]}
    other = next(one for one in right if one != purpose)
    good = tokens.make(purpose, right[purpose])
    bad = ["x", "." * 9, "å" * 30, "a" * 2000, good[:-1], good.upper(), good + "=", good.split(".")[0]]
    bad += [tokens.make(other, right[other]), tokens.make("agreement:sign", right[purpose])]
    bad += [tokens.make(purpose, "okänd"), house.token("replaced"), tokens.make("council:membership", right[purpose])]
    client = Client()
    for token in bad:
        for method in ("get", "post"):
            response = ask(client, reverse(purpose, args=[token]), method)
            assert not response.wrote, token
            text = response.body.decode()
            assert (response.status_code, response["Cache-Control"].count("no-store")) == (404, 1), token
            assert reverse("iop:propose_new_link") in text and "Länken fungerar inte" in text, token
            assert response["X-Robots-Tag"] == "noindex" and "Traceback" not in text
            assert house.cases["active"].title not in text and house.cases["to sign"].title not in text
    assert not client.cookies


@pytest.mark.django_db
def test_a_forgotten_draft_is_gone_and_says_so(house):
    draft = Party.objects.get(key=house.keys["draft"][1]).partnership
    Partnership.objects.filter(pk=draft.pk).update(touched_at=timezone.now() - timedelta(days=1000))
    for route in BY_LINK:
        if route.startswith("iop/part/"):
            path = re.sub(r"part/[^/]+/", f"part/{house.token('draft')}/", house.path(route))
            for method in ("get", "post"):
                response = getattr(Client(), method)(path)
                assert response.status_code == 410 and "Utkastet har gått ut" in response.content.decode(), route
    assert Partnership.objects.filter(pk=draft.pk).exists(), "the clock throws it away, and nobody's visit"


# What is done by a link, by whose, and what fills its page.
WRITTEN = {
    "kriterier": ("proposer", {"base": 0, f"met_{facts.CRITERIA[0].key}": "yes"}),
    "insatser": ("proposer", {"base": 0, "insats-TOTAL_FORMS": 0, "insats-INITIAL_FORMS": 0}),
    "undertecknare": (
        "proposer",
        {
            "base": 0, "person-TOTAL_FORMS": 1, "person-INITIAL_FORMS": 0,
            "person-0-name": "Sigrid", "person-0-role": "Ordförande", "person-0-email": "sigrid@exempel.se",
        },
    ),
    "avbryt": ("proposer", {"reason": "Vi väntar."}),
    "uppfoljning": ("following", {"base": 1, "text": "Nya ord om hur det gick."}),
    "uppfoljning/godkann": ("following", {"base": 2, "confirmed": "on"}),
    "steg/iden": ("draft", {"title": "En idé"}),
}  # fmt: skip


def write(house: House, holder: str, page: str, form: dict[str, Any]) -> tuple[int, bool]:
    """How the holder's POST is answered, and whether it changed anything. All of it is undone."""
    with transaction.atomic():
        response = ask(Client(), f"/iop/part/{house.token(holder)}/{page}/", "post", form)
        transaction.set_rollback(True)
    return response.status_code, bool(response.wrote)


@pytest.mark.django_db
@pytest.mark.parametrize("page", WRITTEN)
def test_what_a_party_writes_is_written_by_its_own_link(page, house):
    holder, form = WRITTEN[page]
    assert write(house, holder, page, form) in ((302, True), (422, True)), "the idea is kept, though it is half done"
    for other in ("replaced", "signatory", "voided"):
        assert write(house, other, page, form) == (404, False), other


@pytest.mark.django_db
def test_a_stranger_writes_in_no_case_but_their_own(house):
    """By the link of another partnership's party nothing of this one changes, whatever is sent."""
    theirs = Party.objects.get(key=house.keys["stranger"][1]).partnership_id
    others = [Partnership.objects.exclude(pk=theirs), Party.objects.exclude(partnership=theirs)]
    others.append(FollowUp.objects.exclude(partnership=theirs))
    for page, (_, form) in WRITTEN.items():
        with transaction.atomic():
            before = [list(rows.order_by("pk").values()) for rows in others]
            Client().post(f"/iop/part/{house.token('stranger')}/{page}/", form)
            assert [list(rows.order_by("pk").values()) for rows in others] == before, page
            transaction.set_rollback(True)


@pytest.mark.django_db
def test_a_signature_is_given_by_its_own_link(house):
    signature = house.cases["to sign"].open_agreement.signatures.first()
    form = {"typed_name": signature.name, "confirmed": "on"}
    for holder, given in {"other signatory": 0, "voided": 0, "proposer": 0, "signatory": 1}.items():
        Client().post(f"/iop/underskrift/{house.token(holder)}/", form)
        assert house.cases["to sign"].open_agreement.signatures.given().count() == given, holder
        Client().post(f"/iop/underskrift/{house.token(holder)}/avboj/", {"reason": " "})
    assert house.cases["to sign"].open_agreement.signatures.get(pk=signature.pk).signed_at


@pytest.mark.django_db
def test_a_new_link_goes_to_its_address_and_tells_nobody_whether_there_was_any(house):
    known, answers = house.cases["active"].proposer.email, []
    for email in (known, "okand@exempel.se"):
        response = Client().post("/iop/foresla/ny-lank/", {"email": email, "website": ""})
        answers.append(response.content.decode().replace(email, ""))
        assert Letter.objects.filter(kind="new_link", to=email).count() == (email == known)
    stripped = [re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer) for answer in answers]
    assert stripped[0] == stripped[1]


# Inside --------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["utvecklingsledare", "iop", "registrator", "administrator"])
def test_the_cases_and_the_gaps_ask_for_a_second_factor_outside_demo_mode(role, house):
    client = Client()
    client.force_login(factories.make_user(role, second_factor=False))
    with override_settings(DEMO=False):
        for path in ("/admin/iop/partnership/", "/admin/luckor/"):
            response = client.get(path)
            assert (response.status_code, response.url) == (302, reverse("mfa_index"))


@pytest.mark.django_db
@pytest.mark.parametrize("role", [role for role in ROLES if role != "iop"])
def test_the_permissions_of_the_verbs_are_given_to_one_role(role, house):
    held = house.people[role].get_all_permissions()
    assert {one for one in held if one.startswith("iop.")} <= {"iop.view_partnership"}


@pytest.mark.django_db
def test_whoever_has_left_is_out(house):
    """An account that is closed, and a seat in a steering group, which opens nothing by itself."""
    client, user = house.client("iop"), house.people["iop"]
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.get("/admin/iop/partnership/").status_code == 302
    seat = Seat.objects.filter(body=house.meeting.body).first()
    sits = factories.make_user("", email=seat.person.email or f"{uuid4().hex}@exempel.se")
    client.force_login(sits)
    for path in ("/admin/iop/partnership/", "/admin/luckor/", f"/motesrum/{house.meeting.pk}/", "/motesrum/"):
        assert client.get(path).status_code == 403, path
