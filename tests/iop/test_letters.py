"""The letters about a partnership, word for word: letters.txt has each as it goes out by the verb that sends it."""

from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings
from django.db import transaction
from django.template import engines

from botkyrka_civil.casework.letters import preview
from botkyrka_civil.casework.models import Actor, Letter
from organisations.models import MunicipalUnit, Organisation
from tests import factories
from tests.factories import iop as make
from tests.factories.council import make_organisation_joined
from tests.iop.pages import case_url
from tests.tools.letters import FINNISH, PRIVACY, says

NOW = datetime(2026, 11, 22, 10, tzinfo=ZoneInfo("Europe/Stockholm"))
WORDS = Path(__file__).with_name("letters.txt").read_text()


@pytest.fixture(scope="module")
def sent(module_rows):
    """Every letter by its heading in letters.txt: those of a whole life, and those of what ends it on the way."""
    undone: list[Letter] = []

    @contextmanager
    def instead():
        with transaction.atomic():
            before = set(Letter.objects.values_list("pk", flat=True))
            yield
            undone.extend(Letter.objects.exclude(pk__in=before).order_by("pk"))
            transaction.set_rollback(True)

    def travel(*day: int):
        at.move_to(datetime(*day, 10, tzinfo=NOW.tzinfo))

    with time_machine.travel(NOW, tick=False) as at, pytest.MonkeyPatch.context() as patch:
        # a variable that a letter's template does not know shows itself
        patch.setattr(engines["django"].engine, "string_if_invalid", "¤%s¤")
        by = Actor.of(factories.make_user("iop", name="Ida Handläggare", email="ida@kommun.example"))
        case = make.make_draft(make_organisation_joined("Trädgården"), email="kim@exempel.se")
        Organisation.objects.update(public_email="info@tradgarden.example")
        case.proposer.write("new_link")
        terms = make.proposal(title="Språkcaféet", first_day=date(2027, 1, 1), last_day=date(2029, 12, 31))
        case.propose(by=case.proposer.actor, facts=terms, contributions=[make.row(2027)])
        case.proposer.write("new_link")
        read_first = [preview(case, kind, {"motivation": "Det finns redan."})[1] for kind in ("dialogue", "declined")]
        with instead():
            case.decline(by=by, decided_on=NOW.date(), decided_where="Nämnden", motivation="Det finns redan.")
            paper = factories.upload("beslut.pdf")
            case.translate(by=by, language="fi", scan=paper, translated_on=NOW.date())
        with instead():
            case.cancel(by=case.proposer.actor, reason="Vi hinner inte.")
        case.refresh_from_db()
        case.open_dialogue(by=by)
        unit = MunicipalUnit.objects.create(name="Kulturförvaltningen")
        mona = case.add_party(by=by, unit=unit, contact_name="Mona Kommun", email="mona@kommun.example")
        case.draft_agreement(by=by)
        for party, name, role in ((case.proposer, "Anna Ek", "Ordförande"), (mona, "Mona Berg", "Förvaltningschef")):
            make.answer_all(party)
            people = [{"name": name, "role": role, "email": f"{name.split()[0].lower()}@exempel.se"}]
            party.name_signatories(by=party.actor, base=party.revision, people=people)
        mona.contribute(by=mona.actor, base=mona.revision, rows=[make.row(2027)])
        type(case).objects.update(procurement_note="Ingen marknad.")
        case.refresh_from_db()
        case.submit(by=by)
        make.decide(case, by=by)
        case.open_agreement.remind()
        anna = case.open_agreement.signatures.first()
        with instead():
            anna.sign(typed_name=anna.name, session="en", address="127.0.0.1")
            case.reopen(by=by, reason="Ett belopp var fel.")
        case.refresh_from_db()
        anna.refresh_from_db()
        with instead():
            anna.decline(reason="Vi vill ha längre tid.")
        with instead(), time_machine.travel(NOW + settings.SIGNING_PERIOD + timedelta(days=1), tick=False):
            case.expire_signing()
        case.refresh_from_db()
        make.sign_all(case)
        travel(2027, 12, 1)
        case.start()
        with instead():
            case.terminate(by=by, on=date(2027, 12, 31), reason="Lokalen försvann.")
        case.refresh_from_db()
        case.begin_follow_up()
        case.open_follow_up.remind()
        make.finish(case)
        case.renegotiate(by=by, reason="Fler vill vara med.")
        case.abandon(by=by, reason="Pengarna räckte inte.")
        case.renegotiate(by=by, reason="Mera.")
        make.decide(case, by=by)
        make.sign_all(case)
        assert case.agreement.version == 2
        travel(2030, 1, 1)
        case.end()
        case.open_follow_up.remind()
        make.finish(case)
    found: dict[str, str] = {}
    for letter in [*Letter.objects.order_by("pk"), *undone]:
        heading = f"{letter.kind}, {letter.to}"
        while heading in found:
            heading += " again"
        facts = (letter.link_purpose, letter.attachment_name)
        found[heading] = "\n\n".join([*filter(None, facts), letter.subject, letter.body])
    return found, read_first, case_url(case)


def test_every_letter_word_for_word(sent):
    found, _, case = sent
    wrong = []
    for block in WORDS.strip().split("\n\n"):
        heading, _, words = block.partition("\n")
        words = (
            words.replace("{privacy}", PRIVACY)
            .replace("{finnish}", FINNISH)
            .replace("{case}", f"http://127.0.0.1:8000{case}")
        )
        expected = says(*words.replace("\n  ", "\t").split("\n")).replace("\t", "\n")
        if found.get(heading) != expected:
            wrong.append(f"{heading}\n{found.get(heading)}")
    assert not wrong, "\n\n".join(wrong)


def test_no_letter_is_forgotten(sent):
    templates = (settings.BASE_DIR / "templates/iop/letters").glob("*.txt")
    kinds = {line.partition(",")[0] for line in WORDS.splitlines()}
    assert {template.stem for template in templates} <= kinds


def test_what_staff_read_first_is_what_is_sent(sent):
    found, read_first, _ = sent
    for kind, shown in zip(("dialogue", "declined"), read_first, strict=True):
        assert found[f"{kind}, kim@exempel.se"].endswith(shown), kind
