"""The yearly report: each number against what was done through the real verbs, and nothing that is not public."""

import json
import re
import subprocess
from datetime import date, datetime, timedelta
from io import BytesIO
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pikepdf
import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from agreement.models import ActionPlan
from botkyrka_civil.casework.models import SYSTEM, Actor
from botkyrka_civil.casework.signing import canonical
from botkyrka_civil.documents.audiences import Audience
from botkyrka_civil.documents.views import PAPERS_PER_HOUR
from botkyrka_civil.lib import limits
from botkyrka_civil.lib.spells import Spell, flow, joined
from botkyrka_civil.pages import report, report_charts, report_gaps
from botkyrka_civil.pages.report_partnerships import Given
from council.models import Conference, Meeting
from iop.models.states import Side
from tests import factories
from tests.factories import council as council_factories
from tests.factories import iop as iop_factories
from tests.factories import plan as plan_factories
from tests.tools import vera
from tests.tools.threads import same
from tests.tools.web import queries

pytestmark = pytest.mark.django_db
STOCKHOLM = ZoneInfo("Europe/Stockholm")
BY = Actor("Testaren")
NOW = datetime(2029, 6, 15, 12, tzinfo=STOCKHOLM)


def at(*when):
    return time_machine.travel(datetime(*when, 12, tzinfo=STOCKHOLM), tick=False)


@pytest.fixture
def summer():
    with time_machine.travel(NOW, tick=False):
        yield


def address(year, end="/"):
    return f"/overenskommelsen/{year}/arsrapport{end}"


def read(year):
    response = Client().get(address(year))
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def names(organisations):
    return [organisation.name for organisation in organisations]


days = st.dates(date(2020, 1, 1), date(2025, 12, 31))


@st.composite
def spells(draw):
    since = draw(days)
    until = draw(st.none() | st.integers(0, 900).map(lambda n: since + timedelta(days=n)))
    return Spell(draw(st.integers(1, 5)), since, until, draw(st.booleans()))


many = st.lists(spells(), max_size=12)


@given(many, days)
def test_joined_up_spells_hold_on_the_same_days(found, day):
    together = joined(found)
    assert {s.who for s in found if s.holds_on(day)} == {s.who for s in together if s.holds_on(day)}
    assert sum(1 for s in together if s.holds_on(day)) == len({s.who for s in together if s.holds_on(day)})


@given(many)
def test_each_year_begins_where_the_year_before_it_ended(found):
    together = joined(found)
    flows = [flow(together, year, date(year, 12, 31)) for year in range(2019, 2030)]
    for before, now in zip(flows, flows[1:], strict=False):
        assert now.held == before.held + len(now.began) + len(now.found) - len(now.ended)
    assert flows[0].held == 0
    assert sum(len(one.began) + len(one.found) for one in flows) == len(together)


def test_to_confirm_is_not_to_begin_anew():
    first, again = Spell(1, date(2024, 3, 1), date(2025, 6, 1)), Spell(1, date(2025, 6, 1))
    back = Spell(2, date(2025, 2, 1))
    found = joined([again, back, first, Spell(2, date(2024, 1, 1), date(2024, 6, 1))])
    year = flow(found, 2025, date(2025, 12, 31))
    assert (year.began, year.ended, year.held) == ((2,), (), 2)


def test_who_joined_and_who_left():
    with at(2027, 3, 1):
        stays = factories.make_accession("joined", name="Åkers läsare")
        leaves = factories.make_accession("joined", name="Bergets kör")
        factories.make_accession("under_review", name="Hemliga sällskapet")
        factories.make_accession("rejected", name="Avvisade klubben")
    with at(2028, 5, 2):
        leaves.end(by=BY, reason="Föreningen är upplöst.")
        factories.make_accession("left", name="Dagens gäst")
    with time_machine.travel(NOW, tick=False):
        first, second, third = (report.of(year).accessions for year in (2027, 2028, 2029))
        assert names(first.joined) == ["Bergets kör", "Åkers läsare"]
        assert (first.left, first.total) == ((), 2)
        assert names(second.joined) == ["Dagens gäst"]
        assert names(second.left) == ["Bergets kör", "Dagens gäst"]
        assert (second.total, third.total) == (1, 1)
        assert [one.value for one in third.joined_by_year] == [2, 1, 0]
        assert [one.value for one in third.left_by_year] == [0, 2, 0]
        assert report.of(2026).accessions.total is None
        page = read(2028)
        assert stays.organisation.get_absolute_url() not in page
        assert f'<a href="{leaves.organisation.get_absolute_url()}">Bergets kör</a>' in page
        for secret in ("Hemliga", "Avvisade"):
            assert secret not in read(2027)


def test_to_reaffirm_is_neither_to_join_nor_to_leave():
    officer = factories.make_user()
    with at(2027, 3, 1):
        old = factories.make_accession("joined", officer=officer, name="Trogna")
    with at(2028, 2, 1):
        version = factories.make_version("2030", in_force=False)
        version.adopt(by=SYSTEM)
        version.put_in_force(by=SYSTEM)
        new = same(old).reaffirm()
        factories.sign_all(factories.invite(new))
        new.take(by=Actor.of(officer))
        factories.see_form(new, officer)
        new.approve(by=Actor.of(officer))
        found = report.of(2028).accessions
        assert (found.joined, found.left, found.total) == ((), (), 1)


def test_what_a_source_names_is_not_new_that_year(summer):
    council_factories.make_organisation_joined()
    found = report.of(2020).accessions
    assert (found.joined, found.first_known, found.total, found.is_dated) == ((), 1, 1, False)
    assert "1 organisation nämns det här året för första gången" in read(2020)
    assert report.of(2019).accessions.total is None


def test_members_and_those_outside():
    with at(2027, 3, 1):
        outside = council_factories.make_organisation_joined("Utanför")
        leaves = council_factories.make_member()
        for state in ("member", "rejected", "applied"):
            council_factories.make_member(state=state)
    with at(2028, 3, 1):
        leaves.leave(by=leaves.applicant)
        excluded = council_factories.make_member(state="excluded")
        for _ in range(2):
            council_factories.make_member()
    with time_machine.travel(NOW, tick=False):
        none, first, second, third = (report.of(year) for year in (2026, 2027, 2028, 2029))
        assert [found.members.total for found in (none, first, second, third)] == [None, 2, 3, 3]
        assert [found.members.change for found in (first, second, third)] == [None, 1, 0]
        assert {outside.name, excluded.organisation.name} <= {*names(third.outside.now)}
        assert second.outside.count == third.outside.count and second.outside.now == ()
        assert none.outside.count is None
        assert outside.name not in read(2028) and outside.name in read(2029)


def test_meetings_that_were_held_and_that_everyone_may_know_of():
    bodies = council_factories.make_bodies()
    with at(2027, 3, 1):
        council_factories.make_meeting(state="published")
    with at(2028, 3, 1):
        for state in ("held", "published", "called", "cancelled", "planned"):
            council_factories.make_meeting(state=state)
        council_factories.make_meeting(bodies["board"], state="held")
        public = council_factories.make_meeting(bodies["annual_meeting"], state="held", audience=Audience.PUBLIC)
        assert public in Meeting.objects.held()
    with time_machine.travel(NOW, tick=False):
        found, this_year = report.of(2028), report.of(2029)
        assert (found.meetings.council, found.meetings.aim, found.meetings.platform) == (2, "4–5", 1)
        assert [(one.year, one.value) for one in found.meetings.by_year] == [(2027, 1), (2028, 2)]
        assert ("Rådets möten, när målet är minst 4", "2") in report_gaps.of(found)
        assert (report.of(2026).meetings.council, this_year.meetings.council) == (None, 0)
        assert not [gap for gap in report_gaps.of(this_year) if "möten" in gap.label]
        assert "Rådet höll 2 möten under året. Målet är 4–5 möten om året." in read(2028)
        assert "Rådet har hållit 0 möten hittills i år." in read(2029)
        late = datetime(2028, 12, 31, 23, 30, tzinfo=STOCKHOLM)  # new year's eve is of its own year
        Meeting.objects.filter(pk=public.pk).update(starts_at=late, ends_at=late + timedelta(hours=2))
        assert (report.of(2028).meetings.platform, report.of(2029).meetings.platform) == (1, 0)


def test_vacant_seats():
    with at(2027, 3, 1):
        for _ in range(2):
            council_factories.make_council_seat("civil")
        council_factories.make_council_seat("politics", last_day=date(2027, 11, 30))
        council_factories.make_council_seat("politics", role="substitute")
    with time_machine.travel(NOW, tick=False):
        politics, civil = report.of(2027).sides
        assert (politics.label, politics.seats, politics.held, politics.vacant) == ("Politiken", 5, 0, 5)
        assert (civil.seats, civil.held, civil.vacant) == (5, 2, 3)
        assert ("Vakanta platser i Rådet, civilsamhället", "3 av 5") in report_gaps.of(report.of(2027))
        assert report.of(2026).sides == ()


def conference(year, state="held"):
    start = datetime(year, 4, 10, 9, tzinfo=STOCKHOLM)
    with at(year, 1, 20):
        made = Conference.plan(
            by=BY, year=year, theme=f"Så möts vi {year}", starts_at=start, ends_at=start + timedelta(hours=6),
            place="Hallunda", programme="09.00 Kaffe", capacity=20, opens_on=date(year, 1, 10),
            closes_on=date(year, 3, 1),
        )  # fmt: skip
        if state != "planned":
            made.open_registration(by=BY)
        if state == "cancelled":
            made.cancel(by=BY, reason="Lokalen brann.")
        if state == "held":
            made.close_registration(by=BY)
    if state == "held":
        with at(year, 4, 11):
            made.hold(by=BY)
    return made


def test_the_conference_of_each_year():
    conference(2026)
    conference(2027, "cancelled")
    conference(2029, "planned")
    with time_machine.travel(NOW, tick=False):
        found = {year: report.of(year).dialogue for year in (2025, 2026, 2027, 2028, 2029)}
        assert [one.state for one in found.values()] == ["unknown", "held", "cancelled", "none", "none"]
        assert found[2026].day == date(2026, 4, 10)
        assert found[2029].years_without == (2027, 2028)
        assert found[2026].years_without == ()
        assert ("År utan känd dialogkonferens", "2027, 2028") in report_gaps.of(report.of(2028))
        assert "Så möts vi 2029" not in read(2029)  # the board's own until registration opens
        assert "Så möts vi 2026" in read(2026)


def make_plan(label="2027–2028", *, published=True, first=2027, last=2028):
    days = {"first_day": date(first, 1, 1), "last_day": date(last, 12, 31)}
    return plan_factories.make_plan(label=label, is_published=published, **days)


def test_the_plan_as_it_stood_that_day():
    due = {
        "Klar": date(2027, 6, 1),
        "Struken": date(2028, 6, 1),
        "Sen": date(2027, 9, 1),
        "Utan dag": None,
        "Orörd": date(2028, 12, 31),
    }
    with at(2027, 2, 1):
        plan = make_plan()
        make_plan("Hemlig", published=False)

        items = [plan.items.create(title=title, order=n, due=day) for n, (title, day) in enumerate(due.items())]
        done, dropped, late, open_ended, untouched = items
        done.start(by=BY)
        late.start(by=BY)
    with at(2027, 5, 1):
        done.finish(by=BY)
    with at(2028, 2, 1):
        dropped.drop(by=BY, reason="Gick inte.")
        late.finish(by=BY)
        open_ended.start(by=BY)
    then = {"done": 2, "under_way": 1, "planned": 1, "late": 0, "dropped": 1}
    with time_machine.travel(NOW, tick=False):
        [before] = report.of(2027).plans
        assert before.counts == {"done": 1, "under_way": 0, "planned": 3, "late": 1, "dropped": 0}
        assert (before.total, before.late, before.without_due, before.without_owner) == (5, 1, 1, 0)
        assert [after.counts for after in report.of(2028).plans] == [then]
        assert report.of(2029).plans == () == report.of(2026).plans
        assert ("Försenade punkter i Handlingsplan 2027–2028", "1") in report_gaps.of(report.of(2027))
        page = read(2027)
        assert "Handlingsplan 2027–2028" in page and "Hemlig" not in page
    untouched.owner = ""
    untouched.save()
    with at(2028, 7, 1):
        [now] = report.of(2028).plans
        assert (now.counts, now.without_owner) == (then, 1)


def test_partnerships_as_they_were_signed(summer):
    running = iop_factories.make_partnership("active")
    iop_factories.make_partnership("decision", title="Bara ett förslag")
    ended = iop_factories.make_partnership("terminated")
    signed = running.agreed
    rows = signed["contributions"]
    for year in (2028, 2029):
        found = report.of(year).partnerships
        expected = [row for row in ended.agreed["contributions"] + rows if row["year"] == year]
        for side in Side:
            own = [row for row in expected if row["side"] == side]
            assert found.of_side(side, "kronor").get(year, 0) == sum(row["amount"] or 0 for row in own)
            assert found.of_side(side, "hours").get(year, 0) == sum(row["hours"] or 0 for row in own)
    now = report.of(2029).partnerships
    assert {row.title for row in now.rows} == {running.title, ended.title}
    assert now.ended == 1
    running.parties.get(is_proposer=True).contributions.update(hours=99_999)  # the working copy is nobody's business
    assert report.of(2029).partnerships == now
    assert "Bara ett förslag" not in read(2029)
    for party in running.parties.all():
        assert party.contact_name not in read(2029) and party.email not in read(2029)


@given(st.lists(st.tuples(st.integers(2025, 2029), st.sampled_from(list(Side)), st.integers(0, 10**9)), max_size=20))
def test_the_charts_sum_is_the_contributions_sum(rows):
    by_year = {(year, side): 0 for year in range(2025, 2030) for side in Side}
    for year, side, amount in rows:
        by_year[year, side] += amount
    given_ = tuple(Given(year, side.value, total, 0) for (year, side), total in by_year.items())
    found = SimpleNamespace(year=2029, partnerships=report.Partnerships(rows=(), began=0, ended=0, given=given_))
    chart = report_charts._given(found, "Pengar", "kronor", "kr")
    assert sum(chart.known()) == sum(amount for _, _, amount in rows)
    for series, side in zip(chart.series, Side, strict=True):
        assert series.values == tuple(by_year[year, side] for year in range(2025, 2030))


def test_every_year_since_the_agreement_has_a_report_even_of_nothing_and_no_other_year_has(summer):
    for year in range(2009, 2030):
        page = read(year)
        assert (f'href="{address(year - 1)}"' in page) == (year > 2009)
        assert (f'href="{address(year + 1)}"' in page) == (year < 2029)
        assert f'href="{address(year, ".pdf")}"' in page
        assert ("hittills i år" in page) == (year == 2029)
        assert ("den 15 juni 2029" if year == 2029 else f"den 31 december {year}") in page
        assert "None" not in page and "style=" not in page
    for end in ("/", ".pdf"):
        for year in (0, 1999, 2008, 2030, 99999999999):
            assert Client().get(address(year, end)).status_code == 404, year
        for method in ("post", "put", "delete"):
            assert getattr(Client(), method)(address(2029, end)).status_code == 405
    factories.make_version()
    assert f'href="{address(2029)}"' in Client().get("/overenskommelsen/").content.decode()


def one_of_each():
    with at(2029, 2, 1):
        factories.make_accession("joined")
        council_factories.make_member()
        council_factories.make_meeting(state="published")
        council_factories.make_council_seat("civil")
        plan = make_plan(f"Plan {ActionPlan.objects.count()}", first=2028, last=2029)
        plan.items.create(title="Ett", due=date(2029, 3, 1)).start(by=BY)
        iop_factories.make_partnership("active")


def test_as_many_queries_for_many_as_for_one():
    counts = []
    for year in (2028, 2027):
        one_of_each()
        conference(year)
        with time_machine.travel(NOW, tick=False):
            counts.append(queries(Client(), address(2028), address(2029)))
    assert counts[0] == counts[1]


def fetch(year, **headers):
    return Client().get(address(year, ".pdf"), headers=headers)


def test_the_same_content_is_rendered_once_and_rendering_is_limited(summer):
    first = fetch(2028)
    assert fetch(2028, if_none_match=first["ETag"]).status_code == 304
    key = f"paper:arsrapport-2028.pdf:{first['ETag'].strip(chr(34))}"
    assert cache.get(key) == first.content
    cache.set(key, b"%PDF-marked")
    assert fetch(2028).content == b"%PDF-marked"
    with at(2029, 2, 1):
        factories.make_accession("joined")
    assert fetch(2028).content == b"%PDF-marked"  # nothing of that year has changed
    cache.delete(key)
    assert fetch(2028).content == first.content
    for _ in range(PAPERS_PER_HOUR):
        limits.exceeded("paper", "127.0.0.1", limit=PAPERS_PER_HOUR)
    refused = fetch(2027)
    assert refused.status_code == 429 and f'href="{address(2027)}"' in refused.content.decode()
    assert fetch(2028).content == first.content and read(2027)  # what is kept, and the page


@pytest.fixture
def everything(request):
    """Planted with quick papers; the report itself is then made as in production."""
    one_of_each()
    conference(2028)
    with at(2029, 3, 1):
        for name in ("Höjdens vänner", "Åsas <b>kör</b>", "Λέσχη مسجد", "Zyxw" * 22):
            factories.make_accession("joined", name=name)
        factories.make_accession("ended")
    request.getfixturevalue("real_pdfs")
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.pdf
def test_the_file_passes_both_standards(everything):
    vera.assert_pdf(*(fetch(year).content for year in (2009, 2028, 2029)))


def shown_by(tool, *options, file):
    return subprocess.run([tool, *options], input=file, capture_output=True, check=True).stdout.decode()


def test_the_file_holds_the_page_and_its_numbers_and_hostile_names_are_text(everything):
    page = read(2029)
    assert "Åsas &lt;b&gt;kör&lt;/b&gt;" in page and "<b>kör" not in page
    response = fetch(2029)
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    assert response["Content-Disposition"] == 'inline; filename="arsrapport-2029.pdf"'
    flat = " ".join(shown_by("pdftotext", "-raw", "-", "-", file=response.content).split())
    for said in ("Årsrapport 2029", "Höjdens vänner", "hittills i år", "läget den 15 juni 2029", "Luckor"):
        assert said in flat
    fonts = shown_by("pdffonts", "-", file=response.content).splitlines()[2:]
    assert fonts and all(re.match(r"\w{6}\+(Source|Newsreader|PDF)", font) for font in fonts)
    with pikepdf.open(BytesIO(response.content)) as file:
        [attached] = file.Root.AF
        assert attached.UF == "arsrapport-2029.json"
        data = attached.EF.F.read_bytes()
        assert data == canonical(report.of(2029).content())
        assert file.docinfo.CreationDate == "D:20290615100000Z"
    content = json.loads(data)
    assert "Höjdens vänner" in [organisation["name"] for organisation in content["accessions"]["joined"]]
    assert (content["schema"], content["last_day"]) == ("arsrapport/1", "2029-06-15")
