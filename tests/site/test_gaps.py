"""What is overdue or missing: each kind of gap is found, leads to where it is mended, and goes when it is."""

from datetime import date, timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import reverse
from django.utils import timezone

from agreement.models import AgreementVersion
from botkyrka_civil.accounts import roles
from botkyrka_civil.casework import letters
from botkyrka_civil.casework.models import Actor
from botkyrka_civil.documents.models import Document
from botkyrka_civil.documents.uploads import Upload
from botkyrka_civil.pages.checks import missing_contacts, plattformen_can_be_reached
from botkyrka_civil.pages.gaps import AREAS, found_for
from council.models import Seat
from organisations.models import ContactPerson, Organisation
from tests import factories
from tests.factories import council, iop
from tests.factories.plan import make_plan

pytestmark = pytest.mark.django_db
BY = Actor("Testaren")


@pytest.fixture
def boss(django_user_model):
    """Somebody with every permission there is."""
    return django_user_model.objects.create_superuser("chef@kommun.example", "ett-langt-losenord", name="Chefen")


def gaps(user, heading):
    area = next(area for area in found_for(user, timezone.localdate()) if area.heading == heading)
    return {gap.title: gap for gap in area.gaps}


def whys(user, heading):
    return " ".join(gap.why for gap in gaps(user, heading).values())


def test_no_agreement_in_force_cases_that_nobody_has_taken_and_answers_that_are_late(boss):
    assert "ingen kan ansluta sig" in gaps(boss, "Anslutningar")["Överenskommelsen"].why
    new = factories.make_accession("submitted")
    asked = factories.make_accession("completion_requested")
    with time_machine.travel(timezone.now() + settings.COMPLETION_PERIOD + timedelta(days=9), tick=False):
        found = gaps(boss, "Anslutningar")
        assert "Ingen har tagit ärendet på 30 dagar" in found[str(new)].why
        assert "Kompletteringen skulle ha kommit" in found[str(asked)].why
        assert found[str(new)].url == reverse("admin:agreement_accession_change", args=[new.pk])
    new.take(by=Actor.of(factories.make_user()))
    assert not {str(new), "Överenskommelsen"} & set(gaps(boss, "Anslutningar"))


def test_what_we_do_not_know_of_those_on_the_list_and_of_the_council(boss):
    organisation = council.make_organisation_joined()
    assert "1 ansluten organisation saknar juridisk form" in " ".join(gaps(boss, "Organisationer"))
    organisation.legal_form, organisation.public_email = "ideell_forening", "info@exempel.se"
    organisation.org_nr = factories.org_nr()
    organisation.save()
    assert not gaps(boss, "Organisationer")
    council.make_bodies()
    assert "5 platser är vakanta" in gaps(boss, "Rådet")["Rådet, politiken"].why
    council.make_council_seat("politics")
    assert "4 platser är vakanta" in gaps(boss, "Rådet")["Rådet, politiken"].why
    assert "Hållna och planerade i år: 0" in gaps(boss, "Rådet")["För få möten i Rådet"].why


def test_representation(boss):
    chair = council.make_board_seat(role="chair")
    organisation = council.make_organisation_joined()
    year = timezone.localdate().year
    said = " ".join(gaps(boss, "Representation"))
    assert "2 anslutna organisationer är inte medlemmar" in said and f"Ingen dialogkonferens {year}" in said
    council.make_member(organisation)
    assert "1 ansluten organisation är inte medlem i Plattformen" in gaps(boss, "Representation")
    council.end_accession(chair.organisation)
    assert "Plattformen" not in " ".join(gaps(boss, "Representation"))


def test_organisations_whose_people_are_named_and_nobody_has_decided_whether_they_may_be(boss):
    named = council.make_board_seat().organisation
    gone = council.make_board_seat(first_day=date(2001, 1, 1), last_day=date(2001, 12, 31)).organisation
    meeting = council.make_meeting(state="published")
    in_minutes = Seat.objects.get(person__name="Siv Justerare").organisation
    Seat.objects.filter(organisation=in_minutes).update(first_day=date(2001, 1, 1), last_day=date(2001, 12, 31))
    stated = council.make_board_seat()
    Seat.objects.filter(pk=stated.pk).update(organisation=None, organisation_as_stated="Bara i källan")
    council.make_steering_group()
    found = gaps(boss, "Namn på företrädare")
    assert {named.name, in_minutes.name, "Bara i källan"} <= found.keys() and meeting
    assert not {gone.name, stated.organisation.name, "Kulturförvaltningen"} & found.keys()
    assert found[named.name].url == reverse("admin:organisations_organisation_change", args=[named.pk])
    assert found["Bara i källan"].url == "/admin/organisations/organisation/add/?name=Bara+i+k%C3%A4llan"
    organisation = Organisation.objects.create(name="Bara i källan")
    assert gaps(boss, "Namn på företrädare")["Bara i källan"].url.endswith(f"/{organisation.pk}/change/")
    for names in ("shown", "hidden"):
        for row in Organisation.objects.all():
            row.decide_names(by=BY, names=names)
        assert not gaps(boss, "Namn på företrädare")


def test_meetings_and_minutes_that_wait_but_not_what_the_board_keeps_to_itself(boss):
    bodies = council.make_bodies()
    meeting = council.make_meeting(bodies["council"], state="signed_off")
    assert gaps(boss, "Rådet")[str(meeting)].url == reverse("council:work_meeting", args=[meeting.pk])
    late = council.make_meeting(bodies["council"], days=3)
    assert "Kallelsen skulle ha gått ut" in gaps(boss, "Rådet")[str(late)].why
    council.make_meeting(bodies["board"], state="signed_off")
    council.make_meeting(bodies["board"], days=3)
    assert "styrelse" not in str(found_for(boss, timezone.localdate()))


def test_the_plan(boss):
    factories.make_version()
    assert "Ingen publicerad plan gäller" in gaps(boss, "Handlingsplanen")["Handlingsplanen"].why
    items, today = make_plan().items, timezone.localdate()
    items.create(title="Sen", due=today - timedelta(days=1))
    items.create(title="Utan dag")
    items.create(title="Utan ansvarig", owner="", due=today)
    items.create(title="I tid", due=today)
    under_way = items.create(title="Tyst", due=today + timedelta(days=9))
    under_way.start(by=BY)
    found = gaps(boss, "Handlingsplanen")
    for title, why in {
        "Sen": "Skulle ha varit klar",
        "Utan dag": "ingen sista dag",
        "Utan ansvarig": "Har ingen ansvarig",
        "Tyst": "ingen har följt upp",
        "Principen Dialog": "Har ingen punkt",
    }.items():
        assert why in found[title].why, title
    assert "I tid" not in found
    under_way.follow_up(by=BY, text="Vi har börjat.")
    items.update(principle=AgreementVersion.objects.get().principles.get())
    assert not {"Tyst", "Principen Dialog"} & set(gaps(boss, "Handlingsplanen"))


def test_partnerships(boss):
    officer = iop.make_officer()
    proposed = iop.make_partnership("proposed")
    followed = iop.make_partnership("follow_up", officer=officer)
    iop.make_draft()
    found = gaps(boss, "Partnerskap")
    assert found[proposed.title].why == "Ingen har tagit upp dialog om förslaget."
    assert len(found) == 1
    with time_machine.travel(timezone.now() + timedelta(days=300), tick=False):
        assert "Uppföljningen skulle ha varit klar" in whys(boss, "Partnerskap")
        assert "Har inte följts upp på tolv månader" in str(found_for(boss, timezone.localdate()))
    iop.finish(followed)
    assert "godkänd av alla, men inte publicerad" in whys(boss, "Partnerskap")
    with time_machine.travel(timezone.now() + timedelta(days=900), tick=False):
        assert "Avtalstiden går snart ut" in str(found_for(boss, timezone.localdate()))


def test_documents_contacts_and_letters(boss):
    factories.make_user()
    document = Document.add(by=BY, upload=factories.upload(), title="Stadgar", category="other", audience="public")
    assert "Ingen har sett efter" in gaps(boss, "Dokument")["Stadgar"].why
    other = Upload(factories.pdf_bytes(pages=2), "stadgar.pdf", "application/pdf")
    document.add_version(by=BY, upload=other, accessible="yes")
    assert not gaps(boss, "Dokument")
    contact = ContactPerson.objects.create(topic="agreement", name="Kim", as_of=date(2020, 3, 5))
    assert "5 mars 2020" in gaps(boss, "Kontakter")["Kim (Överenskommelsen)"].why
    ContactPerson.objects.update(as_of=timezone.localdate())
    assert contact and not gaps(boss, "Kontakter")
    letters.queue(to="", subject="Ett brev på papper", body="Hej", kind="test")
    assert "postas" in gaps(boss, "Brev")["Ett brev på papper"].why


def test_each_role_sees_its_own_areas_and_every_link_opens_for_whoever_is_shown_it(client, settings):
    settings.DEMO = True
    given = {permission for role in roles.read().values() for permission in role["permissions"]}
    assert {area.permission for area in AREAS} <= given
    council.make_meeting(council.make_bodies()["council"], state="signed_off")
    iop.make_partnership("proposed")
    factories.make_accession("submitted")
    council.make_organisation_joined()
    ContactPerson.objects.create(topic="agreement", name="Kim", as_of=date(2020, 3, 5))
    seen, broken = {}, []
    for role in ("utvecklingsledare", "iop", "sekreterare", "registrator", "administrator"):
        client.force_login(factories.make_user(role))
        response = client.get(reverse("gaps"))
        assert response.status_code == 200
        areas = response.context["areas"]
        seen[role] = {area.heading for area in areas} | {*response.context["nothing"]}
        broken += [(role, gap) for area in areas for gap in area.gaps if client.get(gap.url).status_code != 200]
    assert not broken
    assert "Anslutningar" in seen["utvecklingsledare"] and "Partnerskap" in seen["iop"]
    assert "Rådet" in seen["sekreterare"] and not {"Anslutningar", "Brev"} & seen["sekreterare"]


def test_the_same_number_of_queries_for_one_row_and_for_many(boss):
    body, counts = council.make_bodies()["council"], []
    for _ in range(2):
        factories.make_accession("submitted")
        iop.make_partnership("proposed")
        council.make_meeting(body, state="signed_off")
        council.make_organisation_joined()
        found_for(boss, timezone.localdate())
        with CaptureQueriesContext(connection) as asked:
            found_for(boss, timezone.localdate())
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_a_controller_that_cannot_be_reached(boss, settings):
    """Dataskyddsförordningen art. 13.1 a: who is responsible, and how to reach them."""
    assert not missing_contacts() and not plattformen_can_be_reached()
    for name, facts in (("MUNICIPALITY", settings.MUNICIPALITY), ("PLATFORM", settings.PLATFORM)):
        for key in facts:
            with override_settings(**{name: facts | {key: ""}}):
                assert f"{name}_{key.upper()}" in gaps(boss, "Kontakter")
                [warning] = plattformen_can_be_reached()
                assert warning.id == "pages.W002" and f"{name}_{key.upper()}" in warning.msg
