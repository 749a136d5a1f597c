"""Signing in with the municipality's own accounts: a real OIDC provider on loopback, and a portal set up for it.

The setting adds an app, so the portal runs in a process of its own.
"""

import os
import subprocess
import sys

import pytest
from oidc_provider_mock import User as Person
from oidc_provider_mock import run_server_in_thread

WALK = """
import sys, urllib.request, urllib.parse, urllib.error
import django
django.setup()
from django.db import connection
from django.test import Client
from django.test.utils import setup_test_environment
setup_test_environment()
connection.creation.create_test_db(verbosity=0)
from botkyrka_civil.accounts.models import User
user = User.objects.create_user("anna@kommun.example", "ett-langt-losenord", name="Anna", is_staff=True)

class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None

client = Client()
page = client.get("/konto/login/").content.decode()
print("offered", "/konto/oidc/oidc/login/" in page or "Kommunkonto" in page)
there = client.post("/konto/oidc/oidc/login/").url
assert "code_challenge" in there, there
asked = urllib.request.Request(there, urllib.parse.urlencode({"sub": sys.argv[1]}).encode())
try:
    urllib.request.build_opener(Stay).open(asked)
except urllib.error.HTTPError as answer:
    back = answer.headers["Location"]
    answer.close()
parts = urllib.parse.urlsplit(back)
response = client.get(parts.path + "?" + parts.query)
print("signed in", client.session.get("_auth_user_id") == str(user.pk))
print("users", User.objects.count())
print("password kept", User.objects.get().has_usable_password())
"""


@pytest.fixture(scope="module")
def provider():
    people = [
        Person(sub="anna", claims={"email": "Anna@kommun.example", "email_verified": True}),
        Person(sub="okand", claims={"email": "okand@kommun.example", "email_verified": True}),
    ]
    with run_server_in_thread(user_claims=people) as server:
        yield f"http://localhost:{server.server_port}"


def walk(provider, person):
    environment = os.environ | {
        "OIDC_URL": provider,
        "OIDC_NAME": "Kommunkonto",
        "OIDC_CLIENT_ID": "portalen",
        "OIDC_CLIENT_SECRET": "hemligt",
        "DEBUG": "1",
        "LOG_LEVEL": "ERROR",
        "DATABASE_URL": "sqlite://:memory:",
    }
    run = subprocess.run(
        [sys.executable, "-c", WALK, person], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stderr
    return dict(line.rsplit(" ", 1) for line in run.stdout.splitlines())


def test_somebody_who_has_an_account_here_is_let_in(provider):
    result = walk(provider, "anna")
    assert result == {"offered": "True", "signed in": "True", "users": "1", "password kept": "True"}


def test_somebody_who_has_none_is_not(provider):
    result = walk(provider, "okand")
    assert result == {"offered": "True", "signed in": "False", "users": "1", "password kept": "True"}
