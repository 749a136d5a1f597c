"""The plan as it stands in policy.toml: what disposal follows, the public reads and the system check looks through."""

import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils import timezone

from . import others

FILE = Path(__file__).with_name("policy.toml")
KINDS = ("personal", "free_text", "not_personal")
CONTROLLERS = ("municipality", "platform", "joint")


@dataclass(frozen=True)
class Rule:
    """Something that goes: what, when, the question that finds the rows, and what is done with each."""

    label: str  # the model that the data stands in
    what: str
    when: str
    due: str
    verb: str = "delete"
    after: str = ""  # the setting that says how long; empty when the rows themselves say it
    about: tuple[str, ...] = ()  # only these of the people whom the data is about

    @property
    def key(self) -> str:
        return f"{self.label}:{self.due}"

    @property
    def model(self) -> type[models.Model]:
        return apps.get_model(self.label)

    @property
    def find(self) -> Any:
        """A verb of the model's manager; for tables that are not ours, a function in others.py."""
        return getattr(self.model._default_manager, self.due, None) or getattr(others, self.due, None)

    @property
    def period(self) -> timedelta:
        period: timedelta = getattr(settings, self.after) if self.after else timedelta(0)
        return period

    @property
    def sentence(self) -> str:
        """For the public: Ett utkast raderas 30 dagar efter den senaste ändringen."""
        return f"{self.what} raderas {self.when.format(after=span(self.period))}."

    def rows(self, now: datetime) -> models.QuerySet[Any]:
        """What is to go now. By the clock on the wall, so that a day more is a day more when summer time ends."""
        found: models.QuerySet[Any] = self.find(timezone.localtime(now) - self.period)
        return found

    def coming(self, now: datetime) -> models.QuerySet[Any]:
        """What will go, if nothing happens to it, within the time that the rule allows."""
        return self.find(timezone.localtime(now)).exclude(pk__in=self.rows(now).values("pk"))


@dataclass(frozen=True)
class Register:
    """One model, and what has been decided of it and of each of its fields."""

    label: str
    what: str
    about: tuple[str, ...] = ()
    keep: str = ""
    follows: str = ""
    personal: tuple[str, ...] = ()
    free_text: tuple[str, ...] = ()
    not_personal: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        return self.personal + self.free_text + self.not_personal


@dataclass(frozen=True)
class People:
    """Some of those whom the data is about: what there is, why, on what ground, and who sees it."""

    key: str
    title: str
    controller: str
    collects: str
    why: str
    basis: tuple[str, ...]
    seen_by: str

    @property
    def readers(self) -> str:
        """Who sees it. How long names stand is a setting."""
        return self.seen_by.format(SEAT_NAME_YEARS=settings.SEAT_NAME_YEARS)


@dataclass(frozen=True)
class Basis:
    """A legal ground, in words."""

    title: str
    text: str


@dataclass(frozen=True)
class Promise:
    """A sentence of the page on personal data that says what we ask for or never do, and where it is kept."""

    says: str
    kept_in: dict[str, str] = field(default_factory=dict)  # template: what stands in it
    proof: str = ""  # the test that fails when it is broken


@dataclass(frozen=True)
class Policy:
    decided_on: date
    promises: tuple[Promise, ...]
    basis: dict[str, Basis]
    people: dict[str, People]
    registers: dict[str, Register]

    @property
    def ruled(self) -> list[tuple[Register, Rule]]:
        """Every rule with the register that it is of, in the file's order."""
        return [(register, rule) for register in self.registers.values() for rule in register.rules]

    @property
    def ruled_here(self) -> list[tuple[Register, Rule]]:
        """Without the association's own registers: how many apply to it is not the municipality's to see."""
        theirs = {key for key, people in self.people.items() if people.controller == "platform"}
        return [(register, rule) for register, rule in self.ruled if not register.about or {*register.about} - theirs]

    @property
    def rules(self) -> list[Rule]:
        return [rule for _, rule in self.ruled]

    @property
    def kept(self) -> list[Register]:
        return [register for register in self.registers.values() if register.keep]

    def how_long(self, people: str) -> list[str]:
        """What is told to these people of how long their data stays: each sentence once, in the file's order."""
        sentences: list[str] = []
        for register in self.registers.values():
            if people in register.about:
                sentences += [rule.sentence for rule in register.rules if people in (rule.about or register.about)]
                sentences.append(self._kept_with(register).keep)
        return [sentence for sentence in dict.fromkeys(sentences) if sentence]

    def _kept_with(self, register: Register) -> Register:
        return self._kept_with(self.registers[register.follows]) if register.follows else register


@cache
def read(file: Path = FILE) -> Policy:
    return parse(file.read_text(encoding="utf-8"))


def parse(text: str) -> Policy:
    """Misspelt words in the file stop here: a dataclass takes no others than its own."""
    data = tomllib.loads(text)
    decided_on, basis, people = data.pop("decided_on"), data.pop("basis"), data.pop("people")
    promises = tuple(Promise(**promise) for promise in data.pop("promise"))
    return Policy(
        decided_on=decided_on,
        promises=promises,
        basis={key: Basis(**facts) for key, facts in basis.items()},
        people={key: People(key=key, **_tuples(facts)) for key, facts in people.items()},
        registers={
            f"{app}.{model}": _register(f"{app}.{model}", facts)
            for app, found in data.items()
            for model, facts in found.items()
        },
    )


def _register(label: str, facts: dict[str, Any]) -> Register:
    rules = tuple(Rule(label=label, **_tuples(rule)) for rule in facts.pop("dispose", []))
    return Register(label=label, rules=rules, **_tuples(facts))


def _tuples(facts: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in facts.items()}


def span(period: timedelta) -> str:
    """As one says it: en dag, 30 dagar, ett år, två år."""
    years, rest = divmod(period.days, 365)
    if years and not rest:
        return {1: "ett år", 2: "två år", 3: "tre år"}.get(years, f"{years} år")
    return "en dag" if period.days == 1 else f"{period.days} dagar"
