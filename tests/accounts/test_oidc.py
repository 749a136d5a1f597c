"""Signing in with the municipality's own accounts: a real OIDC provider on loopback, and a portal set up for it.

The setting adds an app, so the portal runs in a process of its own, with a copy of the test run's migrated database.
"""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from oidc_provider_mock import User as Person
from oidc_provider_mock import run_server_in_thread

from tests.tools import schema

WALK = """
import sys, urllib.request, urllib.parse, urllib.error
import django
django.setup()
from django.core.management import call_command
from django.test import Client
from django.test.utils import setup_test_environment
setup_test_environment()
call_command("migrate", verbosity=0)
from botkyrka_civil.accounts.models import User
user = User.objects.create_user("anna@kommun.example", "ett-langt-losenord", name="Anna", is_staff=True)

class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None

for person in sys.argv[1:]:
    client = Client()
    page = client.get("/konto/login/").content.decode()
    offered = "/konto/oidc/oidc/login/" in page or "Kommunkonto" in page
    there = client.post("/konto/oidc/oidc/login/").url
    assert "code_challenge" in there, there
    asked = urllib.request.Request(there, urllib.parse.urlencode({"sub": person}).encode())
    try:
        urllib.request.build_opener(Stay).open(asked)
    except urllib.error.HTTPError as answer:
        back = answer.headers["Location"]
        answer.close()
    parts = urllib.parse.urlsplit(back)
    client.get(parts.path + "?" + parts.query)
    signed_in = client.session.get("_auth_user_id") == str(user.pk)
    print(person, offered, signed_in, User.objects.count(), User.objects.get().has_usable_password())
"""


@pytest.fixture(scope="module")
def provider():
    people = [
        Person(sub="anna", claims={"email": "Anna@kommun.example", "email_verified": True}),
        Person(sub="okand", claims={"email": "okand@kommun.example", "email_verified": True}),
    ]
    with run_server_in_thread(user_claims=people) as server:
        yield f"http://localhost:{server.server_port}"


def test_whoever_has_an_account_here_is_let_in_and_nobody_else(provider, tmp_path):
    database = tmp_path / "db.sqlite3"
    if (kept := schema.place("sqlite")).exists():
        with closing(sqlite3.connect(kept)) as source, closing(sqlite3.connect(database)) as own:
            source.backup(own)
    environment = os.environ | {
        "OIDC_URL": provider,
        "OIDC_NAME": "Kommunkonto",
        "OIDC_CLIENT_ID": "portalen",
        "OIDC_CLIENT_SECRET": "hemligt",
        "DEBUG": "1",
        "LOG_LEVEL": "ERROR",
        "DATABASE_URL": f"sqlite:///{database}",
    }
    command = [sys.executable, "-c", WALK, "okand", "anna", "okand"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    offered, users, password_kept = "True", "1", "True"
    assert [line.split() for line in run.stdout.splitlines()] == [
        ["okand", offered, "False", users, password_kept],
        ["anna", offered, "True", users, password_kept],
        ["okand", offered, "False", users, password_kept],
    ]
