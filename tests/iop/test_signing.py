"""The agreement signed by both sides: each by a link and in a session of their own; stored as PDF; and the letters."""

import hashlib
import re
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings
from django.db import transaction
from django.test import Client

from botkyrka_civil.casework.models import Actor, Event
from botkyrka_civil.casework.signing import canonical
from botkyrka_civil.documents import pdf
from iop import balance
from iop.models import Partnership
from iop.pdf import signed_agreement
from tests.factories import iop as make
from tests.factories.council import make_organisation_joined
from tests.iop.pages import party_url, text
from tests.iop.pages import signing_url as url
from tests.tools import quick_pdf, vera
from tests.tools.papers import HOSTILE, opened, text_of, walk
from tests.tools.threads import same
from tests.tools.web import queries, shut

# WeasyPrint 70 leaves the closing of its colour profile to Python.
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:.*sRGB2014:pytest.PytestUnraisableExceptionWarning"),
]

NOW = datetime(2026, 11, 22, 10, tzinfo=ZoneInfo("Europe/Stockholm"))
PERIOD = {"first_day": date(2027, 1, 1), "last_day": date(2029, 12, 31)}


@pytest.fixture(autouse=True)
def sunday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(scope="module")
def planted(module_rows):
    """A partnership whose agreement is out to be signed, by Anna for the organisation and by Mona for the unit."""
    with time_machine.travel(NOW, tick=False):
        officer = make.make_officer()
        organisation = make_organisation_joined("Trädgården")
        terms = {"organisation": organisation, "title": "Språkcaféet", **PERIOD}
        partnership = make.make_partnership("decision", officer=officer, **terms)
        civil, unit = partnership.proposer, partnership.parties.municipal().get()
        unit.unit.name = "Kulturförvaltningen"
        unit.unit.save()
        civil.signatories.update(name="Anna Ek", role="Ordförande", email="anna@exempel.se")
        unit.signatories.update(name="Mona Berg", role="Förvaltningschef", email="mona@kommun.example")
        civil.email, unit.email = "kim@exempel.se", "kommun@kommun.example"
        civil.save()
        unit.save()
        make.decide(partnership, by=Actor.of(officer))
        return partnership


@pytest.fixture
def out(planted):
    return same(planted)


@pytest.fixture
def by(out):
    return Actor.of(out.assigned_to)


def signatures(partnership):
    return list(partnership.open_agreement.signatures.all())


def sign(signature, client=None, **data):
    return (client or Client()).post(url(signature), {"typed_name": signature.name, "confirmed": "on"} | data)


def test_the_page_shows_the_whole_agreement(out):
    content = out.open_agreement.content
    shown = text(Client().get(url(signatures(out)[0])))
    expected = {
        "Skriv under för Trädgården", "Hej Anna Ek!", "som ordförande", "13 december 2026", "Nämnden, § 7",
        "1 januari 2027 till och med 31 december 2029", "Kulturförvaltningen, Botkyrka kommun", "Uppsägning",
        "Trädgården: Ja.", out.open_agreement.content_sha256,
        balance.of(content["contributions"]).sentence.replace("\xa0", " "),
        *(content[name] for name in ("purpose", "target_group", "shared_need")),
        *(criterion["question"] for criterion in content["criteria"]),
    }  # fmt: skip
    assert not [words for words in expected if words not in shown]
    secrets = ("anna@exempel.se", "Mona Berg", "mona@kommun.example", "kim@exempel.se")
    assert not [secret for secret in secrets if secret in shown]


def test_each_side_signs_in_a_browser_of_its_own_and_the_last_one_makes_it_an_agreement(out):
    (anna, mona), client = signatures(out), Client()
    assert sign(anna, client).status_code == 302
    shown = text(client.get(url(anna)))
    assert "Tack, du har skrivit under" in shown and "1 av 2 har skrivit under." in shown
    assert "Har någon annan redan skrivit under i den här webbläsaren?" in text(client.get(url(mona)))
    assert "I den här webbläsaren har någon annan redan skrivit under." in text(sign(mona, client))
    assert client.post(url(mona, "switch_person")).url == url(mona)
    assert "Din underskrift" in text(client.get(url(mona)))
    assert sign(mona, client).status_code == 302
    assert "Alla har skrivit under, och avtalet är klart." in text(Client().get(url(mona)))
    out.refresh_from_db()
    assert out.state == "signed" and out.agreement.version == 1


def test_a_signature_that_is_not_complete(out):
    for data, sentence in (
        ({"typed_name": "Mona Berg"}, "Skriv ditt namn så som det står i avtalet: Anna Ek."),
        ({"confirmed": ""}, "Kryssa i rutan om det stämmer."),
        ({"typed_name": ""}, "Skriv ditt namn –"),
    ):
        response = sign(signatures(out)[0], **data)
        assert response.status_code == 422 and sentence in text(response), data
    assert not out.open_agreement.signatures.given().exists()


def test_declining(out):
    anna = signatures(out)[0]
    statuses = [
        Client().post(url(anna, "decline_signature"), {"reason": why}).status_code for why in ("", "Fel belopp.")
    ]
    assert statuses == [422, 302]
    shown = text(Client().get(url(anna)))
    assert "Du har avböjt att skriva under" in shown and "Fel belopp." in shown
    assert "Du har redan avböjt." in text(sign(anna))


OUTCOMES = {
    "reopen": "Avtalet har stoppats.",
    "cancel": "Avtalet har stoppats.",
    "terminate": "Ärendet är avbrutet.",
    "expire": "Tiden för att skriva under har gått ut. Prata med kontaktpersonen för Trädgården.",
}


@pytest.mark.parametrize("verb", OUTCOMES)
def test_what_is_closed_can_not_be_signed(out, by, verb):
    anna = signatures(out)[0]
    if verb == "reopen":
        sign(anna)
        out.reopen(by=by, reason="Fel belopp.")
        assert "din underskrift gäller inte längre" in text(Client().get(url(anna)))
        anna = out.agreements.get().signatures.last()
    elif verb == "cancel":
        out.cancel(by=by, reason="Vi väntar.")
    elif verb == "expire":
        with time_machine.travel(NOW + settings.SIGNING_PERIOD + timedelta(days=1), tick=False):
            out.expire_signing()
    else:  # a second version
        make.sign_all(out)
        with time_machine.travel(datetime(2027, 2, 1, 10, tzinfo=NOW.tzinfo), tick=False):
            out.start()
            out.renegotiate(by=by, reason="Mera.")
            make.decide(out, by=by)
            anna = signatures(out)[0]
            out.terminate(by=by, on=date(2027, 2, 1), reason="Slut.")
    shown = text(Client().get(url(anna)))
    assert "Det går inte att skriva under här längre" in shown and OUTCOMES[verb] in shown
    assert "omgången är stängd" in text(sign(anna))


def test_more_signatories_ask_no_more_questions(out, by):
    before = queries(Client(), url(signatures(out)[0]))
    out.reopen(by=by, reason="Fler.")
    for party in out.parties.all():
        people = [{"name": f"Person {n}", "role": "Ledamot", "email": f"p{n}-{party.pk}@exempel.se"} for n in range(4)]
        party.name_signatories(by=party.actor, base=party.revision, people=people)
    out.submit(by=by)
    make.decide(out, by=by)
    assert queries(Client(), url(signatures(out)[0])) == before


def flat(data):
    return " ".join(text_of(data).replace("\xa0", " ").split())


def bytes_of(file):
    with file.stored.open() as stored:
        return stored.read()


@pytest.fixture(scope="module")
def real(planted):
    """The partnership as it was when all had signed, its agreement, and what real agreements look like as files.

    "agreement" is made twice, "hostile" has everything that people may type at its worst.
    """
    with time_machine.travel(NOW, tick=False), pytest.MonkeyPatch.context() as patch, transaction.atomic():
        for name, function in quick_pdf.REAL.items():
            patch.setattr(pdf, name, function)
        partnership = same(planted)
        make.sign_all(partnership)
        agreement = partnership.agreement
        papers = {
            "agreement": bytes_of(agreement.pdf),
            "again": bytes_of(signed_agreement(partnership, agreement)),
            "hostile": hostile(partnership.assigned_to),
        }
        assert agreement.registry_entry
        transaction.set_rollback(True)
    return partnership, agreement, papers


def hostile(officer):
    texts = dict(zip(("title", "purpose", "target_group", "shared_need"), HOSTILE[1:5], strict=True))
    organisation = make_organisation_joined(HOSTILE[0])
    terms = {"organisation": organisation, "area": HOSTILE[0], **texts, **PERIOD}
    partnership = make.make_partnership("decision", officer=officer, **terms)
    party = partnership.proposer
    party.signatories.update(name=HOSTILE[3], role=HOSTILE[0])
    party.answers.filter(criterion="shared_need").update(met="no", motivation=HOSTILE[5])
    party.contributions.update(note=HOSTILE[0])
    Partnership.objects.filter(pk=partnership.pk).update(terms="\n".join(HOSTILE))
    make.decide(partnership, by=Actor.of(officer))
    make.sign_all(partnership)
    return bytes_of(partnership.agreement.pdf)


def long(officer):
    """Twenty years, ten parties."""
    period = {"first_day": PERIOD["first_day"], "last_day": date(2046, 12, 31)}
    partnership = make.make_partnership("drafting", officer=officer, **period, shared_need="Behovet är stort. " * 400)
    by = Actor.of(officer)
    make.complete(partnership, by=by)
    for n in range(8):
        organisation = make_organisation_joined(f"Föreningen nummer {n} för integration och delaktighet")
        email = f"k{n}@exempel.se"
        party = partnership.add_party(by=by, organisation=organisation, contact_name="Kim", email=email)
        make.answer_all(party)
        party.replace_contributions(
            [make.row(y, "premises", None, None, "Lokal varje vecka") for y in range(2027, 2047)]
        )
        party.signatories.create(name=f"Person {n}", role="Ordförande", email=email)
    partnership.submit(by=by)
    make.decide(partnership, by=by)
    make.sign_all(partnership)
    return bytes_of(partnership.agreement.pdf)


@pytest.mark.pdf
@pytest.mark.usefixtures("real_pdfs")
def test_agreements_pass_both_standards(real):
    partnership, _, papers = real
    vera.assert_pdf(papers["agreement"], papers["hostile"], long(partnership.assigned_to))


def test_the_stored_agreement(real):
    partnership, agreement, papers = real
    data, sha256 = papers["agreement"], agreement.content_sha256
    assert papers["again"] == data, "the same agreement gives the same bytes"
    with opened(data) as file:
        [attached] = file.Root.AF
        assert (attached.AFRelationship, attached.UF) == ("/Data", "iop-avtal.json")
        embedded = attached.EF.F.read_bytes()
    assert embedded == canonical(agreement.content) and hashlib.sha256(embedded).hexdigest() == sha256
    shown = flat(data)
    entry = agreement.registry_entry
    for words in (
        "Språkcaféet", "Avtal om idéburet offentligt partnerskap, version 1", "Trädgården: Ja.", sha256,
        f"Diarienummer {entry}", f"Ärende {partnership.number}", "Civilsamhället Trädgården",
        "Avtalet gäller från och med 1 januari 2027 till och med 31 december 2029.",
        "Kommunens beslut Nämnden, § 7, 22 november 2026",
        "Kommunen Kulturförvaltningen, Botkyrka kommun Organisationsnummer 212000-2882",
        "2027 Arbetstid 200 timmar", "2028 Pengar 100 000 kr", "Summa 300 000 kr", "Kommunen bidrar med 300 000 kr.",
        "Hela tiden 300 000 kr och 200 timmar", "Gemensam styrning Parterna styr partnerskapet tillsammans",
        "Anna Ek Anna Ek Ordförande Trädgården 22 november 2026 kl. 10.00.00 Enkel elektronisk underskrift",
        "Mona Berg Mona Berg Förvaltningschef Kulturförvaltningen",
        f"{entry} · Avtal, version 1 · sha256 {sha256[:16]} Sida 1 av",
    ):  # fmt: skip
        assert words in shown, words
    assert "exempel.se" not in shown and "kommun.example" not in shown
    assert agreement.pdf.name == "iop-avtal-ok-2026-0002.pdf"


def test_the_pictures_in_the_file_have_a_text(real):
    with opened(real[2]["agreement"]) as file:
        nodes = list(walk(file.Root.StructTreeRoot))
        texts = [str(node.Alt) for node in nodes if "/Alt" in node]
        kinds = [str(node.get("/S", "")) for node in nodes]
    headings = [int(kind[2:]) for kind in kinds if re.fullmatch("/H[1-6]", kind)]
    assert any(alt.startswith("Staplat diagram, Kronor per år: 2027 100") for alt in texts)
    assert any(alt.startswith("Staplat diagram, Timmar per år: 2027 200") for alt in texts)
    assert headings[0] == 1 and all(b <= a + 1 for a, b in pairwise(headings))


def test_hostile_text_is_shown_as_text(real):
    shown = flat(real[2]["hostile"])
    assert "<b>Fet</b><script>alert(1)</script>" in shown and "{{ settings.SECRET_KEY }}" in shown
    assert settings.SECRET_KEY not in shown and "□" not in shown


def test_the_parties_read_the_stored_file_and_it_is_logged(out):
    make.sign_all(out)
    response = Client().get(party_url(out.proposer, "party_agreement"))
    assert response.status_code == 200 and response["Content-Disposition"].startswith("inline")
    assert response["Cache-Control"].startswith("private, no-store")
    shut(response)
    event = Event.objects.of(out).last()
    assert event.verb == "open_file" and event.actor == out.proposer.actor.name
