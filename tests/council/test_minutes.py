"""The minutes: written by two at once, signed off, frozen, published, corrected; and what each step refuses."""

import re
from datetime import timedelta
from html import unescape
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from botkyrka_civil.casework.letters import full_body
from botkyrka_civil.casework.models import Actor, Event, Letter, Refused, RegistryEntry
from botkyrka_civil.casework.signing import checksum
from botkyrka_civil.documents.models import Document
from botkyrka_civil.documents.uploads import Upload
from botkyrka_civil.lib import tokens
from botkyrka_civil.pages import clock
from council import minutes_text, personal_data
from council.models import Meeting, Minutes, SignOff, SignOffRound
from council.models.minutes import SIGN_OFF_LINK
from council.views.minutes import near
from tests import factories
from tests.council.pages import nothing_written, read, refused, send, signed_in, undone, url
from tests.factories import council as cf
from tests.factories import picture
from tests.tools.threads import same
from tests.tools.web import body_of

pytestmark = pytest.mark.django_db

# Typed out here and not imported: state -> verb -> the state it leads to, of a council's meeting


@pytest.fixture(scope="module", autouse=True)
def planted(module_rows):
    """Meetings of each kind by their state, and somebody who keeps the minutes of each kind."""
    bodies = cf.make_bodies()
    states = {"council": ["called", "held", "drawn_up", "signed_off", "published"]}
    states["board"] = ["held", "drawn_up", "signed_off"]
    rows = {(kind, state): cf.make_meeting(bodies[kind], state=state) for kind in states for state in states[kind]}
    rows["council"] = factories.make_user("sekreterare", name="Sam Sekreterare")
    rows["colleague"] = factories.make_user("sekreterare", name="Mia Medskrivare")
    rows["board"] = cf.make_board_member()
    return rows


@pytest.fixture
def meeting_in(planted):
    return lambda state, kind="council": same(planted[kind, state])


def in_state(state):
    return pytest.fixture(name=state)(lambda meeting_in: meeting_in(state))


held, drawn_up, signed_off = in_state("held"), in_state("drawn_up"), in_state("signed_off")


@pytest.fixture
def secretary(planted):
    return planted["council"]


@pytest.fixture
def sit_in(planted):
    """Sign in one of those who are planted, now: a session does not outlive a journey in time."""
    return lambda name: signed_in(planted[name])


def signed_in_as(name):
    return pytest.fixture(lambda sit_in: sit_in(name))


sam, mia, member = signed_in_as("council"), signed_in_as("colleague"), signed_in_as("board")


def fetch(client, address):
    """The status of what is there, and the bytes of a file."""
    response = client.get(address)
    return response.status_code, body_of(response) if response.streaming else b""


def shown(client, name, meeting, *args):
    return read(client, url(name, meeting, *args))


def minutes_of(meeting):
    return Minutes.objects.filter(meeting=meeting).first()


def letters(meeting, kind):
    return Letter.objects.filter(kind=kind, subject_key=meeting.subject).order_by("pk")


def entries(meeting):
    return RegistryEntry.objects.filter(subject=meeting.subject)


def tagged_pdf():
    pdf = pikepdf.new()
    pdf.add_blank_page()
    pdf.Root.MarkInfo = pikepdf.Dictionary(Marked=True)
    pdf.Root.StructTreeRoot = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.StructTreeRoot))
    pdf.Root.Lang = pikepdf.String("sv")
    out = BytesIO()
    pdf.save(out)
    return out.getvalue()


def upload(data=None):
    return Upload(data or factories.pdf_bytes(), "protokoll.pdf", "application/pdf")


def sign_off(meeting):
    """What is written is drawn up and signed by all."""
    minutes_of(meeting).draw_up(by=cf.BY)
    meeting.refresh_from_db()
    cf.sign_off(meeting)


# Every state times every verb ------------------------------------------------------------------------------------
# Beginning and writing ---------------------------------------------------------------------------------------------
JSON = {"Accept": "application/json"}


def post(client, meeting, text, base, **more):
    return client.post(url("work_minutes", meeting), {"text": text, "base": base, **more})


def keep(client, meeting, text, base):
    """As the script does, now and then."""
    return client.post(url("work_minutes", meeting), {"text": text, "base": base}, headers=JSON)


def test_looking_begins_nothing_and_the_first_save_does(sam, held):
    page = shown(sam, "work_minutes", held)
    assert "§ 1 Mötet öppnas Föredragande: Diskussion:" in page and minutes_of(held) is None
    response = post(sam, held, cf.TEXT, 0)
    assert (response.status_code, response.url) == (302, url("work_minutes", held))
    assert post(sam, held, cf.TEXT, 1, preview="1").url == url("work_minutes_preview", held)  # save and look
    page = shown(sam, "work_minutes_preview", held)
    assert "§ 2 Läget</h2>" in page and "Ordföranden hälsar alla välkomna." in page
    minutes = minutes_of(held)
    assert (minutes.text, minutes.revision) == (cf.TEXT.strip(), 1)
    assert [r.by for r in minutes.revisions.all()] == ["Systemet", "Sam Sekreterare"]


def test_paragraphs_are_numbered_through_the_year(planted, meeting_in):
    first = meeting_in("signed_off")
    assert first.minutes.last_number == 2
    with time_machine.travel(timezone.now() + timedelta(hours=8)):
        later = cf.make_meeting(first.body, state="held")
        assert Minutes.begun(later).text.startswith("§ 3 Mötet öppnas" if first.day.year == later.day.year else "§ 1")
    assert Minutes.begun(meeting_in("held", "board")).text.startswith("§ 1 ")


def test_what_is_not_saved_says_why_and_stands_there_whole(sam, held, drawn_up):
    cf.write(held)
    for meeting, text, base, says in (
        (drawn_up, "Ett tillägg", 1, "är skickat för justering"),
        (held, "ord " * 60_000, 1, "Texten är för lång"),
        *((held, "Min text", base, "") for base in ("", "-1", "x", "9" * 30)),
    ):
        response = post(sam, meeting, text, base)
        page = response.content.decode()
        assert response.status_code in (409, 422) and says in page and text.strip() in page, (base, says)
        assert "maxlength" not in page and minutes_of(meeting).text == cf.TEXT, (base, says)
    assert sam.get(url("work_minutes", drawn_up)).url == url("work_draw_up", drawn_up)


def test_the_minutes_may_be_begun_on_the_day_and_not_before(sam, sit_in, meeting_in):
    meeting = meeting_in("called")
    with pytest.raises(Refused, match="^Mötet har inte varit än"):
        Minutes.of(meeting)
    assert "Redan nu" in send(sam, url("work_minutes", meeting), 422, text="Redan nu", base=0)
    assert minutes_of(meeting) is None
    with time_machine.travel(meeting.starts_at.replace(hour=7), tick=False):
        assert post(sit_in("council"), meeting, "Nu", 0).status_code == 302


def test_what_is_typed_is_only_text(sam, held):
    for base, typed in enumerate(
        ["<script>alert(1)</script>", "</textarea><b>hej", "a\x00b\u202ec", "§ 1 Å\r\nDiskussion: ö"]
    ):
        assert post(sam, held, typed, base).status_code == 302, typed
        html = shown(sam, "work_minutes", held) + shown(sam, "work_minutes_preview", held)
        assert "<script>alert" not in html and "</textarea><b>" not in html, typed
        assert not {"\x00", "\u202e", "\r"} & set(minutes_of(held).text), typed


# Kept while typing -------------------------------------------------------------------------------------------------
def test_kept_while_typing_or_refused_in_words(sam, sit_in, held, signed_off):
    with time_machine.travel(timezone.localtime().replace(hour=14, minute=32), tick=False):
        first = keep(sit_in("council"), held, "§ 1 Ett", 0)
    assert first.json() == {"revision": 1, "said": "Sparat kl. 14.32"}
    assert [keep(sam, held, "§ 1 Ett två", base).json()["revision"] for base in (1, 2)] == [2, 2]
    assert minutes_of(held).revisions.count() == 3
    closed = "Inte sparat. Protokollet är skickat för justering"
    for meeting, text, said in ((signed_off, "Nytt", closed), (held, "x" * 200_001, "Inte sparat. Texten är för")):
        answer = keep(sam, meeting, text, 2)
        assert answer.status_code == 422 and answer.json()["said"].startswith(said)


def test_kept_while_typing_meets_somebody_else(sam, mia, held):
    keep(sam, held, "§ 1 Ett", 0)
    keep(mia, held, "§ 1 Ett\n\nMias ord", 1)
    answer = keep(sam, held, "Sams ord\n§ 1 Ett", 1)
    said = "Mia Medskrivare har skrivit i protokollet samtidigt. Tryck på Spara, så sätter vi ihop texterna."
    assert (answer.status_code, answer.json()) == (409, {"said": said})
    assert minutes_of(held).text == "§ 1 Ett\n\nMias ord"
    aside = minutes_of(held).revisions.get(aside=True)
    assert (aside.text, aside.by) == ("Sams ord\n§ 1 Ett", "Sam Sekreterare")


def test_signed_out_leads_to_signing_in_and_a_new_token_but_not_in_the_midst_of_writing(held, sam, secretary):
    client, page = Client(enforce_csrf_checks=True), url("work_minutes", held)
    answer = keep(Client(), held, "Text", 0)
    assert answer.status_code == 302 and answer.url.startswith(reverse("account_login"))
    client.force_login(secretary)
    assert keep(client, held, "Text", 0).status_code == 403
    posted = {"text": "Text", "base": 0, "csrfmiddlewaretoken": client.get(page, headers=JSON).json()["token"]}
    assert client.post(page, posted, headers=JSON).json()["revision"] == 1
    now = timezone.now()
    for hours, status in ((7, 200), (14, 200), (21, 200), (30, 302)):
        with time_machine.travel(now + timedelta(hours=hours), tick=False):
            assert sam.get(page).status_code == status


# Two at once -------------------------------------------------------------------------------------------------------
BASE = "§ 1 Mötet öppnas\nDiskussion: Välkomna.\n\n§ 2 Läget\nDiskussion: Vi talade om läget."


@pytest.fixture
def written(held):
    minutes = Minutes.of(held)
    minutes.write(by=Actor("Sam Sekreterare"), text=BASE, base=0)
    return minutes


def kept_words(meeting):
    minutes = minutes_of(meeting)
    return set(re.findall(r"\w+", " ".join([minutes.text, *minutes.revisions.values_list("text", flat=True)])))


def test_two_write_in_different_places(sam, mia, held, written):
    post(mia, held, BASE.replace("Välkomna.", "Välkomna allihop."), 1)
    response = post(sam, held, BASE.replace("läget.", "läget i Fittja."), 1)
    told = response.content.decode()
    assert response.status_code == 409 and "Mia Medskrivare har skrivit samtidigt" in told
    assert re.search(r"<ins><span class=\"visually-hidden\">\[Nytt: </span>\s*allihop\.|Välkomna allihop\.", told)
    both = BASE.replace("Välkomna.", "Välkomna allihop.").replace("läget.", "läget i Fittja.")
    assert response.context["form"].initial == {"text": both, "base": 2}
    assert "Fittja" not in minutes_of(held).text  # not before it has been read
    assert {"allihop", "Fittja"} <= kept_words(held)
    assert post(sam, held, both, 2).status_code == 302
    assert minutes_of(held).text == both
    response = post(sam, held, "Flik två\n\n" + BASE, 2)  # the same person in another tab
    assert response.status_code == 409 and "Du själv har skrivit samtidigt" in response.content.decode()


def test_two_change_the_same_line(sam, mia, held, written):
    post(mia, held, BASE.replace("läget.", "budgeten."), 1)
    response = post(sam, held, BASE.replace("läget.", "lokalerna."), 1)
    assert response.status_code == 409
    assert "på 1 ställe har ni ändrat samma rader" in unescape(response.content.decode())
    merged = response.context["form"].initial["text"]
    assert {"budgeten.", "lokalerna.", *minutes_text.MINE.split()} <= set(merged.split())
    assert {"budgeten", "lokalerna"} <= kept_words(held)
    post(sam, held, merged, 2)  # kept as it is, with the marks in it
    assert "Ni har ändrat samma rader båda två" in send(sam, url("work_draw_up", held), 422)
    assert post(sam, held, BASE.replace("läget.", "budgeten och lokalerna."), 3).status_code == 302
    send(sam, url("work_draw_up", held))


def test_a_third_one_writes_while_the_second_reads(sam, mia, held, written):
    post(mia, held, BASE + "\n\nMia ett", 1)
    first = post(sam, held, "Sam\n\n" + BASE, 1).context["form"].initial
    post(mia, held, BASE + "\n\nMia ett\n\nMia två", 2)
    second = post(sam, held, **first)
    merged = second.context["form"].initial
    assert second.status_code == 409
    assert [merged["text"].count(words) for words in ("Sam", "Mia ett", "Mia två")] == [1, 1, 1]
    aside = written.revisions.filter(aside=True).count()
    for _ in range(2):  # a double click: the same text is no conflict, and is put aside once
        assert post(sam, held, **merged).status_code == 302
        assert post(mia, held, "Mia\n" + BASE, 3).status_code == 409
    assert written.revisions.filter(aside=True).count() == aside + 1


def test_near_keeps_every_change_and_shortens_the_rest():
    old = "\n".join(f"rad {n}" for n in range(40))
    found = near(minutes_text.changes(old, old.replace("rad 20", "ny rad")))
    text = "".join(text for _, text in found)
    assert [kind for kind, _ in found].count("gap") == 2 and "ny" in text and "rad 3\n" not in text
    assert {"rad 19", "rad 21"} <= set(text.split("\n"))
    assert near(minutes_text.changes("a\nb", "a\nc")) == minutes_text.changes("a\nb", "a\nc")


# Earlier texts -----------------------------------------------------------------------------------------------------
def test_earlier_texts_are_listed_read_and_fetched_without_losing_any(sam, held, written, meeting_in):
    theirs = cf.write(meeting_in("held", "board"), "Styrelsens hemlighet").revisions.last()
    written.write(by=Actor("Mia"), text="Mias text", base=1)
    listed = shown(sam, "work_minutes_revisions", held)
    assert listed.index("Mia") < listed.index("Sam Sekreterare") < listed.index("Början, från dagordningen")
    first = written.revisions.get(number=1)
    page = shown(sam, "work_minutes_revision", held, first)
    assert "Välkomna." in page and "Hämta in i texten" in page
    assert sam.get(url("work_minutes_revision", held, theirs)).status_code == 404

    def fetched(revision):
        with nothing_written():
            return sam.get(url("work_minutes", held), {"hamta": revision}).context["form"].initial

    for asked in ("999999", "x", "", "-1", "٣", "1" * 40, theirs.pk):  # not there, or of another meeting
        assert fetched(asked)["text"] == "Mias text", asked
    assert fetched(first.pk) == {"text": BASE, "base": 2}
    assert post(sam, held, **fetched(first.pk)).status_code == 302
    assert [r.text for r in written.revisions.filter(number__gt=0)] == [BASE, "Mias text", BASE]


def test_saves_close_to_each_other_are_shown_as_one(sam, held):
    now = timezone.now()
    minutes = Minutes.of(held)
    for n, (minute, who) in enumerate([(0, "Sam"), (1, "Sam"), (2, "Mia"), (3, "Sam"), (30, "Sam"), (31, "Sam")]):
        with time_machine.travel(now + timedelta(minutes=minute), tick=False):
            minutes.write(by=Actor(who), text=f"Text {n}", base=n)
    short, full = (sam.get(url("work_minutes_revisions", held), q).context["revisions"] for q in ({}, {"alla": ""}))
    assert [(r.by, r.number) for r in short] == [("Sam", 6), ("Sam", 4), ("Mia", 3), ("Sam", 2), ("Systemet", 0)]
    assert len(full) == 7


# A file instead ----------------------------------------------------------------------------------------------------
def post_file(client, meeting, data, name="protokoll.pdf"):
    return client.post(url("work_minutes_file", meeting), {"upload": SimpleUploadedFile(name, data)})


def test_a_file_instead_of_the_text_and_back(sam, held, written):
    assert post_file(sam, held, factories.pdf_bytes()).status_code == 302
    assert "Filen går inte att läsa med hjälpmedel" in shown(sam, "work_minutes_file", held)
    assert fetch(sam, url("work_minutes_file_show", held)) == (200, factories.pdf_bytes())
    assert Event.objects.of(held).filter(verb="download").count() == 1
    content = minutes_of(held).content()
    assert (content["text"], content["sections"], content["file"]["name"]) == ("", [], "protokoll.pdf")
    assert post_file(sam, held, tagged_pdf()).status_code == 302
    assert "är uppmärkt för hjälpmedel" in shown(sam, "work_minutes_file", held)
    assert sam.post(url("work_minutes_file", held), {"remove": "1"}).status_code == 302
    minutes = minutes_of(held)
    assert (minutes.file, minutes.file_accessible, minutes.text) == (None, False, BASE)
    assert sam.get(url("work_minutes_file_show", held)).status_code == 404


def test_a_file_that_is_not_what_it_says(sam, held):
    for name, data, says in (
        ("protokoll.docx", b"PK\x03\x04 word", "Filen måste vara en PDF"),
        ("bild.png", picture("PNG"), "Filen måste vara en PDF"),
        ("protokoll.pdf", b"", "Filen är tom"),
        ("protokoll.pdf", b"%PDF-1.7 trasig", "går inte att läsa"),
    ):
        response = post_file(sam, held, data, name)
        assert response.status_code == 422 and says in response.content.decode(), name
    assert minutes_of(held) is None
    minutes = Minutes.of(held)
    with refused("som PDF"):
        minutes.attach(by=cf.BY, upload=Upload(b"x", "bild.png", "image/png"))


# Drawing up --------------------------------------------------------------------------------------------------------
def test_what_stands_in_the_way_is_said_before_the_button(sam, held, meeting_in):
    """An empty text, and in the council a decision."""
    page = shown(sam, "work_draw_up", held)
    assert "Det står ingenting under någon paragraf än" in page and '<button class="btn btn-accent">' not in page
    send(sam, url("work_draw_up", held), 422)
    assert minutes_of(held) is None
    minutes = Minutes.of(held)
    with refused("Det står ingenting"):
        minutes.draw_up(by=cf.BY)
    minutes = cf.write(held, cf.TEXT + "\nBeslut: Rådet beslutar att bygga.")
    with refused("ingen egen beslutanderätt"):
        minutes.draw_up(by=cf.BY)
    cf.write(meeting_in("held", "board"), cf.TEXT + "\nBeslut: Styrelsen köper en kaffekokare.").draw_up(by=cf.BY)


def test_drawn_up_is_frozen_and_everyone_gets_a_link_of_their_own(sam, held, written):
    """What is frozen says no more than the page: a board's agenda is its own when the minutes are for everyone."""
    held.items.update(text="Underlag för styrelsen", presenter="Föredragande Ek")
    held.items.create(order=9, title="Punkt som ströks")
    with undone():  # what is frozen stands in the database, and is not what the page was opened with
        stale = same(written)
        same(written).write(by=cf.BY, text=BASE + "\n\n§ 3 Slut\nDiskussion: Tack.", base=1)
        stale.draw_up(by=cf.BY)
        assert "Tack." in stale.current_round.content["text"]
    send(sam, url("work_draw_up", held))
    signing = SignOffRound.objects.get(minutes=written)
    assert signing.content_sha256 == checksum(signing.content) and signing.content["text"] == BASE
    assert signing.content["sections"][1]["title"] == "Läget"
    background = ("Underlag för", "Föredragande Ek", "Punkt som ströks")
    assert not [word for word in background if word in str(signing.content)]
    signers, sent = signing.signatures.all(), list(letters(held, "sign_off"))
    assert [signer.role for signer in signers] == ["Ordförande", "Justerare"]
    assert [letter.to for letter in sent] == [signer.email for signer in signers]
    assert len({letter.link_key for letter in sent}) == 2
    assert all(Letter.PERSONAL_LINK in letter.body for letter in sent)
    letters(held, "sign_off").filter(pk=sent[0].pk).update(failed_at=timezone.now())
    page = shown(sam, "work_draw_up", held)
    assert "0 av 2 har justerat" in page and signing.content_sha256 in page
    assert f"Brevet till {sent[0].to} gick inte att skicka" in page


# Signing off -------------------------------------------------------------------------------------------------------
def link(signature, name="sign_off", *args):
    return url(name, tokens.make(SIGN_OFF_LINK, signature.key), *args)


def page_of(signature, client=None):
    return read(client or Client(), link(signature))


def answer(client, signature, **more):
    return client.post(link(signature), {"typed_name": signature.name, "confirmed": "on"} | more)


def asked(meeting):
    """Those who are asked to sign, in order."""
    return list(minutes_of(meeting).current_round.signatures.all())


def test_each_one_signs_on_a_link_of_their_own(drawn_up):
    """By the own name, and confirmed."""
    chair, signer = asked(drawn_up)
    anna, bo = Client(), Client()
    page = page_of(chair, anna)
    assert "Ordföranden hälsar alla välkomna." in page and chair.round.content_sha256 in page
    for wrong in ({"typed_name": "Någon Annan"}, {"typed_name": ""}, {"confirmed": ""}):
        response = answer(anna, chair, **wrong)
        another = "så som det står i protokollet" in response.content.decode()
        assert (response.status_code, another) == (422, "Någon Annan" in wrong.values()), wrong
    assert not SignOff.objects.given().filter(round=chair.round)
    assert answer(anna, chair).status_code == 302
    page = page_of(chair, anna)
    assert "Tack, du har justerat protokollet" in page and f"Vi väntar på {signer.name}" in page
    assert anna.get(link(chair, "sign_off_pdf")).status_code == 404
    with refused("Alla har inte justerat än."):
        minutes_of(drawn_up).sign_off()
    assert answer(bo, signer).status_code == 302
    assert same(drawn_up).state == "signed_off" and "Alla har justerat" in page_of(chair, anna)
    stored = Path(minutes_of(drawn_up).pdf.stored.path).read_bytes()
    assert fetch(bo, link(signer, "sign_off_pdf")) == (200, stored)
    assert Event.objects.of(drawn_up).get(verb="download").actor == f"{signer.name} (justerare)"
    with time_machine.travel(timezone.now() + timedelta(days=400), tick=False):  # the link closes in the end
        assert "Ordföranden hälsar" not in page_of(chair)
        assert Client().get(link(chair, "sign_off_pdf")).status_code == 404


def test_the_pdf_is_stored_once_and_the_councils_minutes_are_registered(drawn_up, monkeypatch, meeting_in):
    """However late they are signed off. What was signed stays, and nobody needs to see how it was written."""
    made = []
    monkeypatch.setattr("council.pdf.minutes_pdf", lambda *args, **kwargs: made.append(kwargs) or b"%PDF-1.7 en")
    with time_machine.travel(timezone.now() + timedelta(days=200), tick=False):
        assert drawn_up.overdue.startswith("Protokollet skulle ha varit justerat")
        cf.sign_off(drawn_up)
    minutes = minutes_of(drawn_up)
    assert [facts["sha256"] for facts in made] == [minutes.current_round.content_sha256]
    assert [s["duty_label"] for s in made[0]["signatures"]] == ["Ordförande", "Justerare"]
    assert minutes.pdf.name.startswith("protokoll-radet-") and not minutes.revisions.exists()
    signed = minutes.signed_content
    Minutes.objects.filter(pk=minutes.pk).update(text="Ändrat bakvägen")
    assert minutes_of(drawn_up).signed_content == signed
    entry = entries(drawn_up).get()
    assert entry.direction == "drawn_up" and entry.matter.startswith("Protokoll den")
    boards = meeting_in("drawn_up", "board")
    cf.sign_off(boards)
    assert boards.state == "signed_off" and not entries(boards)


def test_two_in_the_same_session_are_refused_until_they_switch(drawn_up):
    chair, signer = asked(drawn_up)
    browser, switch = Client(), link(signer, "sign_off_switch_person")
    answer(browser, chair)
    page = page_of(signer, browser)
    assert "Har någon annan redan justerat" in page and "typed_name" not in page
    assert answer(browser, signer).status_code == 422
    assert browser.get(switch).status_code == 302  # GET changes nothing
    assert answer(browser, signer).status_code == 422
    browser.post(switch)
    assert answer(browser, signer).status_code == 302


def test_a_signature_is_given_once_and_for_what_was_frozen(drawn_up):
    chair, signer = asked(drawn_up)
    sign = {"session": "s", "address": "10.0.0.1"}
    chair.sign(typed_name=chair.name, **sign)
    for act in (lambda: chair.sign(typed_name=chair.name, **sign), lambda: chair.decline(reason="Nej.")):
        with refused("redan justerat"):
            act()
    SignOffRound.objects.filter(pk=signer.round_id).update(content=signer.round.content | {"text": "något annat"})
    with refused("Innehållet har ändrats"):
        same(signer).sign(typed_name=signer.name, session="t", address="")


def test_an_objection_is_told_and_the_minutes_are_taken_back(sam, drawn_up, secretary):
    chair, signer = asked(drawn_up)
    objection, client = "§ 2: vi sa 2027.", Client()
    with undone():
        same(drawn_up).minutes.reopen(by=cf.BY, reason="Fel.")
        assert answer(Client(), signer).status_code == 422
        with refused("omgången är stängd"):
            same(signer).sign(typed_name=signer.name, session="t", address="")
    answer(Client(), chair)
    send(client, link(signer, "sign_off_decline"), 422, reason="")
    send(client, link(signer, "sign_off_decline"), reason=objection)
    assert objection in page_of(signer, client)
    assert objection in letters(drawn_up, "sign_off_declined").get(to=secretary.email).body
    assert f"{signer.name} vill ändra" in shown(sam, "work_draw_up", drawn_up)
    assert "vill ändra något i protokollet" in page_of(chair, client)
    send(sam, url("work_reopen", drawn_up), 422, reason=" ")
    send(sam, url("work_reopen", drawn_up), reason="§ 2 ändras.")
    assert same(drawn_up).state == "held"
    page = page_of(chair, client)
    assert "gäller inte längre" in page and "Ordföranden hälsar" not in page
    assert "Protokollet är taget tillbaka" in page_of(signer, client)
    cf.write(drawn_up, cf.TEXT + "\nVi sa 2027.")
    send(sam, url("work_draw_up", drawn_up))
    assert asked(drawn_up)[0].round.content_sha256 != chair.round.content_sha256
    cf.sign_off(same(drawn_up))
    assert same(drawn_up).state == "signed_off"


def test_the_file_and_the_papers_open_on_the_link_as_they_were_signed(held):
    facts = {"upload": factories.upload(), "category": "guidelines", "audience": "staff"}
    paper, hidden = (Document.add(by=cf.BY, title=title, **facts) for title in ("Underlaget", "Hemligt"))
    held.items.first().documents.add(paper)
    minutes, data = Minutes.of(held), tagged_pdf()
    minutes.attach(by=cf.BY, upload=upload(data))
    minutes.draw_up(by=cf.BY)
    chair, _ = asked(held)
    file, of_paper = link(chair, "sign_off_file"), link(chair, "sign_off_paper", paper.pk)
    assert file in page_of(chair) and of_paper in page_of(chair)
    paper.add_version(by=cf.BY, upload=Upload(factories.pdf_bytes(2), "ny.pdf", "application/pdf"))
    assert fetch(Client(), file) == (200, data)
    assert fetch(Client(), of_paper) == (200, factories.pdf_bytes())
    assert fetch(Client(), link(chair, "sign_off_paper", hidden.pk))[0] == 404
    cf.sign_off(same(held))
    assert same(held).state == "signed_off"
    Minutes.objects.filter(pk=minutes.pk).update(file=upload().store())
    assert fetch(Client(), file)[0] == 404


def test_reminders_by_themselves_and_when_asked_for(sit_in, drawn_up, meeting_in, settings):
    chair, signer = asked(drawn_up)
    chair.sign(typed_name=chair.name, session="s", address="10.0.0.1")
    assert sit_in("council").get(url("work_remind", drawn_up)).status_code == 405

    def ask():
        return sit_in("council").post(url("work_remind", drawn_up), follow=True).content.decode()

    reminders = letters(drawn_up, "sign_off_reminder")
    clock.remind_of_sign_off()
    assert not reminders.exists()
    with time_machine.travel(timezone.now() + settings.SIGN_OFF_TARGET / 2 + timedelta(hours=1), tick=False):
        clock.remind_of_sign_off()
        clock.remind_of_sign_off()
        assert [letter.to for letter in reminders.all()] == [signer.email]
        assert "mindre än ett dygn sedan" in ask()
    with time_machine.travel(timezone.now() + settings.SIGN_OFF_TARGET, tick=False):
        assert "Ett nytt brev är skickat" in ask()
        assert reminders.count() == 2
        signer.decline(reason="Fel.")
    with time_machine.travel(timezone.now() + settings.SIGN_OFF_TARGET * 2, tick=False):
        with refused("Alla har svarat"):
            same(signer.round).remind()
        SignOffRound.objects.filter(pk=signer.round_id).update(reminded_at=None)
        with nothing_written():
            clock.remind_of_sign_off()
    with refused("väntar inte på justering"):
        minutes_of(meeting_in("signed_off", "board")).current_round.remind()


# Publishing and after ----------------------------------------------------------------------------------------------
def publish(client, meeting, audience, **more):
    return client.post(url("work_publish", meeting), {"audience": audience, "privacy_reviewed": "on"} | more)


def test_published_for_all_after_a_look_for_personal_data_and_off_the_web_again(sam, signed_off):
    public, words = signed_off.get_absolute_url(), "Ordföranden hälsar"
    assert words not in read(Client(), public)
    page = shown(sam, "work_publish", signed_off)
    assert words in page and "Titta särskilt på det här" not in page
    response = publish(sam, signed_off, "public", privacy_reviewed="")
    assert response.status_code == 422 and "Kryssa i att du har granskat" in response.content.decode()
    with refused("Kryssa i att du har granskat"):
        signed_off.publish(by=cf.BY, audience="public", privacy_reviewed=False)
    assert publish(sam, signed_off, "public").url == url("work_meeting", signed_off)
    signed_off.refresh_from_db()
    assert (signed_off.state, signed_off.privacy_reviewed_by) == ("published", "Sam Sekreterare")
    assert words in read(Client(), public)
    for reason, status in (("", 422), ("Ett namn stod där.", 302)):
        send(sam, url("work_unpublish", signed_off), status, reason=reason)
    signed_off.refresh_from_db()
    assert (signed_off.state, signed_off.minutes_audience) == ("signed_off", "")
    assert words not in read(Client(), public)
    assert Event.objects.of(signed_off).last().reason == "Ett namn stod där."


def test_for_whom_it_can_be_published(sit_in, meeting_in):
    for kind, offered, wrong in (
        ("council", ["public", "staff"], ("board", "members")),
        ("board", ["public", "members", "board"], ("staff",)),
    ):
        meeting, client = meeting_in("signed_off", kind), sit_in(kind)
        form = client.get(url("work_publish", meeting)).context["form"]
        assert [value for value, _ in form.fields["audience"].choices] == offered
        for audience in wrong:
            assert publish(client, meeting, audience).status_code == 422
            with refused("Välj"):
                meeting.publish(by=cf.BY, audience=audience, privacy_reviewed=True)
        assert same(meeting).state == "signed_off"


def test_the_boards_minutes_published_for_all_reach_the_municipality(member, meeting_in):
    meeting = meeting_in("signed_off", "board")
    assert "Då får kommunen också protokollet" in shown(member, "work_publish", meeting)
    publish(member, meeting, "board")
    assert same(meeting).state == "published" and not entries(meeting)
    member.post(url("work_unpublish", meeting), {"reason": "Fler ska få läsa."})
    publish(member, meeting, "public")
    assert same(meeting).handed_over_at
    assert entries(meeting).get().counterpart == "Plattformen"


def test_what_looks_like_personal_data_and_closed_papers_are_pointed_out(sam, held):
    facts = {"by": cf.BY, "upload": upload(), "category": "guidelines"}
    papers = [Document.add(title=f"Papper för {who}", audience=who, **facts) for who in ("public", "staff")]
    held.items.first().documents.add(*papers)
    cf.write(held, cf.TEXT + "\nAnna Ek, 19810203-1234, nås på 070-183 64 67 eller anna.ek@exempel.se.")
    sign_off(held)
    page = shown(sam, "work_publish", held)
    for found in ("Titta särskilt på det här", "19810203-1234", "070-183 64 67", "anna.ek@exempel.se"):
        assert found in page
    assert sam.get(url("work_publish", held)).context["closed_papers"] == ["Papper för staff"]


def test_a_file_that_not_everyone_can_read_is_not_published_for_all(sam, held):
    Minutes.of(held).attach(by=cf.BY, upload=upload())
    sign_off(held)
    page = shown(sam, "work_publish", held)
    assert "Filen är inte uppmärkt för hjälpmedel, så den kan inte publiceras för alla." in page
    page = send(sam, url("work_publish", held), 422, audience="public", privacy_reviewed="on")
    assert "Filen är inte tillgänglig för alla" in page
    assert publish(sam, held, "staff").status_code == 302


PERSONAL = {  # what is found stands between the marks
    "Personnummer": [
        "född «810203-1234».", "«8102031234»", "«20010203 1234»", "samordningsnummer «810263-1234»",
        "över hundra: «180203+1234»", "«010203-1234»",
    ],
    "Telefonnummer": [
        "Ring «08-530 610 00»!", "«+46 (0)70 183 64 67»", "«0701836467»,", "«070\u00a0183\u00a064\u00a067»",
    ],
    "E-postadress": ["mejla «a.b+c@exempel.co.uk».", "«a@exempel.se» a@exempel.se"],
    "": [
        "802002-4280 är föreningens nummer", "2026-03-12 kl. 17.00–19.30", "2026-03-12T17:00:00+01:00",
        "ÖK 2026/0012, § 014", "1 500 000 kronor, 0,5 procent, 10 000 000 kr", "SFS 2018:1937 och 2009:400",
        "@alla på Facebook",
    ],
}  # fmt: skip


def test_personal_data():
    for kind, rows in PERSONAL.items():
        for marked in rows:
            found = [(kind, data) for data in re.findall("«(.*)»", marked)]
            assert personal_data.find(re.sub("[«»]", "", marked)) == found, marked


def test_everything_written_is_looked_at(held):
    held.also_present = "Gäst, gast@exempel.se"
    held.save()
    held.items.update(title="Samtal med 070-183 64 67")
    content = cf.write(held, "§ 1 Samtal med 070-183 64 67\nDiskussion: Vi talade.\n").content()
    found = [("E-postadress", "gast@exempel.se"), ("Telefonnummer", "070-183 64 67")]
    assert personal_data.find(personal_data.everything_written(content)) == found


def test_corrections_stand_beside_the_text_and_are_seen(sam, meeting_in):
    meeting = meeting_in("published")
    signed, page = minutes_of(meeting).signed_content, url("work_correct", meeting)
    for wrong in ({"text": "", "privacy_reviewed": "on"}, {"text": "§ 2"}):
        send(sam, page, 422, **wrong)
    assert "ser ut som ett personnummer" in send(sam, page, 422, text="§ 2: 810203-1234", privacy_reviewed="on")
    for text, reviewed, says in (("x", False, "Kryssa i"), (" ", True, "Skriv vad")):
        with refused(says):
            meeting.minutes.correct(by=cf.BY, text=text, privacy_reviewed=reviewed)
    assert not meeting.minutes.corrections.exists()
    send(sam, page, text="§ 2: det var 2027.", privacy_reviewed="on")
    assert minutes_of(meeting).signed_content == signed
    for address, client in ((meeting.get_absolute_url(), Client()), (url("work_draw_up", meeting), sam), (page, sam)):
        assert "§ 2: det var 2027." in read(client, address), address


def test_plattformen_hands_over_its_signed_minutes(member, secretary, meeting_in):
    """And is told of the papers that the minutes name, which do not follow."""
    meeting = meeting_in("held", "board")
    facts = {"title": "Styrelsens budget", "category": "other", "owner": "platform", "audience": "board"}
    meeting.items.first().documents.add(Document.add(by=cf.BY, upload=factories.upload(), **facts))
    cf.write(meeting)
    sign_off(meeting)
    readable = Meeting.objects.with_minutes_for(secretary).filter(pk=meeting.pk)
    assert not readable.exists()
    page = shown(member, "work_hand_over", meeting)
    assert "Det går inte att ångra" in page and not entries(meeting)
    assert "Handlingarna följer inte med" in page and "<li>Styrelsens budget</li>" in page
    send(member, url("work_hand_over", meeting))
    assert entries(meeting).count() == 1 and readable.exists()
    assert member.get(url("work_hand_over", meeting)).status_code == 302


# Who may, who shares, who must not -----------------------------------------------------------------------------------
def test_pages_of_the_minutes_ask_no_more_the_more_there_is(sam, held, django_assert_max_num_queries):
    minutes = Minutes.of(held)
    for n in range(12):
        minutes.write(by=Actor(f"Nr {n}"), text=f"{BASE}\n{n}", base=n)
    for page, most in (("work_minutes_revisions", 25), ("work_draw_up", 30)):
        with django_assert_max_num_queries(most):
            sam.get(url(page, held))


# Letters -----------------------------------------------------------------------------------------------------------
def test_the_letter_to_the_signer():
    with time_machine.travel("2027-03-12T20:00:00+01:00", tick=False):
        meeting = cf.make_meeting(state="drawn_up")
        letter = letters(meeting, "sign_off").first()
    assert letter.subject == "Justera protokollet: Rådet för civilsamhällesfrågor, 12 mars 2027"
    assert letter.body.startswith(
        f"Hej {asked(meeting)[0].name}!\n\nProtokollet från mötet den 12 mars 2027 i Rådet för civilsamhällesfrågor är "
        "skrivet. Du var ordförande och ska justera det. Läs det på din personliga länk."
    )
    for said in ("Gör det gärna senast den 26 mars 2027.", "/justering/", "Botkyrka kommun"):
        assert said in full_body(letter)


def test_letters_about_the_associations_minutes_come_from_the_association(meeting_in):
    meeting = meeting_in("drawn_up", "board")
    cf.make_board_member(role="secretary")
    with time_machine.travel(timezone.now() + timedelta(days=30), tick=False):
        asked(meeting)[0].round.remind()
        with undone():
            asked(meeting)[0].decline(reason="Fel.")
            declined = list(letters(meeting, "sign_off_declined"))
        cf.sign_off(meeting)
    sent = {kind: list(letters(meeting, kind)) for kind in ("sign_off", "sign_off_reminder", "signed_off")}
    for kind, found in (sent | {"sign_off_declined": declined}).items():
        assert found, kind
        for letter in found:
            assert letter.room == "platform" and letter.body.endswith("Vänliga hälsningar\nPlattformen"), kind
            assert "{" not in letter.subject + letter.body and "\n\n\n" not in letter.body, kind
