"""The action plan: its states, and its follow-up by the municipality, by Plattformen's board and by the council."""

import re
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from uuid import uuid4

import pikepdf
import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from agreement import standing
from agreement.models import ActionItem, ActionPlan, ItemFollowUp
from agreement.plan_forms import FollowUpForm
from botkyrka_civil.casework.models import Actor, Event, Refused
from botkyrka_civil.casework.signing import canonical
from botkyrka_civil.documents.models import Document
from botkyrka_civil.documents.uploads import Upload
from council import plan_paper
from tests import factories
from tests.factories import council as make
from tests.factories.plan import make_item, make_plan
from tests.tools import vera
from tests.tools.papers import HOSTILE, opened, text_of
from tests.tools.threads import same
from tests.tools.web import queries, sign_in
from tests.tools.writes import heard

pytestmark = [
    pytest.mark.django_db,
    # WeasyPrint 70 leaves the closing of its colour profile to Python.
    pytest.mark.filterwarnings("ignore:.*sRGB2014:pytest.PytestUnraisableExceptionWarning"),
]
BY = Actor("Hemliga Handläggaren", "hemlig@kommun.example")
PAGE = "/overenskommelsen/handlingsplan/"
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def people(module_rows):
    """Those who have to do with the plan, by role: staff, and members of Plattformen's board."""
    found = {role: factories.make_user(role, name="Siv Svensson") for role in ("utvecklingsledare", "sekreterare")}
    return found | {role: make.make_board_member(role) for role in ("chair", "member", "auditor")}


@pytest.fixture(scope="module")
def planted_meeting(people):
    return make.make_meeting()


@pytest.fixture
def meeting(planted_meeting):
    return same(planted_meeting)


@pytest.fixture
def signed_in(people):
    return lambda role: sign_in(people[role])


@pytest.fixture
def secretary(signed_in):
    return signed_in("sekreterare")


def page(address=PAGE):
    return Client().get(address).content.decode()


def words(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


ARGUMENTS = {"follow_up": {"text": "Vi har börjat."}, "start": {}, "finish": {}, "drop": {"reason": "Gick inte."}}


@contextmanager
def refused(sentence):
    """The block is refused in the words, and writes nothing."""
    with heard() as written, pytest.raises(Refused, match=sentence):
        yield
    assert not written


@pytest.mark.parametrize("state", ActionItem.State.values)
def test_state_and_verb(state):
    assert ARGUMENTS.keys() == ActionItem.TRANSITIONS.keys()
    for verb, row in ActionItem.TRANSITIONS.items():
        item = make_item(state)
        if state in row.sources:
            getattr(item, verb)(by=BY, **ARGUMENTS[verb])
            assert same(item).state in row.targets, verb
            event = Event.objects.of(item).last()
            assert (event.label, event.from_state, event.to_state) == (row.done, state, same(item).state)
        else:
            with refused("Det går inte att"):
                getattr(item, verb)(by=BY, **ARGUMENTS[verb])


def test_following_up_leaves_the_state_as_it_was_or_moves_it_with_the_words():
    item = make_item()
    written = item.follow_up(by=BY, text="  Vi har mött varandra. ")
    assert same(item).state == written.state == "planned"
    facts = (written.text, written.party, written.by_name)
    assert facts == ("Vi har mött varandra.", "municipality", "Hemliga Handläggaren")
    for progress, state in (("start", "under_way"), ("finish", "done")):
        item = make_item()
        written = item.follow_up(by=BY, text="Det går framåt.", progress=progress)
        assert same(item).state == written.state == state
        assert [event.verb for event in Event.objects.of(item)] == [progress, "follow_up"]


def test_what_somebody_else_has_finished_is_not_finished_again():
    item = make_item("done")
    item.follow_up(by=BY, text="Klart från vår sida med.", progress="finish")
    with refused("påbörja"):
        item.follow_up(by=BY, text="Nu börjar vi.", progress="start")
    assert item.follow_ups.count() == 1


def test_refused_in_a_sentence_and_nothing_is_written():
    item, own = make_item(), make_item(owner="municipality")
    with pytest.raises(Refused, match="Skriv vad som har hänt."):
        item.follow_up(by=BY, text=" \n", progress="start")
    assert same(item).state == "planned" and not Event.objects.of(item)
    with refused("Punkten är kommunens egen."):
        own.follow_up(by=BY, text="Vi har börjat.", party="platform")
    with refused("Skriv varför punkten stryks"):
        item.drop(by=BY, reason=" ")
    with pytest.raises(IntegrityError), transaction.atomic():
        ActionItem.objects.filter(pk=item.pk).update(state="dropped")
    for owner in ("platform", "joint"):
        written = make_item(owner=owner).follow_up(by=BY, text="Vi har börjat.", party="platform")
        assert written.get_party_display() == "Plattformen"
    ActionPlan.objects.update(is_published=False)
    with refused("Planen är inte publicerad än"):
        same(item).follow_up(by=BY, text="Vi har börjat.")


def test_a_form_sent_twice_writes_once_and_other_words_are_another_entry():
    item, key = make_item(), uuid4()
    first, again = (item.follow_up(by=BY, text="Vi har börjat.", progress="start", request_key=key) for _ in range(2))
    assert first == again and ItemFollowUp.objects.count() == 1 and Event.objects.of(item).count() == 2
    item.follow_up(by=BY, text="Vi har börjat på riktigt.", request_key=key)
    make_item().follow_up(by=BY, text="Vi har börjat.", request_key=key)
    assert ItemFollowUp.objects.count() == 3


def test_what_is_written_stays():
    item = make_item()
    written = item.follow_up(by=BY, text="Vi har börjat.")
    for change in (written.save, lambda: ItemFollowUp.objects.update(text="Nej")):
        with pytest.raises(TypeError, match="ändras aldrig"):
            change()
    with pytest.raises(ProtectedError):
        item.delete()
    facts = {"item": item, "text": "A", "party": "platform", "state": "planned", "by_name": "B"}
    for wrong in ({"text": ""}, {"party": "x"}, {"state": "x"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ItemFollowUp.objects.create(**facts | wrong)


def form_of(item, **typed):
    return FollowUpForm({"request_key": str(uuid4()), "text": "Vi har börjat.", **typed}, item=item)


def test_what_looks_like_personal_data_is_pointed_out_and_may_stand():
    item = make_item()
    for text, told in (
        ("Ring Anna på 070-183 64 67.", "telefonnummer (070-183 64 67)"),
        ("Skriv till anna@exempel.se.", "e-postadress (anna@exempel.se)"),
        ("Anna, 19121212-1212, var med.", "personnummer (19121212-1212)"),
    ):
        form = form_of(item, text=text)
        assert not form.is_valid() and told in form.errors["text"][0]
        assert "kan läsas av alla" in form.errors["text"][0] and "keep" in form.fields
        assert form_of(item, text=text, keep="on").is_valid()
    assert "keep" not in form_of(item).fields


def test_only_what_is_possible_is_offered():
    for state, choices in (("planned", ["", "start", "finish"]), ("under_way", ["", "finish"]), ("done", [])):
        field = FollowUpForm(item=make_item(state)).fields.get("progress")
        assert [value for value, _ in (field.choices if field else [])] == choices, state


def test_what_somebody_else_did_meanwhile_is_no_error():
    for state, progress in (("under_way", "start"), ("done", "finish"), ("done", "start")):
        item = make_item(state)
        form = form_of(item, progress=progress)
        assert form.is_valid()
        assert item.follow_up(by=BY, **form.facts).state == state
    assert form_of(make_item(), progress="drop").errors["progress"]


# The municipality ----------------------------------------------------------------------------------------------------


def admin_url(item, verb="follow_up"):
    return reverse(f"admin:agreement_actionitem_{verb}", args=[item.pk])


@pytest.mark.parametrize(("role", "moves"), [("utvecklingsledare", True), ("sekreterare", False)])
def test_staff_follow_up_and_the_state_is_moved_by_those_who_may(role, moves, signed_in):
    item, client = make_item(), signed_in(role)
    response = client.get(admin_url(item))
    assert "Ditt namn står inte där." in words(response.content.decode())
    form = response.context["form"]
    assert ("progress" in form.fields) is moves
    sent = {"request_key": form["request_key"].value(), "text": "Vi har börjat.", "progress": "finish", "step": "do"}
    for _ in range(2):  # a second click
        assert client.post(admin_url(item), sent).status_code == 302
    written = ItemFollowUp.objects.get()
    assert (written.party, written.by_name, written.text) == ("municipality", "Siv Svensson", "Vi har börjat.")
    assert same(item).state == ("done" if moves else "planned")
    case = words(client.get(admin_url(item, "change")).content.decode())
    assert f"Kommunen , genom Siv Svensson. Läget då: {'klar' if moves else 'planerad'}." in case
    public = page()
    assert "Vi har börjat." in public and "Siv" not in public
    if moves:
        other = make_item()
        assert client.get(admin_url(other, "drop")).status_code == 200
        client.post(admin_url(other, "drop"), {"reason": "Finns redan.", "step": "do"})
        assert (same(other).state, same(other).reason) == ("dropped", "Finns redan.")


def test_nothing_typed_is_lost_when_the_admin_refuses(signed_in):
    item, client = make_item(), signed_in("utvecklingsledare")
    sent = {"request_key": str(uuid4()), "text": "Många ord.", "step": "do"}

    def answer():
        return words(client.post(admin_url(item), sent).content.decode())

    ActionPlan.objects.update(is_published=False)
    unpublished = answer()
    ActionPlan.objects.update(is_published=True)
    item.drop(by=BY, reason="Gick inte.")
    for shown, sentence in ((unpublished, "Planen är inte publicerad än"), (answer(), "läget är ”Struken”.")):
        assert sentence in shown and "Det här hade du skrivit" in shown and "Många ord." in shown
    assert not ItemFollowUp.objects.exists()


def test_a_due_date_lies_within_the_plan(signed_in):
    plan = make_plan(first_day=date(2026, 1, 1), last_day=date(2027, 12, 31))
    item, client = make_item(), signed_in("utvecklingsledare")
    sent = {"plan": plan.pk, "order": 1, "title": "Kvar", "text": "", "principle": "", "owner": "joint"}
    inline = {"label": plan.label, "version": plan.version_id, "first_day": "2026-01-01", "last_day": "2027-12-31"}
    inline |= {"is_published": "on", "intro": "", "items-TOTAL_FORMS": 1, "items-INITIAL_FORMS": 1}
    inline |= {f"items-0-{name}": value for name, value in sent.items()} | {"items-0-id": item.pk}
    whole = reverse("admin:agreement_actionplan_change", args=[plan.pk])
    told = "utanför planens period, 1 januari 2026–31 december 2027. Välj en dag"
    for due, fits in (("2025-12-31", False), ("2026-01-01", True), ("2028-01-01", False), ("", True)):
        alone = client.post(admin_url(item, "change"), sent | {"due": due})
        within = client.post(whole, inline | {"items-0-due": due})
        assert [alone.status_code == 302, within.status_code == 302] == [fits, fits], due
        assert fits or told in words(alone.content.decode())


def test_a_new_plan_with_its_items_is_judged_by_its_own_dates(signed_in):
    client, version = signed_in("utvecklingsledare"), factories.make_version()
    sent = {"label": "2026", "version": version.pk, "first_day": "2026-12-31", "last_day": "2026-01-01", "intro": ""}
    sent |= {"items-TOTAL_FORMS": 1, "items-INITIAL_FORMS": 0, "items-0-order": 1, "items-0-title": "Punkt"}
    sent |= {"items-0-owner": "joint", "items-0-due": "2027-01-01"}
    url = reverse("admin:agreement_actionplan_add")
    assert "Planen slutar innan den börjar. Rätta något av datumen." in client.post(url, sent).content.decode()
    sent |= {"first_day": "2026-01-01", "last_day": "2026-12-31"}
    assert "utanför planens period" in client.post(url, sent).content.decode()
    assert client.post(url, sent | {"items-0-due": "2026-05-01"}).status_code == 302


# Plattformen ---------------------------------------------------------------------------------------------------------


ROOM = "/plattformen/styrelserum/handlingsplan/"


@pytest.fixture
def items():
    return {owner: make_item(owner=owner, text=f"Text om {owner}") for owner in ActionItem.Owner.values}


def room_url(item):
    return f"{ROOM}{item.pk}/"


def test_the_board_follows_up_what_is_theirs(items, signed_in):
    client, url = signed_in("chair"), room_url(items["platform"])
    shown = client.get(ROOM).content.decode()
    assert [room_url(item) in shown for item in items.values()] == [False, True, True]
    key = client.get(url).context["form"]["request_key"].value()
    for _ in range(2):
        assert client.post(url, {"request_key": key, "text": "Vi har mött alla.", "progress": "start"}).url == ROOM
    written = ItemFollowUp.objects.get()
    assert (written.party, written.state) == ("platform", "under_way")
    assert "Plattformen, " in words(page()) and written.by_name not in page()
    assert client.get(room_url(items["municipality"])).status_code == 404
    ActionPlan.objects.update(is_published=False)
    assert client.get(room_url(items["joint"])).status_code == 404
    assert "ingen publicerad handlingsplan" in client.get(ROOM).content.decode()


def test_who_only_reads_in_the_room_does_not_write(items, signed_in):
    client, url = signed_in("auditor"), room_url(items["joint"])
    assert "Följ upp" not in client.get(ROOM).content.decode()
    sent = {"request_key": str(uuid4()), "text": "Vi har mött alla."}
    assert client.get(url).status_code == client.post(url, sent).status_code == 403
    assert not ItemFollowUp.objects.exists()


def test_nothing_typed_is_lost_in_the_room(items, signed_in):
    item, client = items["joint"], signed_in("member")

    def answer(text):
        response = client.post(room_url(item), {"request_key": str(uuid4()), "text": text})
        assert response.status_code == 422 and text in response.content.decode()
        return response.content.decode()

    answer("Ring 070-183 64 67")
    item.drop(by=BY, reason="Gick inte.")
    assert "läget är ”Struken”" in answer("Många ord.")
    assert "struken ur planen" in client.get(room_url(item)).content.decode()


def test_the_pages_and_the_paper_ask_the_same_for_one_and_for_many(signed_in, meeting):
    member, visitor, plan = signed_in("member"), Client(), full_plan()
    principle = plan.version.principles.get()

    def asked():
        with CaptureQueriesContext(connection) as captured:
            plan_paper.content(same(meeting), same(plan), list(plan.items.with_follow_ups()), at=AT)
        return len(captured), queries(member, ROOM), queries(visitor, PAGE)

    few = asked()
    for n in range(5):
        make_item(principle=principle).follow_up(by=BY, text=f"{n}")
    assert asked() == few


# What everyone reads -------------------------------------------------------------------------------------------------


def test_the_late_ones_come_first_and_each_says_how_it_stands():
    today = timezone.localdate()
    make_item("done", due=today - DAY)
    undated, late = make_item(), make_item(due=today - 3 * DAY)
    later = make_item("under_way", due=today - 9 * DAY)
    make_item(due=today)
    make_item("dropped", due=today - DAY)
    html = page()
    shown = words(html)
    order = [shown.index(heading) for heading in ("Försenat (2)", "Planerat (2)", "Klart (1)", "Struket (1)")]
    assert order == sorted(order) and "Varför den ströks: Finns redan." in shown
    assert html.count(">Försenad</span>") == 2 and "Inget datum är bestämt" in shown
    assert standing.groups(ActionPlan.objects.get().items.all())[0].items == [later, late]
    assert set(ActionItem.objects.late()) == {later, late} and list(ActionItem.objects.undated()) == [undated]


def test_what_has_been_told_stands_under_its_item_the_latest_first():
    item = make_item()
    for n, party in enumerate(("municipality", "platform", "municipality")):
        with time_machine.travel(timezone.now() + n * DAY, tick=False):
            item.follow_up(by=BY, text=f"Ord nummer {n} <b>", party=party)
    shown = page()
    assert "Hemliga" not in shown and "hemlig@" not in shown
    order = [shown.index(f"Ord nummer {n} &lt;b&gt;") for n in (2, 1, 0)]
    assert order == sorted(order) and "Tidigare uppföljning (2)" in words(shown)


def test_the_filters_work_without_script():
    make_item(owner="platform", text="Åt föreningarna")
    make_item("done", owner="municipality", text="Åt kommunen")
    for query, there, gone in (
        ("ansvarig=platform", "Åt föreningarna", "Åt kommunen"),
        ("lage=done", "Åt kommunen", "Åt föreningarna"),
    ):
        shown = words(page(f"{PAGE}?{query}"))
        assert there in shown and gone not in shown and "1 av 2 punkter passar det du valde." in shown
    both = words(page(f"{PAGE}?ansvarig=platform&lage=done"))
    assert "Ingen punkt passar det du valde. Visa alla 2 punkter" in both
    assert "Åt kommunen" in page(f"{PAGE}?ansvarig=hittepå&lage=%00") and "Åt föreningarna" in page(f"{PAGE}?x=1")


def test_earlier_plans_are_reached_and_drafts_are_not():
    today = timezone.localdate()
    draft = make_plan(label="2028", is_published=False)
    hidden = draft.items.create(title="Hemligt")
    assert "Ingen handlingsplan är publicerad" in page()
    coming = make_plan(label="2029", first_day=today + DAY, last_day=today + 9 * DAY)
    assert "<h1>Handlingsplan 2029</h1>" in page() and "Planen har inga punkter än." in page()
    coming.delete()
    make_plan(label="2026–2027")
    old = make_plan(label="2024–2025", first_day=today - 900 * DAY, last_day=today - 200 * DAY)
    item = old.items.create(title="En gammal punkt")
    assert "Handlingsplan 2024–2025" in page() and "2028" not in page()
    assert "En gammal punkt" in page(old.get_absolute_url()) and "En gammal punkt" in page(item.get_absolute_url())
    assert Client().get(PAGE, {"period": "2028"}).status_code == 404
    for asked in (hidden.pk, "x", "9" * 30, "²"):
        assert "<h1>Handlingsplan 2026–2027</h1>" in page(f"{PAGE}?punkt={asked}")


def test_the_picture_says_the_same_as_its_table():
    plan = make_plan()
    principle = plan.version.principles.get()
    make_item("done", principle=principle)
    make_item(due=timezone.localdate() - DAY, principle=principle)
    make_item()
    chart = standing.chart(list(plan.items.with_follow_ups()))
    assert chart.labels == ("Dialog", "Ingen särskild princip")
    values = {"Klar": (1, 0), "Försenad": (1, 0), "Pågår": (0, 0), "Planerad": (0, 1)}
    assert {series.name: series.values for series in chart.series} == values
    shown = page()
    assert "<svg" in shown and chart.summary in shown and "Siffrorna i en tabell" in shown


# The council ---------------------------------------------------------------------------------------------------------


def url_of(meeting):
    return reverse("council:work_plan", args=[meeting.pk])


def test_one_click_puts_the_paper_on_the_agenda(secretary, meeting):
    make_item(due=timezone.localdate() - DAY).follow_up(by=BY, text="Vi har börjat.")
    with heard() as written:
        assert secretary.get(url_of(meeting)).status_code == 302
    assert not written, "to look changes nothing"
    room = secretary.get(reverse("council:work_meeting", args=[meeting.pk])).content.decode()
    assert "Lägg till uppföljning av handlingsplanen" in room and url_of(meeting) in room
    response = secretary.post(url_of(meeting), follow=True)
    assert "ligger nu på dagordningen" in response.content.decode()
    item = meeting.items.last()
    assert (item.title, item.order, item.kind) == ("Uppföljning av handlingsplanen", 3, "information")
    document = item.documents.get()
    assert (document.owner, document.audience, document.category) == ("municipality", "public", "action_plan")
    assert document.title.startswith("Uppföljning av handlingsplan 2026–2027, ")
    assert document.file.name == "uppfoljning-handlingsplan-2026-2027.pdf"
    assert str(meeting.day) not in document.title
    assert same(meeting).modified_at > meeting.modified_at, "who has the agenda open is told"


def test_clicked_again_it_is_a_new_version_under_the_same_item(secretary, meeting):
    told = make_item()
    with time_machine.travel(timezone.now(), tick=False):
        for _ in range(2):
            secretary.post(url_of(meeting))
    assert Document.objects.get().versions.count() == 1 and meeting.items.count() == 3, "there was nothing new to say"
    item = meeting.items.last()
    item.title = "Hur går det för oss?"
    item.save()
    told.follow_up(by=BY, text="Vi har börjat.")
    secretary.post(url_of(meeting))
    document = Document.objects.get()
    assert meeting.items.count() == 3 and document.versions.count() == 2
    assert list(item.documents.all()) == [document]
    item.delete()
    secretary.post(url_of(meeting))
    assert Document.objects.count() == 1 and list(meeting.items.last().documents.all()) == [document]
    secretary.post(url_of(make.make_meeting(days=40)))
    assert Document.objects.count() == 2


def test_the_item_stands_before_the_one_that_closes_the_meeting_and_is_as_internal_as_it(secretary):
    make_item()
    meeting = make.make_meeting(audience="staff")
    meeting.items.create(order=3, title="Mötet avslutas")
    secretary.post(url_of(meeting))
    found = [(item.order, item.title) for item in meeting.items.all()][2:]
    assert found == [(3, "Uppföljning av handlingsplanen"), (4, "Mötet avslutas")]
    assert Document.objects.get().audience == "staff" and not Document.objects.published()


def test_without_a_published_plan_or_for_a_meeting_that_is_over_or_off_it_is_refused_kindly(secretary, meeting):
    make_item()
    for state in ("held", "cancelled"):
        response = secretary.post(url_of(make.make_meeting(state=state)))
        assert response.status_code == 422 and "genomfört eller inställt" in response.content.decode()
        assert "Lägg till uppföljning av handlingsplanen" not in response.content.decode()
    called = make.make_meeting(state="called")
    secretary.post(url_of(called))
    assert any("Uppföljning av handlingsplanen" in change for change in same(called).unsent_changes), "the next notice"
    ActionPlan.objects.update(is_published=False)
    response = secretary.post(url_of(meeting))
    assert response.status_code == 422
    assert "Det finns ingen publicerad handlingsplan att följa upp." in response.content.decode()
    assert meeting.items.count() == 2 and Document.objects.count() == 1


def test_only_who_handles_the_councils_meetings_may(meeting, signed_in):
    make_item()
    for role, status in (("utvecklingsledare", 403), ("chair", 404), ("auditor", 403)):
        assert signed_in(role).post(url_of(meeting)).status_code == status
    theirs, client = make.make_meeting(make.make_bodies()["board"]), signed_in("chair")
    assert client.post(url_of(theirs)).status_code == client.get(url_of(theirs)).status_code == 404
    room = client.get(reverse("council:work_meeting", args=[theirs.pk])).content.decode()
    assert "uppföljning av handlingsplanen" not in room and not Document.objects.exists()


AT = timezone.make_aware(datetime(2026, 11, 22, 14, 5))


def paper_of(meeting, plan):
    items = list(plan.items.with_follow_ups())
    told = plan_paper.content(meeting, plan, items, at=AT)
    return told, plan_paper.plan_pdf(told, items, identifier="m", at=AT)


def full_plan():
    plan = make_plan(first_day=date(2026, 1, 1), last_day=date(2027, 12, 31))
    principle = plan.version.principles.get()
    make_item("under_way", principle=principle, due=date(2026, 5, 1)).follow_up(by=BY, text="Vi har börjat.\n\nMycket.")
    make_item("done", owner="platform")
    make_item("dropped", owner="municipality")
    return plan


def template_text(data):
    """What the template says, as the quick PDFs carry it."""
    with opened(data) as file:
        return str(file.docinfo["/Subject"])


@pytest.mark.usefixtures("real_pdfs")
@time_machine.travel(AT, tick=False)
def test_the_paper_says_where_each_item_stands(meeting):
    plan = full_plan()
    told, data = paper_of(meeting, plan)
    text = " ".join(text_of(data).split())
    for expected in (
        "Rådet för civilsamhällesfrågor Botkyrka kommun", "Läget den 22 november 2026, punkt för punkt.",
        "Uppföljning av handlingsplanen Handlingsplan 2026–2027", "Planen gäller 1 januari 2026–31 december 2027",
        "Punkter Försenat: 1 · Klart: 1 · Struket: 1", "Försenat Punkt Ansvarig Skulle ha varit klar Senast uppföljd",
        "Uppföljning hittills Ett gemensamt bokningssystem Kommunen, 22 november 2026. Läget då: pågår Vi har börjat.",
        "Ett gemensamt bokningssystem Dialog Gemensam 1 maj 2026 22 november 2026", "Plattformen Inget datum Inte än",
        "Varför den ströks: Finns redan.", "läget 22 november 2026 kl. 14.05",
    ):  # fmt: skip
        assert expected in text, expected
    assert "Hemliga" not in text and "Hemliga" not in canonical(told).decode()
    with opened(data) as file:
        [attached] = file.Root.AF
        assert attached.UF == "uppfoljning.json" and attached.EF.F.read_bytes() == canonical(told)
        assert (file.docinfo.Author, file.Root.Lang) == ("Rådet för civilsamhällesfrågor", "sv")
        assert file.docinfo.Title == "Uppföljning av handlingsplan 2026–2027, 22 november 2026"
        texts = [str(one.Alt) for one in file.objects if isinstance(one, pikepdf.Dictionary) and "/Alt" in one]
    assert standing.chart(list(plan.items.with_follow_ups())).summary in texts
    upload, about = (
        Upload(data, "uppfoljning.pdf", "application/pdf"),
        {"category": "action_plan", "audience": "public"},
    )
    assert Document.add(by=BY, upload=upload, title="Uppföljning", **about).current.accessible == "yes"
    assert data == paper_of(meeting, plan)[1], "the same input gives the same bytes"


@pytest.mark.parametrize(("audience", "told"), [("public", True), ("staff", False)])
def test_the_paper_tells_what_has_come_since_the_meeting_before(audience, told, people):
    plan, item, earlier = make_plan(), make_item(), make.make_meeting(state="held", audience=audience)
    with time_machine.travel(earlier.starts_at - DAY, tick=False):
        item.follow_up(by=BY, text="Före mötet.")
    item.follow_up(by=BY, text="Efter mötet.")
    content, data = paper_of(make.make_meeting(), plan)
    assert [entry["text"] for row in content["follow_ups"] for entry in row["entries"]] == ["Efter mötet."]
    assert content["since"] == (str(earlier.day) if told else ""), "an internal meeting stays internal"
    assert ("sedan mötet den" if told else "sedan förra mötet") in template_text(data)


def test_a_plan_without_items_has_a_paper_too(meeting):
    text = template_text(paper_of(meeting, make_plan())[1])
    assert "Planen har inga punkter än." in text and "Ingen punkt har följts upp än." in text


@pytest.mark.pdf
@pytest.mark.usefixtures("real_pdfs")
def test_the_paper_passes_both_standards(meeting):
    plan = full_plan()
    short = paper_of(meeting, plan)[1]
    for n, odd in enumerate(HOSTILE * 4):
        item = make_item(text=odd, principle=plan.version.principles.get() if n % 2 else None)
        ActionItem.objects.filter(pk=item.pk).update(title=odd[:200])
        item.follow_up(by=BY, text=odd)
    long = paper_of(meeting, plan)[1]
    empty = paper_of(meeting, make_plan(label="Tom"))[1]
    with opened(long) as file:
        assert len(file.pages) > 3
    vera.assert_pdf(short, long, empty)
