"""What everyone may see of a case: nothing before it has joined, nobody by name, and that its form is genuine."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.urls import include, path, reverse
from django.utils import timezone

from agreement.models import Accession
from botkyrka_civil import urls
from botkyrka_civil.casework.models import Letter
from botkyrka_civil.pages import demo
from tests import factories
from tests.agreement.cases import url_of
from tests.tools.web import get

pytestmark = pytest.mark.django_db
urlpatterns = [*urls.urlpatterns, path("demo/utkorg/", include(demo))]  # as in demo mode; see the tests of the outbox
STATES = [
    "draft", "awaiting_signatures", "withdrawn", "submitted", "completion_requested", "rejected", "joined", "left",
    "ended",
]  # fmt: skip


def test_nobody_who_signed_or_applied_is_named_on_any_public_page(client, officer, public_addresses):
    secrets = {person[key] for person in factories.PEOPLE for key in ("name", "email")}
    secrets |= set(Accession.objects.values_list("applicant_name", flat=True)) | {officer.name, officer.email}
    secrets |= set(Accession.objects.values_list("applicant_email", flat=True))
    for url in public_addresses:
        page = client.get(url).content.decode().casefold()
        assert not [secret for secret in secrets if secret.casefold() in page], url


def test_only_those_who_have_joined_have_a_page(client, accession_in, joined):
    rows = client.get("/organisationer/").context["page"].object_list
    assert [row.display_name for row in rows] == [joined.display_name]
    assert client.get(joined.organisation.get_absolute_url()).status_code == 200
    for state in ("awaiting_signatures", "submitted", "completion_requested", "rejected"):
        assert client.get(accession_in(state).organisation.get_absolute_url()).status_code == 404, state


def test_a_genuine_form_is_told_by_its_code_however_it_is_typed(client, joined):
    code = joined.code
    for typed in (code, code.lower(), code.replace("-", " "), f" {code} "):
        html = " ".join(client.get("/verifiera/", {"kod": typed}, follow=True).content.decode().split())
        assert "Blanketten finns hos oss" in html and "Anslutningen gäller i dag" in html
    assert joined.organisation.name in html and joined.number in html and "Överenskommelsen 2018" in html
    assert joined.joining.content_sha256 in html and joined.joining.form.sha256 in html
    assert not [person["name"] for person in factories.PEOPLE if person["name"] in html]


def test_a_genuine_form_says_whether_it_holds(read, accession_in):
    for state, says in {
        "submitted": "gäller inte än",
        "completion_requested": "gäller inte än",
        "rejected": "blev aldrig godkänd",
        "left": "gäller inte längre",
    }.items():
        accession = accession_in(state)
        html = read(reverse("documents:verify_code", args=[accession.code]))
        assert "Blanketten finns hos oss" in html and says in html, state
    assert accession.leaving.form.sha256 in html and accession.joining.form.sha256 in html


def test_an_unknown_code_is_kept_and_explained(client, read, awaiting):
    html = read("/verifiera/AAAA-BBBB-CCCC/", 404)
    assert "<title>Fel: " in html and 'value="AAAA-BBBB-CCCC"' in html and "Vi hittar ingen blankett" in html
    read(reverse("documents:verify_code", args=[awaiting.code]), 404)  # has a code, but no form yet
    assert client.get("/verifiera/", {"kod": "\u202e\x00/../"}, follow=True).status_code == 404


def test_a_forgotten_draft_is_said_to_have_run_out(read, draft):
    with time_machine.travel(timezone.now() + settings.DRAFT_LIFETIME + timedelta(days=1), tick=False):
        assert "Utkastet har gått ut" in read(url_of(draft), 410)
        for url in (url_of(draft, "step", "kontakt"), url_of(draft, "review")):
            assert Client().get(url).status_code == Client().post(url, {"area": "Alby"}).status_code == 410


@pytest.mark.urls(__name__)
def test_the_demo_outbox_shows_letters_with_links_that_work(client, read, settings, planted):
    settings.DEMO = True
    accession = factories.make_accession("submitted")  # its letters are the latest
    letters = Letter.objects.filter(subject_key=accession.subject)
    html = read("/demo/utkorg/")
    assert html.index("Vi har fått er anslutning") < html.index("Skriv under")
    assert "bara i demoläget" in html
    assert "Skriv under" not in read(f"/demo/utkorg/?till={accession.applicant_email}")
    assert "Inget brev till den adressen" in read("/demo/utkorg/?till=%00ingen")
    letter = letters.get(kind="sign", to="anna.ek@exempel.se")
    html = read(f"/demo/utkorg/{letter.pk}/")
    assert f'<a href="{settings.BASE_URL}/underskrift/' in html and Letter.PERSONAL_LINK not in html
    receipt = letters.get(kind="received")
    assert f"/demo/utkorg/{receipt.pk}/bilaga.pdf" in read(f"/demo/utkorg/{receipt.pk}/")
    assert get(client, f"/demo/utkorg/{receipt.pk}/bilaga.pdf").body.startswith(b"%PDF-")


def test_outside_demo_mode_there_is_no_outbox(read):
    read("/demo/utkorg/", 404)
