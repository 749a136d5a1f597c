"""Versions, paper and leaving for tests of accessions, and the addresses of their pages."""

from uuid import uuid4

from django.urls import reverse
from django.utils import timezone

from agreement import content
from agreement.models import AgreementVersion
from agreement.models.accession import APPLICATION_LINK
from agreement.models.signing import SIGN_LINK
from agreement.steps import Application
from botkyrka_civil.casework.models import SYSTEM, Actor, Letter
from botkyrka_civil.lib import tokens
from tests import factories

BY = Actor("Testaren")


def url_of(accession, name="application", *args):
    return reverse(f"agreement:{name}", args=[tokens.make(APPLICATION_LINK, accession.key), *args])


def sign_url(signature, name="sign"):
    return reverse(f"agreement:{name}", args=[tokens.make(SIGN_LINK, signature.key)])


def letters(accession, kind):
    return Letter.objects.filter(subject_key=accession.subject, kind=kind)


def new_version(label="2030", **fields) -> AgreementVersion:
    """A version that was put in force just now."""
    version = factories.make_version(label, in_force=False)
    for name, value in fields.items():
        setattr(version, name, value)
    version.save()
    version.adopt(by=SYSTEM)
    version.put_in_force(by=SYSTEM)
    return version


def start_leaving(accession, people=factories.PEOPLE[:2], mode="two_jointly"):
    leaving = content.leaving(accession, content.signing_rule(mode, None, len(people)), people)
    accession.start_leaving(by=accession.applicant, content=leaving, signatories=people)


def on_paper(by=BY, name="", **changes) -> dict[str, object]:
    """What Accession.register_paper is given."""
    rule, people = content.signing_rule("two_jointly", None, 2), factories.PEOPLE[:2]
    return {
        "by": by,
        "content": content.joining(factories.make_version(), factories.facts(name), rule, people),
        "signatories": people,
        "scan": factories.upload("skannad.pdf"),
        "evidence": None,
        "received_on": timezone.now(),
        "organisation": None,
        "email": "",
        "request_key": uuid4(),
    } | changes


def approve(accession, officer):
    """Taken, read and approved by the officer."""
    by = Actor.of(officer)
    accession.take(by=by)
    factories.see_form(accession, officer)
    accession.approve(by=by)


def answer_with(accession, **steps):
    """Answers the request for completion with changed facts."""
    accession.keep(**steps)
    application = Application(accession)
    assert application.complete, {key: form.errors for key, form in application.forms.items()}
    given = {"content": application.content(), "signatories": application.signatories}
    accession.answer(by=accession.applicant, text="Rättat.", **given)
