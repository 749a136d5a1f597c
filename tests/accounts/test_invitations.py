"""Accounts: people are invited and choose their own passwords; every change is recorded, and told by e-mail."""

import ast
import re

import pytest
from django import forms
from django.contrib.auth import management as auth_management
from django.contrib.auth.models import Group
from django.core.management import call_command, find_commands, get_commands, load_command_class
from django.core.management.base import CommandError
from django.test import Client
from django.urls import reverse

from botkyrka_civil.accounts.models import User
from botkyrka_civil.casework import accounts, letters
from botkyrka_civil.casework.models import Actor, Event, Letter, Refused
from tests import factories
from tests.tools.repository import ROOT, parsed, python_files
from tests.tools.threads import same
from tests.tools.web import routes, sign_in, text

pytestmark = pytest.mark.django_db
ADD = "/admin/accounts/user/add/"
LINK = re.compile(r"http://127\.0\.0\.1:8000(/konto/password/reset/key/\S+)")


@pytest.fixture
def administrator():
    return factories.make_user("administrator")


def change_url(user):
    return reverse("admin:accounts_user_change", args=[user.pk])


def form_of(client, url):
    """The form of a page, and what it would send if nothing were changed."""
    form = client.get(url).context["adminform"].form
    initial = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    return form, {name: value for name, value in initial.items() if value not in (None, False)}


def data_of(values):
    return {
        name: [row.pk for row in v] if isinstance(v, list) else "on" if v is True else v for name, v in values.items()
    }


def invite(client, role="Rådets sekreterare", email="Ny@Kommun.example"):
    facts = {"email": email, "name": "Ny Person", "groups": Group.objects.get(name=role).pk}
    assert client.post(ADD, facts).status_code == 302
    return User.objects.get(email=email.lower())


def told():
    return set(Letter.objects.filter(kind="account_changed").values_list("to", flat=True))


# Inviting ------------------------------------------------------------------------------------------------------------


def test_who_is_invited_chooses_the_password_by_the_link_of_the_letter(administrator):
    colleague = factories.make_user("sekreterare")
    user = invite(sign_in(administrator))
    assert not user.has_usable_password() and user.is_staff and user.has_perm("organisations.view_organisation")
    letter = Letter.objects.get(kind="invitation")
    assert letter.to == user.email and letter.confidential and "Rådets sekreterare" in letters.full_body(letter)
    event = Event.objects.of(user).get()
    assert event.actor_email == administrator.email and "Roller: Rådets sekreterare." in event.reason
    assert told() == {colleague.email}

    client, link = Client(), LINK.search(letters.full_body(letter))[1]
    page = client.get(link, follow=True)
    form = page.context["form"]
    new = {name: "ett-eget-langt-losenord" for name in form.fields if name.startswith("password")}
    client.post(page.redirect_chain[-1][0], new)
    assert same(user).check_password("ett-eget-langt-losenord")
    again = Client().get(link, follow=True)
    assert "token_fail" in again.context and again.context["token_fail"]


def test_an_invitation_is_sent_again_until_the_first_sign_in(administrator):
    client = sign_in(administrator)
    user = invite(client)
    page = text(client.get(change_url(user)))
    assert "Spara och skicka inbjudan igen" in page
    client.post(change_url(user), data_of(form_of(client, change_url(user))[1]) | {"_invite": "1"})
    assert Letter.objects.filter(kind="invitation", to=user.email).count() == 2
    assert Event.objects.of(user).filter(verb="invite_again").count() == 1
    Client().force_login(user)
    assert "skicka inbjudan igen" not in text(client.get(change_url(user)))
    with pytest.raises(Refused):
        accounts.invite_again(user, by=Actor.of(administrator))


# Nobody sets another's password --------------------------------------------------------------------------------------


def test_no_page_of_accounts_asks_for_a_password_or_takes_one(administrator):
    """The forms of both pages, for both who may see them, whatever fields they come to have."""
    above = User.objects.create_superuser("rot@kommun.example", "ett-langt-losenord", name="Rot")
    factories.with_second_factor(above)
    other = factories.make_user()
    secret = dict.fromkeys(("password", "password1", "password2", "usable_password"), "nagon-annans-losenord-1")
    for actor in (administrator, above):
        client = sign_in(actor)
        for url in (ADD, change_url(other)):
            form, values = form_of(client, url)
            for field in form.fields.values():
                assert not isinstance(field.widget, forms.PasswordInput)
            page = client.get(url).content.decode()
            assert 'type="password"' not in page and not re.search(r'name="[^"]*password', page)
            email = {"email": f"ny{actor.pk}@kommun.example", "name": "Ny"} if url == ADD else {}
            before = same(other).password
            assert client.post(url, data_of(values) | email | secret).status_code == 302
            assert same(other).password == before
            assert url != ADD or not User.objects.get(email=email["email"]).has_usable_password()
    assert [route for route in routes() if route.startswith("admin/") and "password" in route] == [
        "admin/password_change/", "admin/password_change/done/",
    ]  # to one's own, at allauth's page  # fmt: skip


def test_commands_neither_set_a_password_nor_change_an_account_unrecorded():
    """Of those that Django's app for accounts brings, each is replaced by ours."""
    owners = {name: load_command_class(app, name) for name, app in get_commands().items()}
    brought = find_commands(auth_management.__path__[0])
    assert brought and all(type(owners[name]).__module__.startswith("botkyrka_civil.") for name in brought)
    with pytest.raises(CommandError, match="väljer sitt lösenord själv"):
        call_command("changepassword", "x@kommun.example")
    call_command("createsuperuser", "--noinput", email="rot@kommun.example", name="Rot")
    user = User.objects.get()
    assert "Superanvändare: ja" in Event.objects.of(user).get().reason
    factories.with_second_factor(user)
    call_command("reset_second_factor", user.email)
    assert Event.objects.of(user).filter(verb="reset_second_factor").count() == 1 and told() == {user.email}


RIGHTS = {field.name for field in accounts.told_fields()} - accounts.OWN
HOMES = ("botkyrka_civil/accounts/", "botkyrka_civil/casework/accounts.py")


def sets_rights(node):
    """Whether it sets a password or a right: user.is_active = …, user.groups.set(…), create_user(…, password)."""
    if isinstance(node, (ast.Assign, ast.AugAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return any(isinstance(target, ast.Attribute) and target.attr in RIGHTS | {"password"} for target in targets)
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return False
    name, on = node.func.attr, node.func.value
    if name in ("create_user", "create_superuser"):
        words = [*node.args[1:2], *(k.value for k in node.keywords if k.arg in RIGHTS | {"password"})]
        return any(not (isinstance(word, ast.Constant) and word.value is None) for word in words)
    to_rights = isinstance(on, ast.Attribute) and on.attr in RIGHTS and name in ("set", "add", "remove", "clear")
    return (
        name == "set_password" or to_rights or (name.endswith("update") and ast.unparse(on).startswith("User.objects"))
    )


def test_rights_and_passwords_are_set_in_one_place():
    elsewhere = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in python_files()
        if not str(path.relative_to(ROOT)).startswith(("tests/", *HOMES))
        for node in ast.walk(parsed(path))
        if sets_rights(node)
    ]
    assert not elsewhere


# Changing ------------------------------------------------------------------------------------------------------------


def other_value(field, value):
    """Something else that the field takes."""
    if isinstance(field, forms.ModelMultipleChoiceField):
        return [row for row in field.queryset if row not in value]
    return {forms.BooleanField: not value, forms.EmailField: "ny.adress@kommun.example"}.get(type(field), "Någon Annan")


def test_whatever_is_changed_is_recorded_and_told():
    """Each field of the form: the log has who, what it was and what it is; the holder, the old address and those who
    have the role get a letter."""
    above = User.objects.create_superuser("rot@kommun.example", "ett-langt-losenord", name="Rot")
    client = sign_in(factories.with_second_factor(above))
    holder, newcomer = factories.make_user("iop"), factories.make_user("registrator")
    names = set(form_of(client, change_url(factories.make_user("iop")))[0].fields)
    assert {"name", "email", "groups", "is_active", "is_superuser"} <= names
    for name in names:
        user = factories.make_user("iop")
        form, values = form_of(client, change_url(user))
        new = other_value(form.fields[name], values.get(name))
        sent = {**values, name: new} if new is not False else {k: v for k, v in values.items() if k != name}
        Letter.objects.all().delete()
        assert client.post(change_url(user), data_of(sent)).status_code == 302, name
        event = Event.objects.of(user).get()
        assert event.actor_email == above.email and name in event.data["fields"], name
        assert re.search(r": förut .+, nu .+\.", event.reason), name
        now = same(user)
        expected = {user.email, now.email, holder.email} | ({newcomer.email} if name == "groups" else set())
        assert expected <= told(), name
        assert event.reason.splitlines()[0] in Letter.objects.filter(kind="account_changed").first().body, name
    quiet = Event.objects.count()
    client.post(change_url(user), data_of(form_of(client, change_url(user))[1]))
    assert Event.objects.count() == quiet  # nothing changed, nothing recorded


def test_nobody_changes_their_own_rights_nor_those_of_one_who_has_more(administrator):
    above = factories.with_second_factor(User.objects.create_superuser("rot@kommun.example", "x" * 12, name="Rot"))
    leader = Group.objects.get(name="Utvecklingsledare för Överenskommelsen")
    for actor in (administrator, above):
        client = sign_in(actor)
        assert set(form_of(client, change_url(actor))[0].fields) <= accounts.OWN
        sent = {"name": actor.name, "email": actor.email, "groups": leader.pk, "is_superuser": "on"}
        client.post(change_url(actor), sent)  # is_active is not sent, as when its box is empty
        now = same(actor)
        assert now.is_active and now.is_superuser == (actor == above) and leader not in now.groups.all()
        for field in accounts.told_fields():
            if field.name not in accounts.OWN and field.get_internal_type() == "BooleanField":
                with pytest.raises(Refused):
                    accounts.change(same(actor), by=Actor.of(actor), **{field.name: not getattr(now, field.name)})
    client, other = sign_in(administrator), factories.make_user()
    assert client.post(change_url(above), {"name": "Rot", "email": "annan@kommun.example"}).status_code == 403
    Group.objects.create(name="Hemmagjord")
    page = text(client.get(change_url(other)))
    assert "Hemmagjord" not in page and "Registrator och arkivarie" in page
    assert not {"user_permissions", "is_superuser", "is_staff"} & set(form_of(client, change_url(other))[0].fields)
    client.post(change_url(other), data_of(form_of(client, change_url(other))[1]) | {"is_superuser": "on"})
    assert not same(other).is_superuser and "is_superuser" in form_of(sign_in(above), change_url(other))[0].fields
    for values in ({"is_superuser": True}, {"email": "annan@kommun.example"}):
        with pytest.raises(Refused):
            accounts.change(same(above if "email" in values else other), by=Actor.of(administrator), **values)


def test_others_have_nothing_to_do_with_accounts(administrator):
    for role in ("utvecklingsledare", "iop", "sekreterare", "registrator"):
        client = sign_in(factories.make_user(role))
        assert (
            client.get("/admin/accounts/user/").status_code == client.get(change_url(administrator)).status_code == 403
        )
