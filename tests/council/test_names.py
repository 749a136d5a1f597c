"""Whom everyone may read of: people of organisations that staff have marked are not named (GDPR art. 9)."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from botkyrka_civil.casework.models import Event
from botkyrka_civil.casework.models.cases import subject_of
from botkyrka_civil.open_data.datasets import DATASETS
from council.models import Meeting, Seat
from council.names import HiddenNames
from organisations.models import Organisation
from tests import factories
from tests.factories import council
from tests.factories.council import BY
from tests.tools.web import body_of

pytestmark = pytest.mark.django_db
NOT_SHOWN = "Namnet visas inte"


def hide(organisation):
    organisation.decide_names(by=BY, names="hidden")


@pytest.fixture
def published(settings):
    """Minutes that everyone reads, with Siv Justerare for an organisation, and a politician in the chair."""
    return council.make_meeting(state="published")


@pytest.fixture
def siv(published):
    return Seat.objects.get(person__name="Siv Justerare").organisation


def page(meeting, client=None):
    return body_of((client or Client()).get(meeting.get_absolute_url())).decode()


def test_a_seat_says_who_holds_it_until_its_organisation_is_marked():
    stated = council.make_board_seat(name="Aziz Ek")
    Seat.objects.update(organisation=None, organisation_as_stated="Kulturcentrum")
    seats = [council.make_board_seat(name="Anna Ek"), council.make_council_seat("politics", name="Pia Ek"), stated]
    seen = []
    for names in ("undecided", "shown", "hidden"):
        for organisation in (seats[0].organisation, Organisation.objects.get_or_create(name="Kulturcentrum")[0]):
            organisation.decide_names(by=BY, names=names)
        rows = [same(row) for row in seats] + list(Seat.objects.for_everyone().order_by("-pk"))
        seen.append([row.public_name for row in rows])
        assert all(row.name_in_room == row.person.name for row in rows)
        assert [row.hides_name for row in rows] == [Seat.objects.hiding_names().contains(row) for row in rows]
    assert seen[0] == seen[1] == ["Anna Ek", "Pia Ek", "Aziz Ek", "Pia Ek", "Anna Ek", "Aziz Ek"]
    assert seen[2] == ["", "Pia Ek", "", "Pia Ek", "", ""]
    assert Seat.objects.for_everyone().get(pk=seats[0].pk).public_label == NOT_SHOWN


def same(seat):
    return Seat.objects.get(pk=seat.pk)


def test_the_database_knows_three_decisions_and_the_log_has_what_was_before(siv):
    hide(siv)
    logged = Event.objects.get(subject=subject_of(siv), verb="decide_names")
    assert logged.data == {"before": "undecided", "after": "hidden"}
    with pytest.raises(IntegrityError), transaction.atomic():
        Organisation.objects.update(representative_names="maybe")


def test_staff_decide_in_the_admin_and_a_second_save_logs_nothing(siv, client):
    client.force_login(factories.make_user("utvecklingsledare"))
    address = reverse("admin:organisations_organisation_change", args=[siv.pk])
    form = client.get(address).context["adminform"].form
    assert "dataskyddsombudet" in form.fields["representative_names"].help_text
    inline = {f"other_names-{name}_FORMS": 0 for name in ("TOTAL", "INITIAL")}
    facts = {name: value or "" for name, value in form.initial.items()} | inline | {"representative_names": "hidden"}
    for _ in range(2):
        assert client.post(address, facts).status_code == 302
    assert Event.objects.filter(subject=subject_of(siv), verb="decide_names").count() == 1
    siv.refresh_from_db()
    assert siv.hides_names
    added = client.get(reverse("admin:organisations_organisation_add", query={"name": "Kulturcentrum"}))
    assert added.context["adminform"].form.initial["name"] == "Kulturcentrum"


def test_published_minutes_name_the_organisation_and_the_file_is_to_be_asked_for(published, siv):
    address, client = published.get_absolute_url(), Client()
    assert "Siv Justerare" in page(published) and body_of(client.get(f"{address}protokoll.pdf")).startswith(b"%PDF")
    hide(siv)
    html = page(published)
    assert "Siv" not in html and "begära ut" in html and "protokoll.pdf" not in html
    assert html.count(siv.name) == 2 and NOT_SHOWN in html  # in the attendance, and as one who signed
    assert "Per Ordförande" in html and "Eva Ersättare" in html
    answer = client.get(f"{address}protokoll.pdf")
    assert answer.status_code == 302 and answer["Location"] == address
    row = next(row for row in DATASETS["moten"].values() if row["url"].endswith(address))
    assert row["protokoll_url"] is None and row["status"] == "minutes"


def test_who_belongs_there_reads_the_names_and_no_cache_keeps_them(published, siv, client):
    hide(siv)
    client.force_login(factories.make_user("sekreterare"))
    answer = client.get(published.get_absolute_url())
    assert b"Siv Justerare" in answer.content and "no-store" in answer["Cache-Control"]
    answer = client.get(f"{published.get_absolute_url()}protokoll.pdf")
    assert body_of(answer).startswith(b"%PDF") and "no-store" in answer["Cache-Control"]
    assert Event.objects.filter(subject=published.subject, verb="download").exists()
    client.force_login(council.make_board_member())
    assert "Siv" not in page(published, client)
    work = reverse("council:work_meeting", args=[published.pk])
    client.force_login(factories.make_user("sekreterare"))
    assert b"Siv Justerare" in client.get(work).content


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Siv Justerare talade.", "[{}] talade."),
        ("SIV  JUSTERARE och siv\njusterares vän.", "[{}] och [{}]s vän."),
        ("Siv talade, sedan Justerare.", "[{}] talade, sedan [{}]."),
        ("Sivert och Justerarens siv i sivsäcken.", "Sivert och Justerarens siv i sivsäcken."),
        ("Per Ordförande och Eva.", "Per Ordförande och Eva."),
    ],
)
def test_a_text_is_read_with_the_organisation_instead(published, siv, text, shown):
    hide(siv)
    told = HiddenNames().within(published.minutes.signed_content)(text)
    assert told == shown.replace("{}", f"företrädare för {siv.name}")


def test_a_part_of_a_name_that_somebody_else_there_has_too_stays(published, siv):
    content = published.minutes.signed_content
    next(row for row in content["present"] if row["name"] == "Pia Politiker")["name"] = "Siv Partist"
    hide(siv)
    read = HiddenNames().within(content)
    assert read("Siv och Siv Justerare") == f"Siv och [företrädare för {siv.name}]"


def test_who_also_has_a_seat_elsewhere_is_named_there(published, siv):
    person = Seat.objects.get(organisation=siv).person
    hide(siv)
    assert person.name in HiddenNames()
    other = council.make_board_seat()
    Seat.objects.filter(pk=other.pk).update(person=person)
    assert person.name not in HiddenNames()
    assert "Siv Justerare" not in page(published)


def test_as_many_questions_for_one_organisation_as_for_many(published, siv):
    def queries():
        found = {}
        for address in ("plattformen/styrelsen/", "radet/", "oppna-data/platser.csv", "sok/?q=motet", "kontakt/"):
            body_of(Client().get(f"/{address}"))  # outlets remember what they have sent
            with CaptureQueriesContext(connection) as captured:
                body_of(Client().get(f"/{address}"))
            found[address] = len(captured)
        return found

    def more():
        hide(council.make_board_seat().organisation)
        Seat.objects.filter(pk=council.make_board_seat().pk).update(organisation=None, organisation_as_stated="Källan")
        council.make_meeting(Meeting.objects.get(pk=published.pk).body, state="published")

    more()
    before = queries()
    more()
    assert queries() == before
