"""Made-up cases for demo mode, in every state, so that no page and no queue is empty.

They are walked there by the same verbs as real ones, and so have their letters, numbers, forms and history.
"""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.db import transaction
from django.utils import timezone

from botkyrka_civil.accounts import roles
from botkyrka_civil.accounts.models import User
from botkyrka_civil.casework import letters
from botkyrka_civil.casework.models import Actor, Letter, record
from botkyrka_civil.documents import pdf
from botkyrka_civil.documents.uploads import Upload
from botkyrka_civil.lib import swedish
from organisations.models import Organisation, SigningMode

from .. import content
from ..models import Accession, AgreementVersion

NAMESPACE = UUID("7d3b5c1e-2f0a-4f7e-9c55-6f1f0c0de300")


@contextmanager
def days_ago(days: int) -> Iterator[None]:
    """Let the verbs happen `days` ago. They ask timezone.now(), also through the defaults of their fields, and that
    one asks the datetime of its module: a stand-in there reaches them all. For demo data only; one thread.
    """

    class LikeDatetime(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, datetime)

    class Earlier(metaclass=LikeDatetime):
        @staticmethod
        def now(tz: Any) -> datetime:
            return datetime.now(tz) - timedelta(days=days)

    timezone.datetime = Earlier  # type: ignore[assignment,attr-defined]
    try:
        yield
    finally:
        timezone.datetime = datetime  # type: ignore[attr-defined]


def load_demo_cases() -> None:
    """Each case is made when it is missing, whole or not at all. Needs the demo accounts and the source data."""
    officer = User.objects.get(email=roles.read()["utvecklingsledare"]["demo"])
    text = Path(__file__).with_name("demo.toml").read_text(encoding="utf-8")
    for facts in tomllib.loads(text)["case"]:
        story = Story(facts, Actor.of(officer))
        if not Accession.objects.filter(request_key=story.key).exists():
            with transaction.atomic():
                story.tell()


class Story:
    """One case. Each method is a step that demo.toml may name."""

    accession: Accession

    def __init__(self, facts: dict[str, Any], officer: Actor) -> None:
        self.facts, self.officer = facts, officer
        self.key = uuid5(NAMESPACE, facts["name"])

    def tell(self) -> None:
        for step, days in self.facts["steps"]:
            with days_ago(days):
                getattr(self, step)()
                for letter in Letter.objects.waiting().filter(subject_key=self.accession.subject):
                    letters.deliver(letter.pk)

    @cached_property
    def people(self) -> list[dict[str, str]]:
        return [
            {"name": name, "role": role, "email": f"{swedish.slug(name.split()[0])}.{self.mailbox}@example.org"}
            for name, role in self.facts["people"]
        ]

    @property
    def mailbox(self) -> str:
        return f"demo{self.key.hex[:4]}"

    @cached_property
    def organisation(self) -> dict[str, Any]:
        number = self.facts.get("org_nr", "")
        return {
            "name": self.facts["name"],
            "has_org_nr": "yes" if number else "no",
            "org_nr": number,
            "org_nr_missing_reason": self.facts.get("org_nr_missing_reason", ""),
            "legal_form": "ideell_forening",
        }

    @cached_property
    def contact(self) -> dict[str, str]:
        return {
            "area": self.facts["area"],
            "public_email": f"{self.mailbox}@example.org",
            "website": "",
            "description": self.facts["description"],
        }

    @property
    def rule(self) -> dict[str, Any]:
        return content.signing_rule(SigningMode.TWO_JOINTLY, None, len(self.people))

    def content(self) -> dict[str, Any]:
        version = AgreementVersion.objects.get(label=self.facts.get("version", "2018"))
        return content.joining(version, self.organisation | self.contact, self.rule, self.people)

    def paper(self, heading: str, *lines: str) -> Upload:
        data = pdf.render("agreement/demo/paper.html", {"heading": heading, "lines": lines}, identifier=str(self.key))
        return Upload(data, "pahittat.pdf", "application/pdf")

    @property
    def minutes(self) -> Upload:
        signs = " och ".join(person["name"] for person in self.people)
        return self.paper(
            f"Protokoll från årsmötet i {self.facts['name']}", f"§ 7 Föreningens firma tecknas av {signs} tillsammans."
        )

    # The steps, by the name of the verb ------------------------------------------------------------------------

    def begin(self) -> None:
        applicant = self.people[0]
        self.accession = Accession.begin(request_key=self.key, name=applicant["name"], email=applicant["email"])
        self.accession.made_up = True
        self.accession.save(update_fields=["made_up"])
        self.accession.keep(
            organisation=self.organisation,
            contact=self.contact,
            rule={"mode": SigningMode.TWO_JOINTLY, "n": ""},
            signatories=self.people,
        )
        self.accession.attach_evidence(self.minutes)

    def invite(self) -> None:
        self.accession.invite(
            by=self.accession.applicant, content=self.content(), signatories=self.people, organisation=None
        )

    def sign(self) -> None:
        signing = self.accession.open_round
        assert signing
        signature = signing.signatures.waiting()[0]
        signature.sign(typed_name=signature.name, session=uuid4().hex, address="127.0.0.1")
        self.accession.refresh_from_db()

    def expire(self) -> None:
        self.accession.expire()

    def withdraw(self) -> None:
        self.accession.withdraw(by=self.accession.applicant, reason="Vi väntar till efter årsmötet.")

    def register_paper(self) -> None:
        self.accession = Accession.register_paper(
            by=self.officer,
            content=self.content(),
            signatories=self.people,
            scan=self.paper("Anslutningsblankett, skannad", f"{self.facts['name']} ansluter sig."),
            evidence=self.minutes,
            received_on=timezone.now(),
            organisation=Organisation.objects.create(name=self.facts["name"], made_up=True),
            email=self.people[0]["email"],
            request_key=self.key,
        )
        self.accession.made_up = True
        self.accession.save(update_fields=["made_up"])

    def take(self) -> None:
        self.accession.take(by=self.officer)

    def request_completion(self) -> None:
        self.accession.request_completion(
            by=self.officer,
            kind="incomplete",
            text="Sidan två av protokollet saknas. Ladda upp hela protokollet.",
            due=timezone.localdate() + timedelta(days=21),
        )

    def remind(self) -> None:
        completion = self.accession.open_completion
        assert completion
        completion.remind()

    def write_off(self) -> None:
        self.accession.write_off(
            by=self.officer, motivation="Vi bad om hela protokollet och påminde, men fick inget svar i tid."
        )

    def approve(self) -> None:
        joining = self.accession.joining
        assert joining and joining.form
        record(self.accession, "open_file", by=self.officer, label="Öppnade blanketten", file=joining.form.pk)
        self.accession.approve(by=self.officer)

    def reject(self) -> None:
        self.accession.reject(
            by=self.officer,
            motivation="Protokollet visar en annan styrelse än den som har skrivit under. Ansök igen när den nya "
            "styrelsen är vald.",
        )

    def start_leaving(self) -> None:
        leaving = content.leaving(self.accession, self.rule, self.people, "Vi lägger ner verksamheten.")
        self.accession.start_leaving(by=self.accession.applicant, content=leaving, signatories=self.people)

    def end(self) -> None:
        reason = "Föreningen är upplöst."
        _, letter = letters.preview(self.accession, "ended", {"reason": reason})
        self.accession.end(by=self.officer, reason=reason, letter=letter)


__all__ = ["Story", "days_ago", "load_demo_cases"]
