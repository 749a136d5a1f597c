"""Every address times every role: who gets in, who does not, and that looking changes nothing."""

import os
import re
import subprocess
import sys
from uuid import uuid4

import pytest
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

import botkyrka_civil.urls  # noqa: F401  (read now, with demo mode off)
from agreement.models import Accession
from botkyrka_civil.casework.models import Actor, Event, Letter, RegistryEntry
from botkyrka_civil.documents.models import store
from botkyrka_civil.lib import tokens
from botkyrka_civil.pages.models import RECEIPT_LINK, AccessibilityReport
from botkyrka_civil.retention.models import Restriction
from organisations.models import ContactPerson, MunicipalUnit, Source
from tests import factories
from tests.tools.titles import Titles
from tests.tools.web import bare_refusals, client_for, get, routes
from tests.walks import council_table, iop_table
from tests.walks.doors import ask, worth_asking
from tests.walks.site_table import ROLES, TABLE


@pytest.fixture(scope="module")
def place(module_rows):
    """One of everything that an address can lead to, and how each address is spelled.

    Without the second factor, which has tests of its own below.
    """
    with override_settings(DEMO=True):
        yield plant()


def plant():
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


@pytest.fixture(scope="module")
def people(module_rows):
    return {role: factories.make_user(role, second_factor=False) for role in ROLES if role != "anonymous"}


# The table -------------------------------------------------------------------------------------------------------


def test_every_address_is_decided():
    decided = [*TABLE, *council_table.TABLE, *iop_table.TABLE]
    assert set(routes()) == set(decided), "say in TABLE, here or there, who may open it"
    assert len(decided) == len(set(decided))


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_who_gets_in_and_looking_changes_nothing(role, place, people):
    client, found, expected, titles = client_for(people, role), {}, {}, Titles()
    for route, row in TABLE.items():
        statuses = dict(zip(ROLES, row.split(), strict=True))
        if worth_asking(route, role, statuses):
            with bare_refusals():
                response = ask(client, place(route))
            html = response.status_code == 200 and response.get("Content-Type", "").startswith("text/html")
            assert not html or b'href="/tillganglighet/"' in response.body, f"{route} does not lead to the statement"
            titles.read(route, place(route), response, response.body)
            found[route], expected[route] = str(response.status_code), statuses[role]
            assert not response.changed, route
            if response.status_code < 300:
                assert not [method for method in ("head", "options") if ask(client, place(route), method).wrote], route
    assert found == expected
    assert not titles.faults, "\n".join(titles.faults)


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_only_the_role_with_the_permission_does_the_verb(role, place, people):
    """The POST of each verb, by everyone: refused before anything is read, unless the role has it."""
    verbs = [route for route in TABLE if re.match(r"admin/agreement/\w+/<int:pk>/\w+/$", route) and "bekr" not in route]
    assert len(verbs) == 12
    for route in verbs:
        response = ask(client_for(people, role), place(route), "post")
        assert response.status_code == {"anonymous": 302, "utvecklingsledare": 200}.get(role, 403), route
        assert role == "utvecklingsledare" or not response.wrote, route


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["iop", "styrelse", "sekreterare", "registrator", "administrator"])
def test_the_permissions_of_a_verb_are_given_to_one_role(role, people):
    user = people[role]
    assert not [p for p in user.get_all_permissions() if re.search(r"\.(take|approve|reject|write_off|adopt)_", p)]


# The second factor -----------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["utvecklingsledare", "iop", "sekreterare", "registrator", "administrator"])
def test_staff_need_a_second_factor_outside_demo_mode(role, people, settings):
    settings.DEMO = False
    client = Client()
    client.force_login(factories.make_user(role, second_factor=False))
    for name in ("index", "organisations_organisation_changelist"):
        response = client.get(reverse(f"admin:{name}"))
        assert (response.status_code, response.url) == (302, reverse("mfa_index"))
    settings.DEMO = True
    assert client.get(reverse("admin:index")).status_code == 200


@pytest.mark.django_db
def test_a_superuser_needs_one_too(client, settings):
    settings.DEMO = False
    user = factories.make_user("utvecklingsledare", second_factor=False)
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
        assert response["Referrer-Policy"] in ("same-origin", "strict-origin"), kind
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
        environment |= {f"MUNICIPALITY_{way}": "x@example.org" for way in ("EMAIL", "PHONE", "ADDRESS", "DPO_EMAIL")}
        run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        assert ("demo/" in run.stdout) is expected
