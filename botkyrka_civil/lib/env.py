"""Typed readers of the environment. A wrong value stops the start with a sentence that says what to do."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured


class WrongSetting(SystemExit, ImproperlyConfigured):
    """Both: Django knows what it is, and Python ends with the sentence and no traceback, under gunicorn too."""


def require(*names: str) -> None:
    """All settings of `names` that have no value, in one message: the start stops once, not once for each."""
    if missing := [name for name in names if not text(name, "")]:
        listed = "".join(f"\n  {name}" for name in missing)
        raise WrongSetting(
            f"Inställningar saknas. Sätt dem, eller {missing[0]}_FILE och så vidare. "
            f"Tabellen Inställningar i README säger vad de är.{listed}"
        )


def text(name: str, default: str = "") -> str:
    """The value of `name`, or the content of the file that `<name>_FILE` points at (secrets in containers)."""
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            raise WrongSetting(f"{name}_FILE pekar på {path}, som inte går att läsa: {error}.") from None
    return os.environ.get(name, default).strip()


def email(name: str, default: str) -> str:
    value = text(name, default)
    if value and not re.fullmatch(r"[^@\s]+@[^@\s]+", value):
        raise WrongSetting(f"{name} ska vara en mejladress, till exempel civil@exempel.se.")
    return value


def _converted(name: str, default: str, convert: Callable[[str], Any], expected: str) -> Any:
    value = text(name, default)
    try:
        return convert(value)
    except (ValueError, KeyError):
        raise WrongSetting(f"{name} är {value!r}, men ska vara {expected}.") from None


def flag(name: str, default: bool = False) -> bool:
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False, "": False}
    return _converted(name, "1" if default else "0", lambda v: words[v.lower()], "1 eller 0")


def number(name: str, default: int, least: int = 0) -> int:
    def convert(value: str) -> int:
        if int(value) < least:
            raise ValueError
        return int(value)

    return _converted(name, str(default), convert, f"ett heltal, minst {least}")


def one_of(name: str, default: str, *allowed: str) -> str:
    words = {word: word for word in allowed}
    return _converted(name, default, lambda v: words[v.upper()], " eller ".join(allowed))


def days(name: str, default: int) -> timedelta:
    return timedelta(days=number(name, default, least=1))


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def folder(name: str) -> Path | None:
    value = text(name, "")
    if value and not Path(value).is_dir():
        raise WrongSetting(f"{name} är {value}, men där finns ingen mapp.")
    return Path(value).resolve() if value else None


def database(name: str, default: str, password: str) -> dict[str, Any]:
    """A Django database setting from an address such as postgres://user@host/name or sqlite:///path."""
    try:  # the address itself is never shown: it may hold a password
        config: dict[str, Any] = dict(dj_database_url.parse(text(name, default)))
    except (ValueError, KeyError):
        raise WrongSetting(f"{name} ska vara en adress, till exempel postgres://namn@värd/databas.") from None
    if config["ENGINE"] == "django.db.backends.sqlite3":
        # WAL lets the web processes read while the mail worker writes; IMMEDIATE takes the write lock when
        # a transaction opens, which is what SELECT … FOR UPDATE does on PostgreSQL.
        config["ENGINE"] = "botkyrka_civil.lib.sqlite3"
        try:
            Path(config["NAME"]).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WrongSetting(f"{name}: mappen för databasen går inte att skapa: {error}.") from None
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
        }
    elif config["ENGINE"] == "django.db.backends.postgresql":
        # A connection per request costs more than half of the throughput.
        config |= {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}
        config["OPTIONS"] = {"connect_timeout": 5, **config.get("OPTIONS", {})}  # psycopg's own is two minutes
        config["PASSWORD"] = config.get("PASSWORD") or password
    else:
        raise WrongSetting(f"{name} måste börja med sqlite:// eller postgres://.")
    return config


def mailer(name: str, default: str, *, demo: bool = False) -> dict[str, Any]:
    """An entry of MAILERS from smtp://, smtp+tls:// (STARTTLS) or smtps:// and user:password@host:port."""
    wrong = WrongSetting(f"{name} ska vara smtp://, smtp+tls:// eller smtps:// följt av server och port.")
    try:
        address = urlsplit(text(name, default))
        port = address.port
    except ValueError:
        raise wrong from None
    if address.scheme == "demo" and demo:
        return {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    if address.scheme not in ("smtp", "smtp+tls", "smtps") or not address.hostname:
        raise wrong
    return {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": address.hostname,
            "port": port or {"smtp": 25, "smtp+tls": 587, "smtps": 465}[address.scheme],
            "username": unquote(address.username or ""),
            "password": unquote(address.password or ""),
            "use_tls": address.scheme == "smtp+tls",
            "use_ssl": address.scheme == "smtps",
            "timeout": 20,
        },
    }


@dataclass(frozen=True)
class Seal:
    """What final papers are sealed with: a key in a file (PKCS#12), or nothing."""

    key: str = ""
    password: str = ""
    tsa: str = ""
    trust: str = ""

    @property
    def is_set(self) -> bool:
        """An empty file is no key: docker compose must have a file to hand over, also where nothing is sealed."""
        return bool(self.key and Path(self.key).is_file() and Path(self.key).stat().st_size)


def seal(demo_key: Path | None) -> Seal:
    """SEAL_*. Whether the key opens and its certificate holds is checked by documents/checks.py."""
    found = Seal(
        key=text("SEAL_KEY", ""),
        password=text("SEAL_PASSWORD", ""),
        tsa=text("SEAL_TSA_URL", ""),
        trust=text("SEAL_TRUST", ""),
    )
    for name, path in (("SEAL_KEY", found.key), ("SEAL_TRUST", found.trust)):
        if path and not (Path(path).is_file() and os.access(path, os.R_OK)):
            raise WrongSetting(f"{name} pekar på {path}, som inte går att läsa.")
    if found.tsa and not re.fullmatch(r"https?://[^/\s@]+(/\S*)?", found.tsa):
        raise WrongSetting("SEAL_TSA_URL ska vara hela adressen till tidsstämplingen, med http:// eller https://.")
    if demo_key and not found.key:
        return Seal(key=str(demo_key), password="demo", tsa=found.tsa, trust=found.trust)  # noqa: S106
    return found
