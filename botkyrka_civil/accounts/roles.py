"""Roles as they stand in roles.toml, made into Django's groups."""

import tomllib
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ImproperlyConfigured

from .models import User

DEMO_PASSWORD = "demo-botkyrka"  # noqa: S105  (known to everyone; a start in production with these accounts is refused)


def read() -> dict[str, dict[str, Any]]:
    return tomllib.loads(Path(__file__).with_name("roles.toml").read_text(encoding="utf-8"))


def sync() -> None:
    """Make the groups what the file says. An unknown permission stops with its name."""
    known = {f"{p.content_type.app_label}.{p.codename}": p for p in Permission.objects.select_related("content_type")}
    for role in read().values():
        if unknown := set(role["permissions"]) - known.keys():
            raise ImproperlyConfigured(f"roles.toml nämner behörigheter som inte finns: {', '.join(sorted(unknown))}.")
        group, _ = Group.objects.get_or_create(name=role["title"])
        group.permissions.set([known[name] for name in role["permissions"]])


def staff_titles() -> list[str]:
    """The roles that open the admin."""
    return [role["title"] for role in read().values() if role["staff"]]


def demo_emails() -> list[str]:
    return [role["demo"] for role in read().values()]


def add_demo_accounts() -> None:
    for role in read().values():
        if User.objects.filter(email=role["demo"]).exists():
            continue
        user = User.objects.create_user(
            role["demo"], DEMO_PASSWORD, name=f"Demo {role['title']}", is_staff=role["staff"]
        )
        user.groups.set(Group.objects.filter(name=role["title"]))
