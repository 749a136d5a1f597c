"""Signing in: by password, by code, with a second factor; and nobody signs up."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from botkyrka_civil.accounts import roles
from botkyrka_civil.accounts.models import User
from botkyrka_civil.casework import letters
from botkyrka_civil.casework.models import Letter
from tests import factories
from tests.tools.web import routes

pytestmark = pytest.mark.django_db
PASSWORD = "ett-langt-losenord"
CODE = r"^\s*([A-Z0-9]{3,}(?:-[A-Z0-9]{3,})?)\s*$"


@pytest.fixture
def officer():
    return factories.make_user(email="Utvecklare@Kommun.example", second_factor=False)


def log_in(client, login="utvecklare@kommun.example", password=PASSWORD):
    return client.post(reverse("account_login"), {"login": login, "password": password})


def signed_in(client):
    return "_auth_user_id" in client.session


def test_with_password(officer):
    for login in ("utvecklare@kommun.example", "UTVECKLARE@kommun.example"):
        client = Client()
        response = log_in(client, login)
        assert (response.status_code, response.url) == (302, reverse("accounts:home"))
        assert signed_in(client)


def test_with_the_wrong_password_or_address_says_the_same(client, officer):
    for login, password in (("utvecklare@kommun.example", "fel"), ("ingen@x.se", PASSWORD)):
        text = log_in(client, login, password).content.decode()
        assert "Fel:" in text
        assert not signed_in(client)
        assert login in text  # what was typed stays


def test_an_inactive_account_is_not_let_in(client, officer):
    User.objects.update(is_active=False)
    log_in(client)
    assert not signed_in(client)


def test_with_a_code_in_a_letter(client, officer):
    client.post(reverse("account_request_login_code"), {"email": officer.email})
    letter = Letter.objects.get()
    assert (letter.to, letter.confidential) == (officer.email, True)
    code = re.search(CODE, letters.full_body(letter), re.MULTILINE)[1]
    response = client.post(reverse("account_confirm_login_code"), {"code": code})
    assert response.status_code == 302, response.content.decode()
    assert signed_in(client)


def test_no_table_holds_a_code_or_a_link_that_staff_could_read(client, officer, settings):
    """Every text of every row that the admin can list, while the letters wait; and a new SECRET_KEY sends the rest."""
    client.post(reverse("account_request_login_code"), {"email": officer.email})
    client.post(reverse("account_reset_password"), {"email": officer.email})
    letters_now = {letter.kind: letters.full_body(letter) for letter in Letter.objects.all()}
    secret = re.compile(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b|/konto/password/reset/key/\S+")
    words = {word for body in letters_now.values() for word in secret.findall(body)}
    assert len(letters_now) == 2 and len(words) >= 2, letters_now
    rows = [row for model in admin.site._registry for row in model._base_manager.all()]
    told = " ".join(str(getattr(row, field.attname)) for row in rows for field in row._meta.concrete_fields)
    assert officer.email in told and not [word for word in words if word in told]
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "n" * 60
    assert {letter.kind: letters.full_body(letter) for letter in Letter.objects.all()} == letters_now
    settings.SECRET_KEY_FALLBACKS = []
    letter = Letter.objects.first()
    letters.deliver(letter.pk)
    letter.refresh_from_db()
    assert letter.failed_at and not letter.sent_at, "its key is lost, and no other try would help"


def test_a_code_is_gone_once_it_is_delivered(client, officer, monkeypatch):
    client.post(reverse("account_request_login_code"), {"email": officer.email})
    letter = Letter.objects.get()
    monkeypatch.setattr("botkyrka_civil.lib.letters.post", lambda **_: None)
    letters.deliver(letter.pk)
    letter.refresh_from_db()
    assert letter.sent_at
    assert letter.body == ""


OPEN_FORMS = ("login", "email", "phone", "username")


def account_forms(client):
    """The forms under /konto/ that ask who somebody is, by the resolver: the address, and its fields."""
    for route in routes():
        if route.startswith("konto/") and "<" not in route and "logout" not in route:
            form = (getattr(client.get(f"/{route}"), "context", None) or {}).get("form")
            if form and set(OPEN_FORMS) & set(form.fields):
                yield f"/{route}", dict.fromkeys(form.fields, PASSWORD)


def answer_to(path, fields, address):
    """What a form answers, and where it leads, without what differs at each request."""
    client = Client()
    first = client.post(path, {name: address if name in OPEN_FORMS else value for name, value in fields.items()})
    pages = [first, client.get(first.url)] if first.status_code == 302 else [first]
    words = " ".join(page.content.decode() for page in pages)
    return [page.status_code for page in pages], re.sub(r'value="[\w-]{64}"', "", words).replace(address, "")


def test_no_form_tells_who_has_an_account_and_no_stranger_gets_a_letter(client, officer, settings):
    """Known with a wrong password, closed, and unknown: the same answer."""
    settings.ACCOUNT_RATE_LIMITS = False
    closed = factories.make_user(email="stangd@kommun.example")
    User.objects.filter(pk=closed.pk).update(is_active=False, password="!")
    forms = dict(account_forms(client))
    assert {"/konto/login/", "/konto/login/code/", "/konto/password/reset/"} <= set(forms)
    User.objects.filter(pk=officer.pk).update(password="!")
    for path, fields in forms.items():
        known, *others = [answer_to(path, fields, to) for to in (officer.email, closed.email, "ingen@exempel.se")]
        assert others == [known, known], path
    assert {letter.to for letter in Letter.objects.all()} == {officer.email}
    client.post(reverse("account_signup"), {"email": "ny@exempel.se", "password1": PASSWORD, "password2": PASSWORD})
    assert User.objects.count() == 2  # nobody signs up


def test_wrong_passwords_stop_neither_an_office_nor_the_way_by_code(client, officer):
    """All from one address of the network."""
    for _ in range(11):
        log_in(client, password="fel")
    log_in(client)
    assert not signed_in(client)
    colleague, by_code = factories.make_user("iop", second_factor=False), Client()
    log_in(client, colleague.email)
    assert signed_in(client)
    by_code.post(reverse("account_request_login_code"), {"email": officer.email})
    code = re.search(CODE, letters.full_body(Letter.objects.get(to=officer.email)), re.MULTILINE)[1]
    by_code.post(reverse("account_confirm_login_code"), {"code": code})
    assert signed_in(by_code)


def test_no_page_of_the_account_is_stored_and_none_asks_the_browser_for_more_than_passkeys(client, officer):
    faults = []
    for signed in (False, True):
        if signed:
            log_in(client)
            prove_again(client)
        for route in routes():
            if route.startswith("konto/") and "<" not in route and "logout" not in route:
                page = client.get(f"/{route}")
                faults += [] if "no-store" in page.get("Cache-Control", "") else [route]
                faults += [] if "camera=()" in page["Permissions-Policy"] else [route]
                words = page.content.decode()
                buttons = re.findall(r'<button type="button"[^>]*>|<button[^>]*form="mfa_login"[^>]*>', words)
                faults += [button for button in buttons if "needs-script" not in button]
                faults += [route] if buttons and "<noscript>" not in words else []
    assert not faults
    assert "camera=()" in client.get("/")["Permissions-Policy"]


def test_signing_out_takes_a_post(client, officer):
    client.force_login(officer)
    client.get(reverse("account_logout"))
    assert signed_in(client)
    client.post(reverse("account_logout"))
    assert not signed_in(client)


def test_signing_in_leads_nowhere_else(officer):
    for target in ("https://ond.example/", "//ond.example/", "javascript:alert(1)"):
        client, form = Client(), {"login": officer.email, "password": PASSWORD, "next": target}
        response = client.post(f"{reverse('account_login')}?next={target}", form)
        assert response.url == reverse("accounts:home")
        assert "ond" not in client.get(reverse("admin:login"), {"next": target}).url


def prove_again(client):
    """allauth asks for the password once more before a second factor is added."""
    assert client.post(reverse("account_reauthenticate"), {"password": PASSWORD}).status_code == 302


def code_for(secret):
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def test_staff_activate_totp_and_come_in(client, officer):
    log_in(client)
    assert client.get(reverse("admin:index")).url == reverse("mfa_index")
    prove_again(client)
    page = client.get(reverse("mfa_activate_totp"))
    assert page.status_code == 200, getattr(page, "url", "")
    secret = page.context["form"].secret
    response = client.post(reverse("mfa_activate_totp"), {"code": code_for(secret)})
    assert response.status_code == 302, response.content.decode()
    assert Authenticator.objects.filter(user=officer, type="totp").exists()
    assert client.get(reverse("admin:index")).status_code == 200

    again = Client()
    response = log_in(again)
    assert response.url.startswith(reverse("mfa_authenticate"))
    assert not signed_in(again)
    again.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert not signed_in(again)


def test_staff_have_a_second_factor_wherever_they_work_and_a_board_member_is_not_asked(client, officer, settings):
    client.force_login(officer)
    paths = ("/admin/", "/admin/council/seat/", "/motesrum/", "/motesrum/7/protokoll/")
    assert [client.get(path).url for path in paths] == [reverse("mfa_index")] * 4
    settings.DEMO = True
    assert not [path for path in paths if getattr(client.get(path), "url", "") == reverse("mfa_index")]
    settings.DEMO = False
    client.force_login(factories.make_user(""))
    assert getattr(client.get("/motesrum/"), "url", "") != reverse("mfa_index")


def test_the_page_of_passkeys_opens(client, officer):
    log_in(client)
    prove_again(client)
    assert client.get(reverse("mfa_list_webauthn")).status_code == 200
    assert client.get(reverse("mfa_add_webauthn")).status_code == 200


def test_an_address_made_here_counts_as_confirmed(officer):
    assert EmailAddress.objects.get(user=officer, email=officer.email).verified
    User.objects.filter(pk=officer.pk).update(email="ny@kommun.example")
    officer.refresh_from_db()
    officer.confirm_email()
    assert [(a.email, a.primary) for a in EmailAddress.objects.filter(user=officer)] == [("ny@kommun.example", True)]


def test_nobody_changes_the_own_address(client, officer):
    log_in(client)
    client.post("/konto/email/", {"action_add": "", "email": "annan@exempel.se"})
    assert EmailAddress.objects.count() == 1


def test_two_accounts_do_not_share_an_address(officer):
    with pytest.raises(Exception, match="(?i)unique"):
        User.objects.create_user("UTVECKLARE@kommun.example", name="Annan")


def test_passwords_are_long(client, officer):
    log_in(client)
    form = {"oldpassword": PASSWORD, "password1": "kort", "password2": "kort"}
    assert client.post(reverse("account_change_password"), form).status_code == 200
    officer.refresh_from_db()
    assert officer.check_password(PASSWORD)


def test_demo_accounts_have_the_roles_of_the_file():
    roles.sync()
    roles.add_demo_accounts()
    roles.add_demo_accounts()
    assert User.objects.count() == len(roles.read())
    for role in roles.read().values():
        user = User.objects.get(email=role["demo"])
        assert user.get_all_permissions() == set(role["permissions"])
        assert user.is_staff is role["staff"]
        assert not user.is_superuser
        assert EmailAddress.objects.get(user=user).verified


def test_whoever_is_signed_out_while_writing_gets_the_words_back(client):
    page = client.post("/motesrum/1/protokoll/", {"text": "§ 1 Mötet öppnas", "base": "0"})
    assert page.status_code == 401
    assert "Du är utloggad" in page.content.decode() and "§ 1 Mötet öppnas" in page.content.decode()
    assert "/konto/login/?next=/motesrum/1/protokoll/" in page.content.decode()
    assert client.post("/motesrum/1/protokoll/").status_code == 302
    assert (
        client.post("/motesrum/1/protokoll/", {"text": "x"}, headers={"Accept": "application/json"}).status_code == 302
    )
