"""Every address times every role: who gets in, who does not, and that looking changes nothing."""

import os
import re
import subprocess
import sys
from uuid import uuid4

import pytest
from django.apps import apps
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

import botkyrka_civil.urls  # noqa: F401  (read now, with demo mode off)
from agreement.models import Accession, AgreementVersion
from botkyrka_civil.casework.models import Actor, Event, Letter, RegistryEntry
from botkyrka_civil.documents.models import store
from botkyrka_civil.lib import tokens
from botkyrka_civil.pages.models import RECEIPT_LINK, AccessibilityReport
from botkyrka_civil.retention.models import Restriction
from organisations.models import ContactPerson, MunicipalUnit, Source

from . import factories

ROLES = ["anonymous", "utvecklingsledare", "iop", "styrelse", "sekreterare", "registrator", "administrator"]

ALL = "200 200 200 200 200 200 200"
STAFF = "302 200 200 403 200 200 200"
NOBODY = "302 403 403 403 403 403 403"
SIGNED_IN = "302 200 200 200 200 200 200"
LEADS_ON = "302 302 302 403 302 302 302"
AWAY = "302 302 302 302 302 302 302"
OFFICER = "302 200 403 403 403 403 403"
OFFICER_AND_REGISTRAR = "302 200 403 403 403 200 403"
DISPOSAL = "302 403 403 403 403 200 200"
CASE_READERS = "302 200 200 403 403 200 403"
ADMINISTRATOR = "302 403 403 403 403 403 200"
REGISTRAR = "302 403 403 403 403 200 403"
REPORT_READERS = "302 200 403 403 403 200 200"
RIGHTS = "302 403 403 403 403 200 200"  # who answers those who ask what there is about them
MOVED = "302 301 301 301 301 301 301"


def to_the_case(readers: str) -> str:
    return readers.replace("200", "302")


# GET, in the order of ROLES. 302 for the anonymous is the sign-in page; for a staff role it leads on.
TABLE = {
    "": ALL,
    "kontakt/": ALL,
    "sok/": ALL,
    "tillganglighet/": ALL,
    "tillganglighet/rapportera/": ALL,
    "tillganglighet/rapportera/<str:token>/": ALL,
    "lattlast/": ALL,
    "in-english/": ALL,
    "suomeksi/": ALL,
    "bil-arabiyya/": ALL,
    "personuppgifter/": ALL,
    "robots.txt": ALL,
    "sitemap.xml": ALL,
    "oppna-data/": ALL,
    "oppna-data/popolo.json": ALL,
    "oppna-data/oparl/": ALL,
    "oppna-data/oparl/<slug:kind>/": ALL,
    "oppna-data/oparl/<slug:kind>/<slug:key>/": ALL,
    "oppna-data/<slug:name>.csv": ALL,
    "oppna-data/<slug:name>.json": ALL,
    "datasets/dcat": ALL,
    "healthz": ALL,
    "readyz": "503 503 503 503 503 503 503",
    "overenskommelsen/": ALL,
    "overenskommelsen/principer/<slug:slug>/": ALL,
    "overenskommelsen/<slug:label>/": ALL,
    "organisationer/": ALL,
    "organisationer/atom.xml": ALL,
    "organisationer/<slug:slug>/": ALL,
    "verifiera/": ALL,
    "verifiera/certifikat.pem": "404 404 404 404 404 404 404",  # nothing is sealed here
    "verifiera/<str:code>/": ALL,
    "anslut/": ALL,
    "anslut/blankett.pdf": ALL,
    "anslut/borja/": ALL,
    "anslut/ny-lank/": ALL,
    "anslut/<str:token>/": ALL,
    "anslut/<str:token>/steg/<slug:step>/": ALL,
    "anslut/<str:token>/granska/": ALL,
    "anslut/<str:token>/blankett.pdf": ALL,
    "anslut/<str:token>/underlag/": ALL,
    "anslut/<str:token>/andra/": ALL,
    "anslut/<str:token>/aterkalla/": ALL,
    "anslut/<str:token>/paminn/": AWAY,
    "anslut/<str:token>/komplettera/": ALL,
    "anslut/<str:token>/bekrafta/": ALL,
    "anslut/<str:token>/uttrade/": ALL,
    "anslut/<str:token>/uttrade/avbryt/": ALL,
    "underskrift/<str:token>/": ALL,
    "underskrift/<str:token>/avboj/": ALL,
    "underskrift/<str:token>/byt-person/": AWAY,
    "konto/": "302 302 302 200 302 302 302",
    "konto/login/": "200 302 302 302 302 302 302",
    "konto/logout/": SIGNED_IN,
    "konto/inactive/": ALL,
    "konto/signup/": "200 302 302 302 302 302 302",
    "konto/reauthenticate/": SIGNED_IN,
    "konto/email/": AWAY,
    "konto/confirm-email/": ALL,
    "konto/password/change/": SIGNED_IN,
    "konto/password/set/": AWAY,
    "konto/password/reset/": ALL,
    "konto/login/code/confirm/": AWAY,
    r"konto/^confirm-email/(?P<key>[-:\w]+)/$": ALL,
    "konto/password/reset/key/done/": ALL,
    "konto/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": ALL,
    "konto/password/reset/done/": ALL,
    "konto/login/code/": "200 302 302 302 302 302 302",
    "konto/2fa/": SIGNED_IN,
    "konto/2fa/authenticate/": AWAY,
    "konto/2fa/reauthenticate/": AWAY,
    "konto/2fa/totp/activate/": AWAY,
    "konto/2fa/totp/deactivate/": "302 404 404 404 404 404 404",
    "konto/2fa/recovery-codes/": "302 404 404 404 404 404 404",
    "konto/2fa/recovery-codes/generate/": AWAY,
    "konto/2fa/recovery-codes/download/": "302 404 404 404 404 404 404",
    "konto/2fa/webauthn/": SIGNED_IN,
    "konto/2fa/webauthn/add/": AWAY,
    "konto/2fa/webauthn/reauthenticate/": AWAY,
    "konto/2fa/webauthn/keys/<int:pk>/remove/": AWAY,
    "konto/2fa/webauthn/keys/<int:pk>/edit/": AWAY,
    "konto/2fa/webauthn/login/": AWAY,
    "konto/3rdparty/login/cancelled/": ALL,
    "konto/3rdparty/login/error/": "302 401 401 401 401 401 401",
    "konto/3rdparty/signup/": AWAY,
    "konto/3rdparty/": SIGNED_IN,
    "konto/social/login/cancelled/": MOVED,
    "konto/social/login/error/": MOVED,
    "konto/social/signup/": MOVED,
    "konto/social/connections/": MOVED,
    "admin/": STAFF,
    "admin/login/": AWAY,
    "admin/logout/": "302 307 307 403 307 307 307",
    "admin/password_change/": LEADS_ON,
    "admin/password_change/done/": LEADS_ON,
    "admin/autocomplete/": NOBODY,
    "admin/jsi18n/": STAFF,
    "admin/r/<path:content_type_id>/<path:object_id>/": "302 404 404 403 404 404 404",
    "admin/agreement/accession/papper/": OFFICER,
    "admin/agreement/accession/<int:pk>/fil/<int:file_pk>/": CASE_READERS,
    "admin/agreement/accession/<int:pk>/take/": OFFICER,
    "admin/agreement/accession/<int:pk>/request_completion/": OFFICER,
    "admin/agreement/accession/<int:pk>/answer/": OFFICER,
    "admin/agreement/accession/<int:pk>/extend/": OFFICER,
    "admin/agreement/accession/<int:pk>/approve/": OFFICER,
    "admin/agreement/accession/<int:pk>/reject/": OFFICER,
    "admin/agreement/accession/<int:pk>/write_off/": OFFICER,
    "admin/agreement/accession/<int:pk>/leave/": OFFICER,
    "admin/agreement/accession/<int:pk>/end/": OFFICER,
    "admin/agreement/accession/": CASE_READERS,
    "admin/agreement/accession/add/": NOBODY,
    "admin/agreement/accession/<path:object_id>/history/": to_the_case(CASE_READERS),
    "admin/agreement/accession/<path:object_id>/delete/": NOBODY,
    "admin/agreement/accession/<path:object_id>/change/": CASE_READERS,
    "admin/agreement/accession/<path:object_id>/": LEADS_ON,
    "admin/agreement/agreementversion/<int:pk>/bekraftelser/": OFFICER_AND_REGISTRAR,
    "admin/agreement/agreementversion/<int:pk>/adopt/": OFFICER,
    "admin/agreement/agreementversion/<int:pk>/put_in_force/": OFFICER,
    "admin/agreement/agreementversion/": OFFICER_AND_REGISTRAR,
    "admin/agreement/agreementversion/add/": OFFICER,
    "admin/agreement/agreementversion/<path:object_id>/history/": to_the_case(OFFICER_AND_REGISTRAR),
    "admin/agreement/agreementversion/<path:object_id>/delete/": NOBODY,
    "admin/agreement/agreementversion/<path:object_id>/change/": OFFICER_AND_REGISTRAR,
    "admin/agreement/agreementversion/<path:object_id>/": LEADS_ON,
    "admin/organisations/organisation/": STAFF,
    "admin/organisations/organisation/add/": NOBODY,
    "admin/organisations/organisation/<path:object_id>/history/": STAFF,
    "admin/organisations/organisation/<path:object_id>/delete/": NOBODY,
    "admin/organisations/organisation/<path:object_id>/change/": STAFF,
    "admin/organisations/organisation/<path:object_id>/": LEADS_ON,
    "admin/organisations/contactperson/": "302 200 200 403 403 403 200",
    "admin/organisations/contactperson/add/": "302 200 200 403 403 403 200",
    "admin/organisations/contactperson/<path:object_id>/history/": "302 200 200 403 403 403 200",
    "admin/organisations/contactperson/<path:object_id>/delete/": "302 200 403 403 403 403 200",
    "admin/organisations/contactperson/<path:object_id>/change/": "302 200 200 403 403 403 200",
    "admin/organisations/contactperson/<path:object_id>/": LEADS_ON,
    "admin/organisations/municipalunit/": "302 403 200 403 403 403 200",
    "admin/organisations/municipalunit/add/": "302 403 200 403 403 403 200",
    "admin/organisations/municipalunit/<path:object_id>/history/": "302 403 200 403 403 403 200",
    "admin/organisations/municipalunit/<path:object_id>/delete/": NOBODY,
    "admin/organisations/municipalunit/<path:object_id>/change/": "302 403 200 403 403 403 200",
    "admin/organisations/municipalunit/<path:object_id>/": LEADS_ON,
    "admin/organisations/source/": NOBODY,
    "admin/organisations/source/add/": NOBODY,
    "admin/organisations/source/<path:object_id>/history/": NOBODY,
    "admin/organisations/source/<path:object_id>/delete/": NOBODY,
    "admin/organisations/source/<path:object_id>/change/": NOBODY,
    "admin/organisations/source/<path:object_id>/": LEADS_ON,
    "admin/pages/accessibilityreport/<int:pk>/take/": OFFICER,
    "admin/pages/accessibilityreport/<int:pk>/answer/": OFFICER,
    "admin/pages/accessibilityreport/<int:pk>/close/": OFFICER,
    "admin/pages/accessibilityreport/<int:pk>/reopen/": OFFICER,
    "admin/pages/accessibilityreport/": REPORT_READERS,
    "admin/pages/accessibilityreport/add/": NOBODY,
    "admin/pages/accessibilityreport/<path:object_id>/history/": to_the_case(REPORT_READERS),
    "admin/pages/accessibilityreport/<path:object_id>/delete/": NOBODY,
    "admin/pages/accessibilityreport/<path:object_id>/change/": REPORT_READERS,
    "admin/pages/accessibilityreport/<path:object_id>/": LEADS_ON,
    "admin/casework/letter/<int:pk>/resend/": "302 302 302 403 403 403 302",
    "admin/casework/letter/": "302 200 200 403 403 200 200",
    "admin/casework/letter/add/": NOBODY,
    "admin/casework/letter/<path:object_id>/history/": "302 200 200 403 403 200 200",
    "admin/casework/letter/<path:object_id>/delete/": NOBODY,
    "admin/casework/letter/<path:object_id>/change/": "302 200 200 403 403 200 200",
    "admin/casework/letter/<path:object_id>/": LEADS_ON,
    "admin/arkiv/<str:label>/<int:pk>.zip": REGISTRAR,
    "admin/gallring/": DISPOSAL,
    "admin/gallring/nu/": REGISTRAR,
    "admin/gallring/protokoll.csv": DISPOSAL,
    "admin/casework/registryentry/allmanheten.<slug:form>": CASE_READERS,
    "admin/casework/registryentry/fullstandigt.<slug:form>": REGISTRAR,
    "admin/casework/registryentry/<int:pk>/classify/": REGISTRAR,
    "admin/casework/registryentry/<int:pk>/declassify/": REGISTRAR,
    "admin/casework/registryentry/<int:pk>/refer/": REGISTRAR,
    "admin/casework/registryentry/": CASE_READERS,
    "admin/casework/registryentry/add/": NOBODY,
    "admin/casework/registryentry/<path:object_id>/history/": to_the_case(CASE_READERS),
    "admin/casework/registryentry/<path:object_id>/delete/": NOBODY,
    "admin/casework/registryentry/<path:object_id>/change/": CASE_READERS,
    "admin/casework/registryentry/<path:object_id>/": LEADS_ON,
    "admin/casework/event/": "302 403 403 403 403 200 200",
    "admin/casework/event/add/": NOBODY,
    "admin/casework/event/<path:object_id>/history/": "302 403 403 403 403 200 200",
    "admin/casework/event/<path:object_id>/delete/": NOBODY,
    "admin/casework/event/<path:object_id>/change/": "302 403 403 403 403 200 200",
    "admin/casework/event/<path:object_id>/": LEADS_ON,
    "admin/accounts/user/<id>/password/": ADMINISTRATOR,
    "admin/accounts/user/": ADMINISTRATOR,
    "admin/accounts/user/add/": ADMINISTRATOR,
    "admin/accounts/user/<path:object_id>/history/": ADMINISTRATOR,
    "admin/accounts/user/<path:object_id>/delete/": NOBODY,
    "admin/accounts/user/<path:object_id>/change/": ADMINISTRATOR,
    "admin/accounts/user/<path:object_id>/": LEADS_ON,
    "admin/registerutdrag/": RIGHTS,
    "admin/retention/restriction/<int:pk>/lift/": RIGHTS,
    "admin/retention/restriction/": RIGHTS,
    "admin/retention/restriction/add/": NOBODY,
    "admin/retention/restriction/<path:object_id>/history/": RIGHTS,
    "admin/retention/restriction/<path:object_id>/delete/": NOBODY,
    "admin/retention/restriction/<path:object_id>/change/": RIGHTS,
    "admin/retention/restriction/<path:object_id>/": LEADS_ON,
    "admin/(?P<url>.*)$": "302 404 404 403 404 404 404",
}


def routes(resolver=None, prefix=""):
    """Every address of the project, as its patterns spell it."""
    for part in (resolver or get_resolver()).url_patterns:
        route = prefix + str(part.pattern)
        if isinstance(part, URLPattern):
            yield route
        else:
            yield from routes(part, route)


@pytest.fixture
def place(monkeypatch, settings):
    """One of everything that an address can lead to, and how each address is spelled."""
    settings.DEMO = True  # without the second factor, which has tests of its own below
    monkeypatch.setattr("agreement.pdf.signed_form", lambda a, s: factories.upload("blankett.pdf").store())
    monkeypatch.setattr("agreement.pdf.blank_form", lambda version: factories.pdf_bytes())
    officer = factories.make_user()
    factories.make_version()
    draft = factories.make_draft()
    case = factories.make_accession("under_review", officer=officer)
    joined = factories.make_accession("joined", officer=officer, name="Listad förening")
    awaiting = factories.make_accession("awaiting_signatures")
    completion = factories.make_accession("completion_requested")
    version = factories.make_version("2030", in_force=False)
    report = AccessibilityReport.receive(request_key=uuid4(), what="Knappen syns inte.")
    rows = {
        "agreement/accession": case,
        "agreement/agreementversion": version,
        "organisations/organisation": case.organisation,
        "organisations/contactperson": ContactPerson.objects.create(topic="iop", name="C", as_of=timezone.localdate()),
        "organisations/municipalunit": MunicipalUnit.objects.create(name="Förvaltningen"),
        "organisations/source": Source.objects.create(key="S", title="Källan"),
        "casework/letter": Letter.objects.first(),
        "casework/registryentry": RegistryEntry.objects.first(),
        "casework/event": Event.objects.first(),
        "accounts/user": officer,
        "retention/restriction": Restriction.restrict(
            by=Actor.of(officer), emails=["kim@exempel.se"], names=[], reason="Bestrids."
        ),
        "pages/accessibilityreport": report,
    }
    fitting = {"granska": draft, "steg": draft, "underlag": draft, "": draft, "blankett.pdf": joined}
    fitting |= {"komplettera": completion, "uttrade": joined, "bekrafta": joined}

    def path(route):
        if route.startswith("anslut/<str:token>/"):
            accession = fitting.get(route.split("/")[2], awaiting)
            route = route.replace("<str:token>", tokens.make("agreement:application", accession.key))
        signature = awaiting.open_round.signatures.first()
        values = {
            "<slug:step>": "organisation",
            "<slug:slug>": "dialog" if "principer" in route else "listad-forening",
            "<slug:label>": "2018",
            "<slug:kind>/<slug:key>": "kommuner/kommunen",
            "<slug:kind>": "moten",
            "<slug:name>": "organisationer",
            "<str:code>": joined.code,
            "underskrift/<str:token>": f"underskrift/{tokens.make('agreement:sign', signature.key)}",
            "rapportera/<str:token>": f"rapportera/{tokens.make(RECEIPT_LINK, report.key)}",
            "<int:file_pk>": str(case.joining.form_id),
            "<slug:form>": "csv",
            "arkiv/<str:label>/<int:pk>": f"arkiv/agreement.accession/{case.pk}",
            "<path:content_type_id>/<path:object_id>": f"0/{case.pk}",
            "^confirm-email/(?P<key>[-:\\w]+)/$": "confirm-email/x/",
            "^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": "password/reset/key/1-x/",
            "(?P<url>.*)$": "finns-inte",
        }
        for spelled, value in values.items():
            route = route.replace(spelled, value)
        found = re.match(r"admin/(\w+/\w+)/", route)
        pk = str(rows[found[1]].pk) if found and found[1] in rows else "1"
        return "/" + re.sub(r"<(int:pk|path:object_id|id)>", pk, route)

    path.case, path.officer, path.joined, path.draft, path.awaiting = case, officer, joined, draft, awaiting
    path.version, path.completion = version, completion
    return path


@pytest.fixture
def people(db):
    return {role: factories.make_user(role) for role in ROLES if role != "anonymous"}


def client_for(people, role):
    client = Client(raise_request_exception=True)
    if role != "anonymous":
        client.force_login(people[role])
    return client


def counts():
    """Of everything but the cache, where limits are counted."""
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    return {model._meta.label: model._base_manager.count() for model in models}


def get(client, url):
    response = client.get(url)
    if response.streaming:
        b"".join(response.streaming_content)  # to its end, which closes the file
    return response


# The table -------------------------------------------------------------------------------------------------------


def test_every_address_is_decided():
    from .test_council_access import TABLE as COUNCIL
    from .test_iop_access import TABLE as IOP

    decided = [*TABLE, *COUNCIL, *IOP]
    assert set(routes()) == set(decided), "say in TABLE, here or there, who may open it"
    assert len(decided) == len(set(decided))


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_who_gets_in_and_looking_changes_nothing(role, place, people):
    client = client_for(people, role)
    found, before = {}, None
    for route in TABLE:
        before = counts()
        response = get(client, place(route))
        found[route] = str(response.status_code)
        for model, now in counts().items():
            if model in ("sessions.Session", "casework.Event") and now > before[model]:
                opened_a_file = any(kind in response.get("Content-Type", "") for kind in ("pdf", "zip", "csv"))
                assert model == "sessions.Session" or opened_a_file, (route, model)
            else:
                assert now == before[model], (route, model)
    column = ROLES.index(role)
    assert found == {route: statuses.split()[column] for route, statuses in TABLE.items()}


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_only_the_role_with_the_permission_does_the_verb(role, place, people):
    """The POST of each verb, by everyone: refused before anything is read, unless the role has it."""
    verbs = [route for route in TABLE if re.match(r"admin/agreement/\w+/<int:pk>/\w+/$", route) and "bekr" not in route]
    assert len(verbs) == 11
    for route in verbs:
        before = counts()
        states = [*Accession.objects.values_list("state"), *AgreementVersion.objects.values_list("state")]
        status = client_for(people, role).post(place(route), {}).status_code
        assert status == {"anonymous": 302, "utvecklingsledare": 200}.get(role, 403), route
        if role != "utvecklingsledare":
            assert counts() | {"sessions.Session": 0} == before | {"sessions.Session": 0}
            assert states == [*Accession.objects.values_list("state"), *AgreementVersion.objects.values_list("state")]


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["iop", "styrelse", "sekreterare", "registrator", "administrator"])
def test_the_permissions_of_a_verb_are_given_to_one_role(role, people):
    user = people[role]
    assert not [p for p in user.get_all_permissions() if re.search(r"\.(take|approve|reject|write_off|adopt)_", p)]


# The second factor -----------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["utvecklingsledare", "iop", "sekreterare", "registrator", "administrator"])
def test_staff_need_a_second_factor_outside_demo_mode(role, people, settings):
    client = client_for(people, role)
    for name in ("index", "organisations_organisation_changelist"):
        response = client.get(reverse(f"admin:{name}"))
        assert (response.status_code, response.url) == (302, reverse("mfa_index"))
    settings.DEMO = True
    assert client.get(reverse("admin:index")).status_code == 200


@pytest.mark.django_db
def test_a_superuser_needs_one_too(client):
    user = factories.make_user("utvecklingsledare")
    user.is_superuser = True
    user.save()
    client.force_login(user)
    assert client.get(reverse("admin:index")).url == reverse("mfa_index")
    assert client.post(reverse("admin:accounts_user_add"), {}).url == reverse("mfa_index")


@pytest.mark.django_db
def test_an_inactive_account_is_out(client, people, settings):
    settings.DEMO = True
    user = people["utvecklingsledare"]
    client.force_login(user)
    user.is_active = False
    user.save()
    assert client.get(reverse("admin:index")).status_code == 302


# Personal links --------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("purpose", ["agreement:application", "agreement:sign"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_links_that_do_not_open_are_explained(client, place, purpose, method):
    signature = place.awaiting.open_round.signatures.first()
    right = {"agreement:application": place.awaiting.key, "agreement:sign": signature.key}
    other = next(p for p in right if p != purpose)
    good = tokens.make(purpose, right[purpose])
    bad = ["x", "." * 9, "å" * 30, "a" * 2000, good[:-1], good.upper(), good + "=", good.split(".")[0]]
    bad += [tokens.make(other, right[other]), tokens.make("något annat", right[purpose]), tokens.make(purpose, "okänd")]
    for token in bad:
        response = getattr(client, method)(reverse(purpose, args=[token]))
        assert response.status_code == 404, token
        text = response.content.decode()
        assert reverse("agreement:new_link") in text or "ny länk" in text.lower() or "nytt brev" in text.lower(), token
        assert "Traceback" not in text


@pytest.mark.django_db
def test_a_new_key_revokes_the_link(client, place):
    url = place("anslut/<str:token>/")
    assert client.get(url).status_code == 200
    Accession.objects.filter(pk=place.draft.pk).update(key=tokens.new_key())
    assert client.get(url).status_code == 404


@pytest.mark.django_db
def test_a_link_opens_its_own_case_and_no_other(client, place):
    """Files and pages of one accession are not reached by the link of another."""
    url = reverse("agreement:form", args=[tokens.make("agreement:application", place.draft.key)])
    assert client.get(url).status_code == 404


@pytest.mark.django_db
def test_a_file_of_another_case_is_not_reached_in_the_admin(place, people):
    secret = store(b"%PDF-1.7", name="annat.pdf", mime="application/pdf")
    client = client_for(people, "utvecklingsledare")
    for file in (secret.pk, place.joined.joining.form_id, 10**9):
        url = reverse("admin:agreement_accession_file", args=[place.case.pk, file])
        assert client.get(url).status_code == 404


# Cookies and headers ---------------------------------------------------------------------------------------------

WITH_A_FORM = {
    "anslut/borja/", "anslut/ny-lank/", "konto/login/", "konto/password/reset/", "konto/login/code/",
    "konto/signup/", "konto/3rdparty/signup/",
}  # fmt: skip


@pytest.mark.django_db
def test_public_pages_set_no_cookie_for_a_visitor(place):
    for route, statuses in TABLE.items():
        if not statuses.startswith("200") or "<str:token>" in route or "confirm-email" in route:
            continue
        cookies = set(get(Client(), place(route)).cookies)
        assert cookies <= ({"csrftoken", "sessionid"} if route.startswith("konto/") else {"csrftoken"}), route
        if not route.startswith("konto/") and route not in WITH_A_FORM:
            assert not cookies, route


@pytest.mark.django_db
def test_every_kind_of_answer_carries_the_security_headers(place, people):
    officer = client_for(people, "utvecklingsledare")
    anonymous = Client(raise_request_exception=False)
    answers = {
        "page": get(anonymous, "/"),
        "form": get(anonymous, "/anslut/borja/"),
        "token": get(anonymous, place("anslut/<str:token>/")),
        "bad token": get(anonymous, "/anslut/x/"),
        "missing": get(anonymous, "/finns-inte/"),
        "redirect": get(anonymous, "/admin/"),
        "forbidden": get(client_for(people, "styrelse"), "/admin/"),
        "not allowed": anonymous.post("/"),
        "bad request": anonymous.get("/", headers={"Host": "en.annan.example"}),
        "csrf": Client(enforce_csrf_checks=True).post("/anslut/borja/", {}),
        "feed": get(anonymous, "/organisationer/atom.xml"),
        "health": get(anonymous, "/healthz"),
        "file": get(anonymous, place("anslut/<str:token>/underlag/")),
        "pdf": get(anonymous, place("anslut/<str:token>/blankett.pdf")),
        "admin": get(officer, "/admin/"),
        "admin case": get(officer, place("admin/agreement/accession/<path:object_id>/change/")),
    }
    for kind, response in answers.items():
        assert "default-src 'none'" in response["Content-Security-Policy"], kind
        assert "unsafe" not in response["Content-Security-Policy"], kind
        assert response["X-Content-Type-Options"] == "nosniff", kind
        assert response["Referrer-Policy"] in ("same-origin", "no-referrer"), kind
        assert kind == "bad request" or response["X-Frame-Options"] == "DENY", kind  # refused before that is asked
        assert response["Cross-Origin-Opener-Policy"] == "same-origin", kind
    for kind in ("token", "bad token", "form", "file", "pdf", "admin"):
        assert "no-store" in answers[kind]["Cache-Control"], kind


@pytest.mark.django_db
def test_a_crash_is_a_page_of_its_own_without_a_trace(monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("hemligt")

    monkeypatch.setattr("botkyrka_civil.pages.views.render", broken)
    response = Client(raise_request_exception=False).get("/")
    assert response.status_code == 500
    assert "hemligt" not in response.content.decode()
    assert "<html lang=" in response.content.decode()
    assert response["X-Content-Type-Options"] == "nosniff"


def test_the_demo_outbox_exists_in_demo_mode_only():
    code = (
        "import django; django.setup(); from django.urls import get_resolver;"
        "print([str(p.pattern) for p in get_resolver().url_patterns if 'demo' in str(p.pattern)])"
    )
    for demo, expected in {"0": False, "1": True}.items():
        environment = os.environ | {"DEMO": demo, "SECRET_KEY": "x" * 60, "ALLOWED_HOSTS": "x", "MAIL_URL": "smtp://x"}
        environment |= {"BASE_URL": "https://x", "DATABASE_URL": "sqlite://:memory:", "MAIL_FROM": "x@example.org"}
        run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        assert ("demo/" in run.stdout) is expected
