"""Rows for tests, made through the real verbs. Names and numbers are made up."""

from datetime import timedelta
from functools import cache
from io import BytesIO
from itertools import count
from uuid import uuid4

import pikepdf
import time_machine
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import Group
from django.utils import timezone
from PIL import Image

from agreement import content
from agreement.models import Accession, AgreementVersion, Signature
from botkyrka_civil.accounts import roles
from botkyrka_civil.accounts.models import User
from botkyrka_civil.casework.models import Actor, record
from botkyrka_civil.documents.uploads import Upload
from organisations.models import Organisation, SigningMode

_numbers = count(1)
PEOPLE = [
    {"name": "Anna Ek", "role": "Ordförande", "email": "anna.ek@exempel.se"},
    {"name": "Bo Ås", "role": "Kassör", "email": "bo.as@exempel.se"},
    {"name": "Cilla Öst", "role": "Sekreterare", "email": "cilla.ost@exempel.se"},
]


def make_user(role: str = "utvecklingsledare", *, email: str = "", name: str = "", second_factor: bool = True) -> User:
    """Somebody with a role from roles.toml, or with none (role=""). Staff have the second factor that they need."""
    n = next(_numbers)
    facts = roles.read().get(role)
    user = User.objects.create_user(
        email or f"{role or 'ingen'}{n}@kommun.example",
        "ett-langt-losenord",
        name=name or f"Tjänsteperson {n}",
        is_staff=bool(facts and facts["staff"]),
    )
    if facts:
        if not Group.objects.filter(name=facts["title"]).exists():  # emptied with the database by an earlier test
            roles.sync()
        user.groups.set(Group.objects.filter(name=facts["title"]))
    return with_second_factor(user) if user.is_staff and second_factor else user


def with_second_factor(user: User) -> User:
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})
    return user


def make_version(label: str = "2018", *, in_force: bool = True, **fields: object) -> AgreementVersion:
    version = AgreementVersion.objects.filter(label=label).first()
    if version:
        return version
    version = AgreementVersion.objects.create(
        label=label,
        title="Överenskommelsen",
        adopted_text=f"april {label}",
        body="Överenskommelsen är en gemensam utgångspunkt för samarbetet mellan parterna.",
        values_intro="Vår gemensamma överenskommelse tar sin utgångspunkt i följande principer:",
        joining="Undertecknandet innebär att organisationen ansluter sig till överenskommelsen i sin helhet.",
        **fields,
    )
    version.principles.create(order=1, slug="dialog", heading="Dialog", text="Genom dialog möts vi på lika villkor.")
    if in_force:
        version.adopt(by=Actor("Testaren"))
        version.put_in_force(by=Actor("Testaren"))
    return version


@cache
def pdf_bytes(pages: int = 1) -> bytes:
    pdf = pikepdf.new()
    for _ in range(pages):
        pdf.add_blank_page()
    out = BytesIO()
    pdf.save(out, deterministic_id=True)
    return out.getvalue()


def picture(kind: str, size: tuple[int, int] = (40, 30), **options: object) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "#123f45").save(out, kind, **options)
    return out.getvalue()


def upload(name: str = "protokoll.pdf") -> Upload:
    return Upload(pdf_bytes(), name, "application/pdf")


def org_nr(n: int | None = None) -> str:
    """A valid organisationsnummer of an ideell förening, made up."""
    n = next(_numbers) if n is None else n
    for last in range(10):
        digits = f"8029{n % 100000:05d}{last}"
        doubled = (int(c) * (2 if i % 2 == 0 else 1) for i, c in enumerate(digits))
        if sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0:
            return f"{digits[:6]}-{digits[6:]}"
    raise AssertionError


def facts(name: str = "", **fields: object) -> dict[str, object]:
    n = next(_numbers)
    # Names that share no pairs of letters worth mentioning, so that no duplicate is suspected.
    return {
        "name": name or f"Förening{n} {uuid4().hex[:12]}",
        "has_org_nr": "yes",
        "org_nr": org_nr(n),
        "legal_form": "ideell_forening",
        "area": "Hallunda",
        "public_email": f"info{n}@exempel.se",
        "website": "https://exempel.se",
        "description": "Vi ordnar läxhjälp.",
    } | fields


def make_draft(*, people: int = 2, mode: str = SigningMode.TWO_JOINTLY, **fields: object) -> Accession:
    """A complete draft, ready to be sent to the signatories."""
    make_version()
    organisation = facts(**fields)
    accession = Accession.begin(request_key=uuid4(), name="Sara Sökande", email=f"sara{next(_numbers)}@exempel.se")
    contact = {key: organisation[key] for key in ("area", "public_email", "website", "description")}
    accession.keep(
        organisation={key: value for key, value in organisation.items() if key not in contact},
        contact=contact,
        rule={"mode": mode, "n": str(people) if mode == SigningMode.N_JOINTLY else ""},
        signatories=PEOPLE[:people],
    )
    accession.attach_evidence(upload())
    return accession


def invite(accession: Accession) -> Accession:
    from agreement.steps import Application

    application = Application(accession)
    assert application.complete, {key: form.errors for key, form in application.forms.items()}
    accession.invite(
        by=accession.applicant,
        content=application.content(),
        signatories=application.signatories,
        organisation=application.organisation,
    )
    return accession


def sign_all(accession: Accession) -> Accession:
    signing = accession.open_round
    assert signing
    for signature in Signature.objects.filter(round=signing)[: signing.required]:
        signature.sign(typed_name=signature.name, session=uuid4().hex, address="127.0.0.1")
    accession.refresh_from_db()
    return accession


def see_form(accession: Accession, user: User) -> None:
    joining = accession.joining
    assert joining and joining.form
    record(accession, "open_file", by=Actor.of(user), label="Öppnade blanketten", file=joining.form.pk)


def make_accession(state: str = "draft", *, officer: User | None = None, **fields: object) -> Accession:
    """An accession in `state`, brought there by the verbs that lead there."""
    accession = make_draft(**fields)
    if state == "draft":
        return accession
    if state == "withdrawn":
        accession.withdraw(by=accession.applicant)
        return accession
    invite(accession)
    if state == "awaiting_signatures":
        return accession
    if state == "expired":
        with time_machine.travel(timezone.now() + settings.SIGNING_PERIOD + timedelta(days=1), tick=False):
            accession.expire()
        return accession
    sign_all(accession)
    if state == "submitted":
        return accession
    officer = officer or make_user()
    by = Actor.of(officer)
    accession.take(by=by)
    if state == "under_review":
        return accession
    if state in ("completion_requested", "written_off"):
        due = timezone.localdate() + timedelta(days=10)
        accession.request_completion(by=by, kind="incomplete", text="Sidan två av protokollet saknas.", due=due)
        if state == "written_off":
            accession.open_completion.remind()
            with time_machine.travel(timezone.now() + timedelta(days=12), tick=False):
                accession.write_off(by=by, motivation="Vi har inte fått något svar.")
        return accession
    if state == "rejected":
        accession.reject(by=by, motivation="Underlaget visar en annan styrelse.")
        return accession
    see_form(accession, officer)
    accession.approve(by=by)
    if state == "joined":
        return accession
    if state == "reaffirmation_requested":
        version = AgreementVersion.objects.filter(label="2030").first() or make_version("2030", in_force=False)
        accession.request_reaffirmation(by=by, version=version)
    elif state == "left":
        people = list(accession.joining.signatures.values("name", "role", "email"))
        rule = content.signing_rule(accession.joining.mode, accession.joining.required, len(people))
        leaving = content.leaving(accession, rule, people)
        accession.start_leaving(by=accession.applicant, content=leaving, signatories=people)
        sign_all(accession)
    elif state == "ended":
        accession.end(by=by, reason="Föreningen är upplöst.")
    else:
        raise ValueError(state)
    return accession


def make_organisation(name: str, **fields: object) -> Organisation:
    return Organisation.objects.create(name=name, **fields)


def make_known_organisation(name: str, **fields: object) -> Organisation:
    """An organisation that once stood on the list, and so may be asked about by name."""
    organisation = make_organisation(name, **fields)
    day = timezone.localdate() - timedelta(days=400)
    organisation.accessions.create(state="ended", method="source", known_from=day, ended_on=day + timedelta(days=30))
    return organisation
