"""The agreement signed by both sides: each by a link and in a session of their own; stored as PDF; and the letters."""

import hashlib
import re
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings
from django.db import connection, transaction
from django.template import engines
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from botkyrka_civil.casework.models import Actor, Event, Letter
from botkyrka_civil.casework.signing import canonical
from botkyrka_civil.documents import pdf
from botkyrka_civil.lib import tokens
from iop import balance
from iop.models import Partnership
from iop.pdf import signed_agreement
from tests.factories import iop as make
from tests.factories.council import make_organisation_joined
from tests.iop.pages import signing_url as url
from tests.iop.pages import text
from tests.tools import quick_pdf, vera
from tests.tools.letters import PRIVACY, SIGNED, says
from tests.tools.papers import HOSTILE, opened, text_of, walk
from tests.tools.threads import same
from tests.tools.web import shut
from tests.tools.writes import heard

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


@pytest.fixture
def strict(monkeypatch):
    """A variable that a letter's template does not know shows itself."""
    monkeypatch.setattr(engines["django"].engine, "string_if_invalid", "¤%s¤")


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
def officer(out):
    return out.assigned_to


@pytest.fixture
def by(officer):
    return Actor.of(officer)


def signatures(partnership):
    return list(partnership.open_agreement.signatures.all())


def sign(signature, client=None, **data):
    return (client or Client()).post(url(signature), {"typed_name": signature.name, "confirmed": "on"} | data)


# Signing -------------------------------------------------------------------------------------------------------------


def test_the_page_shows_the_whole_agreement(out):
    anna, _ = signatures(out)
    response = Client().get(url(anna))
    shown, content = text(response), out.open_agreement.content
    for words in (
        "Skriv under för Trädgården",
        "Hej Anna Ek!",
        "som ordförande",
        "13 december 2026",
        "Nämnden, § 7",
        "1 januari 2027 till och med 31 december 2029",
        "Kulturförvaltningen, Botkyrka kommun",
        "Uppsägning",
        content["purpose"],
        content["target_group"],
        content["shared_need"],
        out.open_agreement.content_sha256,
        balance.of(content["contributions"]).sentence.replace("\xa0", " "),
        "Trädgården: Ja.",
    ):
        assert words in shown, words
    assert all(criterion["question"] in shown for criterion in content["criteria"])
    for secret in ("anna@exempel.se", "Mona Berg", "mona@kommun.example", "kim@exempel.se"):
        assert secret not in shown
    assert b"noindex" in response.content


def test_each_side_signs_and_the_last_one_makes_it_an_agreement(out):
    anna, mona = signatures(out)
    client = Client()
    assert sign(anna, client).status_code == 302
    shown = text(client.get(url(anna)))
    assert "Tack, du har skrivit under" in shown and "1 av 2 har skrivit under." in shown
    assert sign(mona).status_code == 302
    assert "Alla har skrivit under, och avtalet är klart." in text(Client().get(url(mona)))
    out.refresh_from_db()
    assert out.state == "signed" and out.agreement.version == 1


def test_opening_the_link_writes_nothing(out):
    with heard() as written:
        for signature in signatures(out):
            Client().head(url(signature))
            for name in ("sign", "decline_signature", "switch_person"):
                Client().get(url(signature, name))
    assert not written


def test_a_signature_that_is_not_complete(out):
    for data, sentence in (
        ({"typed_name": "Anna"}, "Skriv ditt namn så som det står i avtalet: Anna Ek."),
        ({"confirmed": ""}, "Kryssa i rutan om det stämmer."),
        ({"typed_name": ""}, "Skriv ditt namn –"),
    ):
        response = sign(signatures(out)[0], **data)
        assert response.status_code == 422 and sentence in text(response), data
    assert not out.open_agreement.signatures.given().exists()


def test_two_in_the_same_browser(out):
    anna, mona = signatures(out)
    client = Client()
    sign(anna, client)
    assert "Har någon annan redan skrivit under i den här webbläsaren?" in text(client.get(url(mona)))
    assert "I den här webbläsaren har någon annan redan skrivit under." in text(sign(mona, client))
    assert client.post(url(mona, "switch_person")).url == url(mona)
    assert "Din underskrift" in text(client.get(url(mona)))


def test_declining(out):
    anna = signatures(out)[0]
    assert Client().post(url(anna, "decline_signature"), {"reason": ""}).status_code == 422
    assert Client().post(url(anna, "decline_signature"), {"reason": "Fel belopp."}).status_code == 302
    shown = text(Client().get(url(anna)))
    assert "Du har avböjt att skriva under" in shown and "Fel belopp." in shown
    assert "Du har redan avböjt." in text(sign(anna))


def test_each_link_is_its_own(out):
    """Anna's link does not sign for Mona, a party's does not sign, and a signatory's opens no page of a party."""
    anna, mona = signatures(out)
    sign(anna, typed_name="Mona Berg")
    assert not out.open_agreement.signatures.given().exists()
    party = tokens.make("iop:party", out.proposer.key)
    for name in ("sign", "decline_signature", "switch_person"):
        assert Client().post(reverse(f"iop:{name}", args=[party])).status_code == 404
    token = tokens.make("iop:sign", anna.key)
    for name in ("party_criteria", "party_agreement", "party_follow_up", "party_approve"):
        assert Client().get(reverse(f"iop:{name}", args=[token])).status_code == 404


OUTCOMES = {
    "reopen": "Avtalet har stoppats.",
    "cancel": "Avtalet har stoppats.",
    "terminate": "Ärendet är avbrutet.",
    "expire": "Tiden för att skriva under har gått ut. Prata med kontaktpersonen för Trädgården.",
}


@pytest.mark.parametrize("verb", OUTCOMES)
def test_what_is_closed_can_not_be_signed(out, by, verb):
    if verb == "terminate":
        make.sign_all(out)
        with time_machine.travel(datetime(2027, 2, 1, 10, tzinfo=NOW.tzinfo), tick=False):
            out.start()
            out.renegotiate(by=by, reason="Mera.")
            make.decide(out, by=by)
            anna = signatures(out)[0]
            out.terminate(by=by, on=date(2027, 2, 1), reason="Slut.")
    else:
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
    shown = text(Client().get(url(anna)))
    assert "Det går inte att skriva under här längre" in shown and OUTCOMES[verb] in shown
    assert "omgången är stängd" in text(sign(anna))


def test_more_signatories_ask_no_more_questions(out, by):
    def count(signature):
        with CaptureQueriesContext(connection) as queries:
            assert Client().get(url(signature)).status_code == 200
        return len(queries)

    before = count(signatures(out)[0])
    out.reopen(by=by, reason="Fler.")
    for party in out.parties.all():
        people = [{"name": f"Person {n}", "role": "Ledamot", "email": f"p{n}-{party.pk}@exempel.se"} for n in range(4)]
        party.name_signatories(by=party.actor, base=party.revision, people=people)
    out.submit(by=by)
    make.decide(out, by=by)
    assert count(signatures(out)[0]) == before


# The agreement as PDF ------------------------------------------------------------------------------------------------


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
        contact = {"contact_name": "Kim", "email": f"k{n}@exempel.se"}
        party = partnership.add_party(by=by, organisation=organisation, **contact)
        make.answer_all(party)
        party.refresh_from_db()
        rows = [make.row(year, "premises", None, None, "Lokal två kvällar i veckan") for year in range(2027, 2047)]
        party.contribute(by=party.actor, base=party.revision, rows=rows)
        people = [{"name": f"Person {n}", "role": "Ordförande", "email": f"p{n}@exempel.se"}]
        party.name_signatories(by=party.actor, base=party.revision, people=people)
    partnership.submit(by=by)
    make.decide(partnership, by=by)
    make.sign_all(partnership)
    return bytes_of(partnership.agreement.pdf)


@pytest.mark.pdf
@pytest.mark.usefixtures("real_pdfs")
def test_agreements_pass_both_standards(real, officer):
    vera.assert_pdf(real[2]["agreement"], real[2]["hostile"], long(officer))


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
    for words in (
        "Språkcaféet",
        "Avtal om idéburet offentligt partnerskap, version 1",
        f"Diarienummer {agreement.registry_entry}",
        "Avtalet gäller från och med 1 januari 2027 till och med 31 december 2029.",
        "Kommunens beslut Nämnden, § 7, 22 november 2026",
        f"Ärende {partnership.number}",
        "Civilsamhället Trädgården",
        "Kommunen Kulturförvaltningen, Botkyrka kommun Organisationsnummer 212000-2882",
        "2027 Arbetstid 200 timmar",
        "2028 Pengar 100 000 kr",
        "Summa 300 000 kr",
        "Hela tiden 300 000 kr och 200 timmar",
        "Kommunen bidrar med 300 000 kr.",
        "Trädgården: Ja.",
        "Gemensam styrning Parterna styr partnerskapet tillsammans",
        "Anna Ek Anna Ek Ordförande Trädgården 22 november 2026 kl. 10.00.00 Enkel elektronisk underskrift",
        "Mona Berg Mona Berg Förvaltningschef Kulturförvaltningen",
        sha256,
        f"{agreement.registry_entry} · Avtal, version 1 · sha256 {sha256[:16]} Sida 1 av",
    ):
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
    assert settings.SECRET_KEY not in shown and "Tecknet □ står där" in shown


def test_the_parties_read_the_stored_file_and_it_is_logged(out):
    def address(party):
        return reverse("iop:party_agreement", args=[tokens.make("iop:party", party.key)])

    mine = address(out.proposer)
    assert Client().get(mine).status_code == 404  # not signed yet
    make.sign_all(out)
    response = Client().get(mine)
    assert response.status_code == 200 and response["Content-Disposition"].startswith("inline")
    assert response["Cache-Control"].startswith("private, no-store")
    shut(response)
    event = Event.objects.of(out).last()
    assert event.verb == "open_file" and event.actor == out.proposer.actor.name
    assert Client().post(mine).status_code == 405
    assert Client().get(address(make.make_partnership("dialogue").proposer)).status_code == 404


# Letters -------------------------------------------------------------------------------------------------------------

PAGE = "http://127.0.0.1:8000/iop/sprakcafeet/"


def the(kind, to=""):
    found = Letter.objects.filter(kind=kind)
    return (found.filter(to=to) if to else found).latest("pk")


def said(kind, to=""):
    letter = the(kind, to)
    return f"{letter.subject}\n\n{letter.body}"


def case_url(partnership):
    return f"http://127.0.0.1:8000/admin/iop/partnership/{partnership.pk}/change/"


def test_letters_to_sign_and_of_a_reminder(out, strict):
    assert said("sign", "anna@exempel.se") == says(
        "Skriv under avtalet om Språkcaféet",
        "Hej Anna Ek!",
        "Nu är det dags att skriva under avtalet om partnerskapet ”Språkcaféet”. Det gäller från och med den "
        "1 januari 2027 till och med den 31 december 2029. I avtalet skriver du under för Trädgården, som ordförande.",
        "På din personliga länk läser du hela avtalet. Sedan skriver du under eller avböjer:",
        "[personlig länk]",
        "Svara senast den 13 december 2026. Ingenting händer när du öppnar länken. Du har skrivit under först när du "
        "har skrivit ditt namn och bekräftat.",
        "Länken är bara din. Skicka den inte vidare, för var och en som ska skriva under har en egen.",
        "Har brevet kommit till fel person? Skriv inte under. Kasta brevet, eller svara på det så att vi vet att "
        "adressen är fel.",
        f"Ditt namn, din roll och din e-postadress har vi fått av kontaktpersonen för Trädgården. {PRIVACY}",
    )
    assert the("sign", "anna@exempel.se").link_purpose == "iop:sign"
    out.open_agreement.remind()
    assert said("sign_reminder", "mona@kommun.example") == says(
        "Påminnelse: skriv under avtalet om Språkcaféet senast den 13 december 2026",
        "Hej Mona Berg!",
        "Vi väntar på ditt svar. Du skriver under avtalet om partnerskapet ”Språkcaféet” för Kulturförvaltningen, som "
        "förvaltningschef.",
        "Här läser du hela avtalet. Sedan skriver du under eller avböjer:",
        "[personlig länk]",
        "Svara senast den 13 december 2026. Efter den dagen går det inte att skriva under. Ingenting händer när du "
        "öppnar länken. Du har skrivit under först när du har skrivit ditt namn och bekräftat.",
        "Länken är bara din. Har brevet kommit till fel person? Skriv inte under. Kasta brevet, eller svara på det så "
        "att vi vet att adressen är fel.",
    )


def test_letter_signing_voided(out, by, strict):
    sign(signatures(out)[0])
    out.reopen(by=by, reason="Ett belopp var fel.")
    assert Letter.objects.filter(kind="signing_voided").count() == 1
    assert said("signing_voided", "anna@exempel.se") == says(
        "Din underskrift på avtalet om Språkcaféet gäller inte längre",
        "Hej Anna Ek!",
        "Du har skrivit under avtalet om partnerskapet ”Språkcaféet” för Trädgården. Efter det har avtalet stoppats. "
        "Din underskrift gäller därför inte längre. Skälet är:",
        "Ett belopp var fel.",
        "Du behöver inte göra något nu. Blir det ett nytt avtal att skriva under får du ett nytt brev med en ny länk.",
    )


def test_letter_signature_declined(out, officer, strict):
    signatures(out)[0].decline(reason="Vi vill ha längre tid.")
    assert said("signature_declined", officer.email) == says(
        f"Anna Ek vill inte skriva under avtalet om Språkcaféet ({out.number})",
        f"Hej {officer.name}!",
        "Anna Ek skulle skriva under för Trädgården, men har tackat nej. Skälet är:",
        "Vi vill ha längre tid.",
        "Alla som står i avtalet behöver skriva under. Prata med parterna. I ärendet kan du öppna avtalet för ändring "
        "och sedan skicka det på nytt:",
        case_url(out),
    )


def test_letters_when_all_have_signed(out, officer, strict):
    make.sign_all(out)
    number = out.agreement.registry_entry.number
    assert said("signed", "kim@exempel.se") == says(
        f"Avtalet om Språkcaféet är klart ({number})",
        "Hej Kim Kontakt!",
        "Nu har alla skrivit under avtalet om partnerskapet ”Språkcaféet”. Vad roligt att ni gör det här tillsammans!",
        f"Avtalet gäller från och med den 1 januari 2027 till och med den 31 december 2029. Det har diarienummer "
        f"{number} och ligger som bilaga.",
        "Minst en gång om året följer parterna upp partnerskapet tillsammans. Vi skriver till er när det är dags. Här "
        "är er sida, där ni ser avtalet och följer upp:",
        "[personlig länk]",
        "Så här ser alla partnerskapet på webben:",
        PAGE,
        "Dela inte er egen länk med andra. Den som har den kan skriva för Trädgården.",
    )
    assert said("signed_signatory", "anna@exempel.se") == says(
        "Avtalet som du skrev under är klart: Språkcaféet",
        "Hej Anna Ek!",
        f"Tack för din underskrift! Nu har alla skrivit under avtalet om partnerskapet ”Språkcaféet”. Det har "
        f"diarienummer {number}. Du behöver inte göra något mer.",
        "Avtalet ligger som bilaga. Spara det gärna.",
    )
    assert said("signed_staff", officer.email) == says(
        f"Avtalet om Språkcaféet är tecknat ({number})",
        f"Hej {officer.name}!",
        "Alla har skrivit under avtalet om partnerskapet ”Språkcaféet”, version 1. Det är diariefört, och parterna har "
        "fått var sitt exemplar.",
        "Glöm inte styrgruppen: parterna ska styra partnerskapet tillsammans. Här finns ärendet:",
        case_url(out),
    )
    assert the("signed", "kim@exempel.se").attachment_name and the("signed_signatory").attachment_name
    assert not the("signed_staff").attachment_name


def test_letter_signing_expired(out, officer, strict):
    with time_machine.travel(NOW + settings.SIGNING_PERIOD + timedelta(days=1), tick=False):
        out.expire_signing()
    assert said("signing_expired", officer.email) == says(
        f"Alla skrev inte under i tid: Språkcaféet ({out.number})",
        f"Hej {officer.name}!",
        "Tiden för att skriva under avtalet om partnerskapet ”Språkcaféet” har gått ut, och alla har inte svarat. De "
        "som har skrivit under behöver göra det igen om avtalet skickas på nytt.",
        "Prata med parterna. Här finns ärendet:",
        case_url(out),
    )


@pytest.fixture
def running(out):
    """Since the first of January; now it is the first of December."""
    make.sign_all(out)
    with time_machine.travel(datetime(2027, 12, 1, 10, tzinfo=NOW.tzinfo), tick=False):
        out.start()
        yield out


def test_letters_of_a_follow_up(running, officer, strict):
    running.begin_follow_up()
    assert said("follow_up", "kim@exempel.se") == says(
        "Dags att följa upp Språkcaféet",
        "Hej Kim Kontakt!",
        "Nu följer parterna upp partnerskapet ”Språkcaféet”. Uppföljningen gäller tiden från den 1 januari 2027 till "
        "den 1 december 2027 och ska vara klar senast den 31 december 2027.",
        "Så här gör ni:",
        "1. Skriv hur det har gått för er.",
        "2. Fyll i det ni har kommit överens om att mäta.",
        "3. Läs vad de andra parterna har skrivit, och godkänn.",
        "Här skriver ni för Trädgården:",
        "[personlig länk]",
        "Uppföljningen är klar när alla parter har godkänt den. Sedan kan den publiceras, så skriv inga "
        "personuppgifter.",
    )
    running.open_follow_up.remind()
    assert said("follow_up_reminder", "kim@exempel.se") == says(
        "Påminnelse: uppföljningen av Språkcaféet ska vara klar den 31 december 2027",
        "Hej Kim Kontakt!",
        "Trädgården har inte godkänt uppföljningen av partnerskapet ”Språkcaféet” än. Den ska vara klar senast den "
        "31 december 2027.",
        "Här läser ni vad som står, skriver och godkänner:",
        "[personlig länk]",
    )
    make.finish(running)
    assert said("follow_up_done", "kim@exempel.se") == says(
        "Uppföljningen av Språkcaféet är klar",
        "Hej Kim Kontakt!",
        "Alla parter har godkänt uppföljningen av partnerskapet ”Språkcaféet”. Tack för ert arbete!",
        "Nu läser kommunen igenom texten, så att inga personuppgifter står där. Sedan kan alla läsa den på webben:",
        PAGE,
        "Nästa gång skriver vi till er när det är dags. Er egen sida finns här:",
        "[personlig länk]",
    )
    assert said("follow_up_done_staff", officer.email) == says(
        f"Uppföljningen av Språkcaféet är klar att publicera ({running.number})",
        f"Hej {officer.name}!",
        "Alla parter har godkänt uppföljningen av partnerskapet ”Språkcaféet”. Den är diarieförd.",
        "Läs igenom den. Står där inga personuppgifter kan du publicera den. Här finns ärendet:",
        case_url(running),
    )


def test_letters_of_the_final_evaluation(running, officer, strict):
    with time_machine.travel(datetime(2030, 1, 1, 10, tzinfo=NOW.tzinfo), tick=False):
        running.end()
        assert said("final_evaluation", "kim@exempel.se") == says(
            "Dags att slututvärdera Språkcaféet",
            "Hej Kim Kontakt!",
            "Avtalet om partnerskapet ”Språkcaféet” gick ut den 31 december 2029. Tack för tiden som har gått! Nu gör "
            "parterna en slututvärdering av hela tiden tillsammans. Den ska vara klar senast den 1 april 2030.",
            "Skriv vad ni har gjort, vad det ledde till och vad ni har lärt er. Läs sedan vad de andra parterna har "
            "skrivit, och godkänn. Här skriver ni för Trädgården:",
            "[personlig länk]",
            "Slututvärderingen är klar när alla parter har godkänt den. Sedan kan den publiceras, så skriv inga "
            "personuppgifter.",
        )
        running.open_follow_up.remind()
        assert the("follow_up_reminder").subject.startswith("Påminnelse: slututvärderingen av Språkcaféet ska")
        make.finish(running)
        assert "Partnerskapet är nu slutfört. Er egen sida finns kvar:" in said("follow_up_done")
        assert the("follow_up_done_staff").subject.startswith("Slututvärderingen av Språkcaféet är klar att")


def test_letter_terminated(running, by, strict):
    running.terminate(by=by, on=date(2027, 12, 31), reason="Lokalen försvann.")
    told, _, _ = said("terminated", "kim@exempel.se").partition("\n\nTycker ni att beslutet är fel?")
    assert f"{told}\n\n{SIGNED}" == says(
        "Avtalet om Språkcaféet är uppsagt",
        "Hej Kim Kontakt!",
        "Avtalet om partnerskapet ”Språkcaféet” är uppsagt och upphör den 31 december 2027. Skälet är:",
        "Lokalen försvann.",
        "På er egen sida finns avtalet kvar:",
        "[personlig länk]",
    )


def test_letters_of_a_renegotiation(running, by, strict):
    running.renegotiate(by=by, reason="Fler vill vara med.")
    assert said("renegotiation", "kim@exempel.se") == says(
        "Avtalet om Språkcaféet omförhandlas",
        "Hej Kim Kontakt!",
        "Nu omförhandlar parterna avtalet om partnerskapet ”Språkcaféet”. Skälet är:",
        "Fler vill vara med.",
        "Avtalet som ni har gäller tills en ny version är underskriven av alla parter. På er sida kan Trädgården ändra "
        "sina insatser, sina svar på kriterierna och vilka som skriver under:",
        "[personlig länk]",
    )
    running.abandon(by=by, reason="Pengarna räckte inte.")
    assert said("renegotiation_abandoned", "kim@exempel.se") == says(
        "Avtalet om Språkcaféet gäller som förut",
        "Hej Kim Kontakt!",
        "Omförhandlingen av partnerskapet ”Språkcaféet” är avbruten. Skälet är:",
        "Pengarna räckte inte.",
        "Avtalet som ni redan har skrivit under fortsätter att gälla som det är. Ni behöver inte göra något. Er egen "
        "sida finns här:",
        "[personlig länk]",
    )


def test_the_second_version_says_so(running, by):
    running.renegotiate(by=by, reason="Mera.")
    make.decide(running, by=by)
    make.sign_all(running)
    assert "avtalet om partnerskapet ”Språkcaféet”, version 2." in said("signed", "kim@exempel.se")
    assert running.agreement.version == 2
