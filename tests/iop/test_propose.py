"""Proposing a partnership: who may, the draft by personal link, its bad input, and what is sent."""

import re
from datetime import date, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from botkyrka_civil.casework.letters import full_body
from botkyrka_civil.casework.models import Event, Letter, Refused, RegistryEntry
from botkyrka_civil.casework.signing import end_of_day
from botkyrka_civil.lib import tokens
from botkyrka_civil.lib.text import whole
from botkyrka_civil.pages import clock
from iop.contribution_forms import MOST_ROWS, contribution_formset, typed_rows
from iop.models import Contribution, Partnership, Party
from iop.models.contributions import MOST_HOURS, MOST_KRONOR
from tests import factories
from tests.factories import iop as make
from tests.factories.council import end_accession, make_organisation_joined
from tests.iop.pages import party_url as address
from tests.iop.pages import text
from tests.tools.threads import same
from tests.tools.web import queries
from tests.tools.writes import heard

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 10, tzinfo=ZoneInfo("Europe/Stockholm"))
BEGIN = "/iop/foresla/borja/"
IDEA = {
    "title": "Språkcafé i Fittja",
    "purpose": "Fler lär sig svenska.\nOch känner sig hemma.",
    "target_group": "Nyanlända vuxna",
    "shared_need": "Många väntar på en plats där de får tala svenska.",
    "area": "Fittja",
}
PERIOD = {"first_day": "2027-01-01", "last_day": "2029-12-31", "short_reason": ""}
ROWS = [
    {"year": "2027", "kind": "money", "amount": "125 000 kr", "hours": "", "note": ""},
    {"year": "2028", "kind": "staff", "amount": "", "hours": "200 timmar", "note": "Ideella ledare"},
    {"year": "2029", "kind": "premises", "amount": "", "hours": "", "note": "Lokal två kvällar i veckan"},
]


@pytest.fixture(autouse=True)
def sunday():
    with time_machine.travel(NOW, tick=False):
        yield


def posted(*rows: dict[str, str], **more: str) -> dict[str, str]:
    data = {"insats-TOTAL_FORMS": str(len(rows)), "insats-INITIAL_FORMS": "0"}
    for n, row in enumerate(rows):
        data |= {f"insats-{n}-{name}": value for name, value in row.items()}
    return data | more


def fill(partnership: Partnership) -> Partnership:
    partnership.keep(idea=IDEA, period=PERIOD, contributions=ROWS)
    return partnership


@pytest.fixture
def draft():
    return make.make_draft(make_organisation_joined("Trädgården"), email="kim@exempel.se")


@pytest.fixture
def party(draft):
    return draft.proposer


def test_the_first_page_says_how_who_and_what_and_leads_on(client):
    shown = client.get("/iop/foresla/").content.decode()
    needed = ("allmänt intresse", reverse("iop:guide"), BEGIN, reverse("agreement:start"), "år")
    assert not [words for words in needed if words not in shown]
    assert "slängt" not in shown and "Utkastet är slängt" in client.get("/iop/foresla/?slangt").content.decode()


def begin(client, joined, **changed):
    key = client.get(BEGIN).context["form"]["request_key"].value()
    sent = {"organisation": joined.pk if joined else "", "name": "Kim Kontakt", "email": "Kim@Exempel.se"}
    sent |= {"request_key": key} | changed
    return client.post(BEGIN, sent), sent


def start_leaving(organisation):
    organisation.accessions.get().rounds.create(
        purpose="leave", mode="each_alone", content={}, content_sha256="0" * 64, required=1,
        deadline=end_of_day(timezone.now() + timedelta(days=20)),
    )  # fmt: skip


def test_a_letter_opens_the_draft_and_the_same_form_twice_gives_one(client):
    response, data = begin(client, make_organisation_joined("Trädgården"))
    assert "kim@exempel.se" in text(response)
    client.post(BEGIN, data)
    assert Partnership.objects.count() == Letter.objects.filter(kind="resume").count() == 1
    link = re.search(r"http://[^/\s]+(/\S+)", full_body(Letter.objects.get()))[1]
    assert "Hej Kim Kontakt!" in text(client.get(link))
    client.post(BEGIN, data | {"email": "ratt@exempel.se"})
    assert Partnership.objects.count() == 2
    assert not Partnership.objects.received().exists()


def test_the_list_is_swedish_holds_those_who_may_and_asks_the_same_for_one_and_for_many(client):
    make_organisation_joined("Zorn")
    few = queries(client, BEGIN)
    for name in ("Ö-gruppen", "Ådals", "Ärlig", "adam"):
        make_organisation_joined(name)
    start_leaving(make_organisation_joined("Borta"))
    factories.make_known_organisation("Före detta")
    factories.make_organisation("Okänd")
    offered = [name for _, name in client.get(BEGIN).context["form"].offered]
    assert offered == ["adam", "Zorn", "Ådals", "Ärlig", "Ö-gruppen"]
    assert queries(client, BEGIN) == few


def test_bad_input_is_told_why_and_nothing_is_lost_and_robots_are_thanked(client):
    organisation, unknown = make_organisation_joined(), "Organisationen finns inte bland dem som är anslutna."
    leaving, hidden = make_organisation_joined("På väg"), factories.make_organisation("Hemlig")
    start_leaving(leaving)
    gone = factories.make_known_organisation("Borta")
    wrong = []
    for changed, sentence in (
        ({"organisation": gone.pk}, "Borta är inte ansluten till Överenskommelsen. Anslut er först."),
        (
            {"organisation": leaving.pk},
            "På väg är på väg att lämna Överenskommelsen och kan inte ingå ett partnerskap.",
        ),
        ({"organisation": ""}, "Välj organisation i listan."),
        *(({"organisation": key}, unknown) for key in (hidden.pk, "abc", "9" * 21, "-1", "1' OR 1=1")),
        ({"name": ""}, "Skriv ditt namn."),
        ({"name": "Köp på www.exempel.se"}, "Skriv utan webbadresser här."),
        ({"email": ""}, "Skriv din e-postadress."),
        ({"email": "kim"}, "Fyll i en giltig e-postadress."),
        ({"request_key": "x"}, "Ladda om sidan och försök igen."),
    ):
        response, sent = begin(client, organisation, **changed)
        kept = all(f'value="{sent[name]}"' in response.content.decode() for name in ("name", "email") if sent[name])
        if not (response.status_code == 422 and sentence in text(response) and kept and "Hemlig" not in text(response)):
            wrong.append((changed, text(response)))
    assert not wrong
    response, _ = begin(client, organisation, hemsida="https://x")
    assert "Titta i din e-post" in text(response), "a robot is thanked, and dropped"
    assert not Partnership.objects.exists()


def test_too_often_says_so_and_keeps_what_was_typed(client):
    organisation = make_organisation_joined()
    for _ in range(6):
        begin(client, organisation)
    response, _ = begin(client, organisation)
    assert response.status_code == 429
    assert "för många försök" in text(response)
    assert 'value="Kim Kontakt"' in response.content.decode()
    assert Partnership.objects.count() == 6


def test_a_new_link_goes_to_those_with_something_open_and_not_too_often(client, draft):
    other, closed = make.make_partnership("proposed"), make.make_partnership("cancelled")
    Party.objects.filter(partnership__in=[other, closed]).update(email="kim@exempel.se")
    Letter.objects.all().delete()
    client.post("/iop/foresla/ny-lank/", {"email": "kim@exempel.se"})
    sent = Letter.objects.filter(kind="new_link").values_list("subject_key", "to")
    assert set(sent) == {(draft.subject, "kim@exempel.se"), (other.subject, "kim@exempel.se")}
    assert client.post("/iop/foresla/ny-lank/", {"email": "fel"}).status_code == 422
    for _ in range(6):
        response = client.post("/iop/foresla/ny-lank/", {"email": "kim@exempel.se"})
    assert response.status_code == 429


def test_from_the_form_to_the_receipt(client):
    make.make_officer()
    begin(client, make_organisation_joined("Trädgården"))
    party = Party.objects.get()
    home = address(party)
    assert text(client.get(home)).count("Inte klart") == 4
    first = address(party, "proposal_step", "iden")
    assert client.get(home).context["next_url"] == first
    second = client.post(first, IDEA).url
    assert second == address(party, "proposal_step", "period")
    third = client.post(second, PERIOD).url
    assert [form.initial["year"] for form in client.get(third).context["formset"]] == [2027, 2028, 2029]
    last = client.post(third, posted(*ROWS)).url
    assert last == address(party, "proposal_review")
    page = text(client.get(last))
    for shown in (
        "Trädgården", "Språkcafé i Fittja", "Nyanlända vuxna", "1 januari 2027", "31 december 2029", "Kim Kontakt",
        "2027, pengar: 125 000 kr", "2028, arbetstid: 200 timmar (Ideella ledare)",
        "2029, lokaler: Lokal två kvällar i veckan",
    ):  # fmt: skip
        assert shown in page
    assert client.post(first, IDEA | {"title": "Odlarna"}).url == last, "from a complete draft back to the review"
    assert "Odlarna" in text(client.get(last))
    assert not RegistryEntry.objects.exists()
    for _ in range(2):
        assert client.post(last).url == home
    [entry] = RegistryEntry.objects.all()
    assert (entry.number, entry.counterpart) == ("ÖK 2026/0001", "Trädgården") and "Odlarna" in entry.matter
    assert "Diarienummer ÖK 2026/0001" in text(client.get(home))
    for step in ("iden", "period", "insatser"):  # in another tab, afterwards
        assert client.post(address(party, "proposal_step", step), IDEA | {"title": "Nytt"}).url == home
    now = Partnership.objects.get()
    facts = (now.state, now.title, now.area, now.first_day, now.draft)
    assert facts == ("proposed", "Odlarna", "Fittja", date(2027, 1, 1), {})
    assert [str(one) for one in now.contributions] == [
        "2027, pengar: 125\xa0000\xa0kr", "2028, arbetstid: 200 timmar", "2029, lokaler: Lokal två kvällar i veckan",
    ]  # fmt: skip
    assert Letter.objects.filter(kind__in=["proposed", "new_proposal"]).count() == 2


def test_saving_for_later_keeps_what_is_wrong_and_half_done(client, party):
    url = address(party, "proposal_step", "period")
    page = text(client.post(url, {"first_day": "i vår", "last_day": "", "later": "1"}))
    assert "Det du skrev är sparat" in page and "kim@exempel.se" in page
    assert 'value="i vår"' in client.get(url).content.decode()
    assert "Behöver ses över" in text(client.get(address(party)))


def test_one_more_row_without_script_and_one_taken_away_by_emptying_it(client, draft, party):
    url = address(party, "proposal_step", "insatser")
    draft.keep(period=PERIOD)
    page = client.get(client.post(url, posted(add="1")).url)
    assert [form.initial.get("year") for form in page.context["formset"]] == [2027, 2028, 2029, None]
    response = client.post(url, posted(*ROWS, add="1"))
    assert response.url == f"{url}?en-till#insats-4"
    formset = client.get(response.url).context["formset"]
    assert len(formset.forms) == 4
    assert formset.forms[0].initial["amount"] == "125 000 kr"
    draft.keep(contributions=[ROWS[0]] * MOST_ROWS)
    assert len(client.get(response.url).context["formset"].forms) == MOST_ROWS
    client.post(url, posted(ROWS[0], {"year": "2028", "kind": "", "amount": "", "hours": "", "note": ""}))
    assert same(draft).draft["contributions"] == [ROWS[0]]


def test_a_short_period_with_its_reason_and_a_long_one_that_needs_none(client, draft, party):
    url = address(party, "proposal_step", "period")
    short = PERIOD | {"last_day": "2028-12-31"}
    response = client.post(url, short)
    assert "Perioden är kortare än tre år. Skriv varför." in text(response)
    assert client.post(url, short | {"short_reason": "Vi prövar först."}).status_code == 302
    assert "Vi prövar först." in client.get(url).content.decode()
    draft.keep(idea=IDEA, contributions=ROWS[:2])
    assert "Vi prövar först." in text(client.get(address(party, "proposal_review")))
    draft.keep(period=PERIOD | {"short_reason": "Vi prövar först."})
    assert "Vi prövar först." not in text(client.get(address(party, "proposal_review")))


def test_without_a_contribution_nothing_is_sent(client, draft, party):
    draft.keep(idea=IDEA, period=PERIOD)
    url, review = address(party, "proposal_step", "insatser"), address(party, "proposal_review")
    assert "I ett partnerskap bidrar båda sidor" in text(client.post(url, posted({"year": "2027", "kind": ""})))
    assert "Något är kvar" in text(client.get(review))
    assert client.post(review).status_code == 422
    assert same(draft).state == "draft"


# Bad input -------------------------------------------------------------------------------------------------------

ANSWERS = [
    ("iden", {"title": ""}, "Skriv ett namn på partnerskapet."),
    ("iden", {"title": "a" * 121}, "Texten är för lång: 121 tecken. Den får vara högst 120."),
    ("iden", {"title": "Läs på https://exempel.se"}, "Skriv utan webbadresser här."),
    ("iden", {"purpose": " \n\t "}, "Skriv vad ni vill uppnå."),
    ("iden", {"purpose": "a" * 3001}, "Texten är för lång: 3001 tecken. Den får vara högst 3000."),
    ("iden", {"purpose": "Ring Kim, 19811218-9876"}, "Här står ett personnummer (19811218-9876). Ta bort det."),
    ("iden", {"target_group": ""}, "Skriv vem det är till för."),
    ("iden", {"shared_need": ""}, "Skriv vilket behov som är gemensamt."),
    ("iden", {"area": "a" * 101}, "Texten är för lång: 101 tecken."),
    ("period", {"first_day": ""}, "Skriv vilken dag partnerskapet börjar."),
    ("period", {"last_day": ""}, "Skriv vilken dag partnerskapet slutar."),
    ("period", {"first_day": "nästa år"}, "Skriv datumet som år, månad och dag"),
    ("period", {"first_day": "2027-02-30"}, "Skriv datumet som år, månad och dag"),
    ("period", {"last_day": "2026-12-31"}, "Perioden slutar innan den börjar. Rätta något av datumen."),
    ("period", {"first_day": "2026-11-21"}, "Den dagen har redan varit. Välj en dag framåt i tiden."),
    ("period", {"first_day": "0001-01-01"}, "Den dagen har redan varit."),
    ("period", {"first_day": "9999-12-31"}, "Den dagen ligger för långt fram. Välj en dag inom 10 år."),
    ("period", {"last_day": "9999-12-31"}, "Ett partnerskap gäller högst 20 år. Rätta något av datumen."),
    ("period", {"last_day": "2027-01-01"}, "Perioden är kortare än tre år. Skriv varför."),
    ("period", {"short_reason": "a" * 1001}, "Texten är för lång: 1001 tecken."),
]


def test_a_sentence_for_each_bad_answer_and_nothing_is_lost(client, party):
    wrong = []
    for step, changed, sentence in ANSWERS:
        url = address(party, "proposal_step", step)
        answers = (IDEA if step == "iden" else PERIOD) | changed
        response = client.post(url, answers)
        page = text(response)
        form = client.get(url).context["form"]  # tomorrow, by the same link
        told = response.status_code == 422 and sentence in page and "Det du har skrivit är sparat." in page
        if not told or any(form[name].value() != value.strip() for name, value in answers.items()):
            wrong.append((step, changed))
    assert not wrong


def test_what_is_very_long_or_strange_is_kept_without_a_fall(client, draft, party):
    url = address(party, "proposal_step", "iden")
    long = "a" * 10_000
    strange = {"title": "<script>alert(1)</script>", "purpose": long, "target_group": "\x00\u202eabc", "area": "👩‍👧"}
    response = client.post(url, IDEA | strange)
    assert response.status_code == 422
    assert "<script>alert" not in response.content.decode()
    draft.refresh_from_db()
    kept = draft.draft["idea"]
    assert (len(kept["purpose"]), kept["target_group"]) == (10_000, "abc")
    assert client.post(url, {}).status_code == 422
    assert client.post(url, {"title": ["a", "b"]}).status_code == 422


ROW = {"year": "2027", "kind": "money", "amount": "", "hours": "", "note": ""}


BAD_ROWS = [
    ({}, "Skriv hur många kronor det är."),
    ({"amount": "-5"}, "Antalet kronor ska vara större än noll."),
    ({"amount": "−5 000 kr"}, "Antalet kronor ska vara större än noll."),
    ({"amount": "0"}, "Antalet kronor ska vara större än noll."),
    ({"amount": "1 000 000 001"}, "Det är orimligt mycket. Skriv högst 1 000 000 000 kronor på en rad."),
    ({"amount": "9" * 40}, "Det är orimligt mycket."),
    ({"amount": "9" * 5000}, "Texten är för lång: 5000 tecken."),
    ({"amount": "125,50"}, "Skriv hela kronor, utan decimaler."),
    ({"amount": "125.5"}, "Skriv hela kronor, utan decimaler."),
    ({"amount": "mycket"}, "Skriv antalet kronor med siffror, till exempel 125 000."),
    ({"amount": "125 tkr"}, "Skriv antalet kronor med siffror, till exempel 125 000."),
    ({"amount": "1e5"}, "Skriv antalet kronor med siffror"),
    ({"amount": "NaN"}, "Skriv antalet kronor med siffror"),
    ({"amount": "100", "hours": "5"}, "Pengar räknas i kronor. Lägg timmarna på en egen rad, som arbetstid."),
    ({"kind": "staff"}, "Skriv hur många timmar det är."),
    ({"kind": "staff", "amount": "100"}, "Skriv hur många timmar det är."),
    ({"kind": "staff", "hours": "-1 timmar"}, "Antalet timmar ska vara större än noll."),
    ({"kind": "staff", "hours": "7,5"}, "Skriv hela timmar, utan decimaler."),
    ({"kind": "staff", "hours": "200001"}, "Skriv högst 200 000 timmar på en rad."),
    ({"kind": "premises"}, "Beskriv vad ni bidrar med."),
    ({"kind": "other"}, "Beskriv vad ni bidrar med."),
    ({"kind": "", "amount": "100"}, "Välj vad ni bidrar med."),
    ({"kind": "guld", "amount": "100"}, "Välj ett av slagen i listan."),
    ({"year": "", "amount": "100"}, "Skriv vilket år det gäller."),
    ({"year": "i år", "amount": "100"}, "Skriv året med fyra siffror, till exempel 2027."),
    ({"year": "20277", "amount": "100"}, "Skriv året med fyra siffror, till exempel 2027."),
    ({"year": "2026", "amount": "100"}, "2026 ligger utanför perioden 2027–2029."),
    ({"year": "2030", "amount": "100"}, "2030 ligger utanför perioden 2027–2029."),
    ({"amount": "100", "note": "a" * 201}, "Texten är för lång: 201 tecken. Den får vara högst 200."),
    ({"amount": "100", "note": "811218-9876"}, "Här står ett personnummer (811218-9876). Ta bort det."),
]


def test_a_sentence_for_each_bad_contribution_and_nothing_is_lost(client, draft, party):
    draft.keep(period=PERIOD)
    url = address(party, "proposal_step", "insatser")
    rows = [ROWS[0], *(ROW | changed for changed, _ in BAD_ROWS)]
    response = client.post(url, posted(*rows))
    assert response.status_code == 422
    page, (good, *bad) = text(response), response.context["formset"].forms
    assert not good.errors
    wrong = []
    for n, (form, (changed, sentence)) in enumerate(zip(bad, BAD_ROWS, strict=True), 2):
        errors = " ".join(error for field in form.errors.values() for error in field).replace("\xa0", " ")
        if sentence not in errors or sentence not in page or f"Insats {n}" not in page:
            wrong.append(changed)
    assert not wrong
    kept = client.get(url).context["formset"].forms
    assert [{name: form[name].value() for name in ROW} for form in kept] == rows


def test_years_and_days_are_judged_as_they_are_when_it_is_sent(client, draft, party):
    fill(draft)
    review = address(party, "proposal_review")
    with time_machine.travel(NOW + timedelta(days=20), tick=False):
        client.post(address(party, "proposal_step", "iden"), IDEA)  # the draft is not forgotten
    with time_machine.travel(NOW + timedelta(days=45), tick=False):
        assert "Något är kvar" in text(client.get(review)), "the first day has passed"
    client.post(address(party, "proposal_step", "period"), PERIOD | {"last_day": "2028-12-31", "short_reason": "Test."})
    page = text(client.get(review))
    assert "Något är kvar" in page and "Insatser" in page
    response = client.post(address(party, "proposal_step", "insatser"), posted(*ROWS))
    assert "2029 ligger utanför perioden 2027–2028." in text(response)


def test_a_broken_number_of_rows_and_more_than_there_may_be(client, party):
    url = address(party, "proposal_step", "insatser")
    for total in ("", "x", "-1", "99999", "٣", "²"):
        assert client.post(url, {"insats-TOTAL_FORMS": total}).status_code in (302, 422), total
    assert client.post(url, posted(*[ROWS[0]] * (MOST_ROWS + 1))).status_code == 422


def test_a_step_whose_form_was_not_sent_stays_as_it_was(client, draft, party):
    wrong = []
    for filled in (False, True):
        if filled:
            fill(draft)
        before = same(draft)
        for step, sent in product(("iden", "period", "insatser"), ({}, {"add": "1"}, {"later": "1"})):
            with heard() as tables:
                client.post(address(party, "proposal_step", step), sent)
            after = same(draft)
            if tables or (after.draft, after.touched_at) != (before.draft, before.touched_at):
                wrong.append((filled, step, sent))
    assert not wrong


def row_of(**fields):
    return contribution_formset(posted(ROW | fields)).forms[0]


@settings(max_examples=50)
@given(
    st.integers(1, MOST_KRONOR),
    st.sampled_from(["{}", "{} kr", "{}kr", "{} kronor", "{}:-", "{},00", "{},- ", "{},00 SEK"]),
)
def test_kronor_as_people_write_them(amount, style):
    groups = f"{amount:,}"
    for written in (str(amount), whole(amount), groups.replace(",", " "), groups.replace(",", "."), f"  {amount} "):
        form = row_of(amount=style.format(written))
        assert form.is_valid(), (written, form.errors)
        assert form.cleaned_data["amount"] == amount


@settings(max_examples=50)
@given(st.integers(1, MOST_HOURS))
def test_hours_come_back_as_they_were(hours):
    form = row_of(kind="staff", hours=f"{whole(hours)} timmar")
    assert form.is_valid()
    shown = contribution_formset(rows=[form.cleaned_data]).forms[0]
    again = row_of(**{name: str(shown[name].value() or "") for name in ROW})
    assert again.is_valid()
    assert again.cleaned_data == form.cleaned_data


@given(
    st.text(max_size=60), st.text(max_size=60), st.text(max_size=8), st.sampled_from(["", *Contribution.Kind.values])
)
def test_whatever_is_typed_is_a_sound_contribution_or_a_sentence(amount, hours, year, kind):
    """What the form lets through, the model's own rules and the database let through as well."""
    formset = contribution_formset(posted({"year": year, "kind": kind, "amount": amount, "hours": hours, "note": ""}))
    if not formset.is_valid():
        assert formset.total_error_count()
        return
    for one in formset.contributions:
        contribution = Contribution(**one)
        contribution.clean_fields(exclude=["party"])
        contribution.validate_constraints()
        assert contribution.amount is None or 0 < contribution.amount <= MOST_KRONOR
        assert contribution.hours is None or 0 < contribution.hours <= MOST_HOURS


@settings(max_examples=50)
@given(st.lists(st.dictionaries(st.sampled_from(list(ROW)), st.text(max_size=20)), max_size=5))
def test_typed_rows_are_kept_as_they_are(rows):
    kept = typed_rows(posted(*rows))
    assert len(kept) <= len(rows)
    assert all(set(row) == set(ROW) for row in kept)
    assert typed_rows(posted(*kept)) == kept


def test_a_second_click_and_a_tab_that_saves_in_the_moment_it_is_sent(client, draft, party, monkeypatch):
    fill(draft)
    first = Partnership.propose

    def twice(self, **said):
        first(Partnership.objects.get(pk=self.pk), **said)
        first(self, **said)

    def sent(self, **steps):
        raise Refused("Förslaget är redan inskickat.")

    with monkeypatch.context() as patch:
        patch.setattr(Partnership, "keep", sent)
        response = client.post(address(party, "proposal_step", "iden"), IDEA | {"title": "Nytt namn"})
    assert response.status_code == 409 and "Förslaget är redan inskickat." in text(response)
    assert 'value="Nytt namn"' in response.content.decode(), "what was typed is shown"
    monkeypatch.setattr(Partnership, "propose", twice)
    assert client.post(address(party, "proposal_review")).url == address(party)
    assert RegistryEntry.objects.count() == 1


def test_an_organisation_that_left_meanwhile_is_told_when_it_sends(client, draft, party):
    fill(draft)
    for leave, sentence in (
        (start_leaving, "är på väg att lämna Överenskommelsen"),
        (end_accession, "är inte ansluten"),
    ):
        leave(party.organisation)
        response = client.post(address(party, "proposal_review"))
        assert response.status_code == 422
        assert sentence in text(response) and "Språkcafé i Fittja" in text(response)
    assert not RegistryEntry.objects.exists()


def test_a_link_that_is_for_something_else_and_a_step_that_is_not(client, party):
    wrong = reverse("iop:party", args=[tokens.make("agreement:application", party.key)])
    assert "Vi känner inte igen länken" in text(client.get(wrong))
    signing = reverse("iop:party", args=[tokens.make("iop:sign", party.key)])
    assert "den går till en annan sida" in text(client.get(signing))
    assert client.get(address(party, "proposal_step", "budget")).status_code == 404


def test_a_draft_is_thrown_away_whole_by_hand_and_by_the_clock(client, draft, party):
    other = make.make_draft()
    assert client.get(address(party, "party_cancel")).status_code == 200
    assert client.post(address(party, "party_cancel")).url == "/iop/foresla/?slangt"
    assert list(Partnership.objects.all()) == [other]
    response = client.get(address(party))
    assert response.status_code == 404 and "finns inte längre" in text(response)
    with time_machine.travel(NOW + timedelta(days=40), tick=False):
        clock.dispose()
    assert not Partnership.objects.exists() and not Letter.objects.exists()
    assert [event.verb for event in Event.objects.all()] == ["dispose", "dispose"]
