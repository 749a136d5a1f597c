"""The minutes: written by two at once, signed off, frozen, published, corrected; and what each step refuses."""

import re
from datetime import timedelta
from html import unescape
from io import BytesIO
from uuid import uuid4

import pikepdf
import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from botkyrka_civil.accounts.models import User
from botkyrka_civil.casework.letters import full_body
from botkyrka_civil.casework.models import SYSTEM, Actor, Event, Letter, Refused, RegistryEntry, RegistrySeries
from botkyrka_civil.casework.signing import checksum
from botkyrka_civil.documents.audiences import Audience
from botkyrka_civil.documents.models import Document, File
from botkyrka_civil.documents.uploads import Upload
from botkyrka_civil.lib import tokens
from botkyrka_civil.pages import clock
from council import minutes_text, personal_data
from council.models import Correction, Meeting, Minutes, MinutesRevision, Participant, SignOff, SignOffRound
from council.models.minutes import SIGN_OFF_LINK
from council.views.minutes import near
from tests import factories
from tests.factories import council as cf
from tests.factories import picture
from tests.tools.threads import at_once, refusals

pytestmark = pytest.mark.django_db

STATES = ["planned", "called", "held", "drawn_up", "signed_off", "published", "cancelled"]
# Typed out here and not imported: state -> verb -> the state it leads to, of a council's meeting
TABLE = {
    "planned": {},
    "called": {},
    "held": {"write": "held", "attach": "held", "detach": "held", "draw_up": "drawn_up"},
    "drawn_up": {"reopen": "held", "sign_off": "signed_off"},
    "signed_off": {"publish": "published", "correct": "signed_off"},
    "published": {"unpublish": "signed_off", "correct": "published"},
    "cancelled": {},
}
VERBS = [
    "write", "attach", "detach", "draw_up", "reopen", "sign_off", "publish", "unpublish", "correct", "hand_over",
]  # fmt: skip
PAGES = [
    "work_minutes", "work_minutes_preview", "work_minutes_revisions", "work_minutes_file", "work_draw_up",
    "work_reopen", "work_publish", "work_unpublish", "work_correct", "work_hand_over",
]  # fmt: skip


@pytest.fixture(autouse=True)
def quick_pdf(monkeypatch):
    """The files themselves are tested elsewhere; here a few bytes stand for them."""
    monkeypatch.setattr("council.pdf.notice_pdf", lambda *args, **kwargs: b"%PDF-1.7 kallelse")
    monkeypatch.setattr("council.pdf.minutes_pdf", lambda *args, **kwargs: b"%PDF-1.7 protokoll")
    monkeypatch.setattr("botkyrka_civil.documents.pdf.warm", lambda: None)


@pytest.fixture(autouse=True)
def second_factor(monkeypatch):
    """Staff have theirs; that it is asked for is tested elsewhere."""
    monkeypatch.setattr("botkyrka_civil.accounts.middleware.is_mfa_enabled", lambda user: True)


def make_secretary(name=""):
    user = factories.make_user("sekreterare", name=name)
    user.user_permissions.add(Permission.objects.get(codename="handle_meeting"))
    return User.objects.get(pk=user.pk)


@pytest.fixture
def secretary():
    return make_secretary("Sam Sekreterare")


@pytest.fixture
def by(secretary):
    return Actor.of(secretary)


def sit_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def sam(secretary):
    return sit_in(secretary)


def fetch(client, address, method="get"):
    """The status of what is there, and the bytes of a file; read to its end, it is closed."""
    response = getattr(client, method)(address)
    return response.status_code, b"".join(response.streaming_content) if response.streaming else b""


def url(name, meeting, *args):
    return reverse(f"council:{name}", args=[meeting.pk, *args])


def board_meeting(state="planned", **fields):
    return cf.make_meeting(cf.make_bodies()["board"], state=state, **fields)


def everything():
    models = [Meeting, Participant, Minutes, MinutesRevision, SignOffRound, SignOff, Correction]
    models += [Event, Letter, RegistryEntry, RegistrySeries, File]
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


class refused:  # noqa: N801  (reads as pytest.raises)
    """The block must refuse with a Swedish sentence, and leave every row as it was."""

    def __init__(self, saying):
        self.saying = saying

    def __enter__(self):
        self.before = everything()

    def __exit__(self, kind, error, traceback):
        assert kind is Refused, f"not refused: {error!r}"
        sentence = str(error)
        assert self.saying in sentence
        assert sentence[0].isupper()
        assert sentence.endswith((".", "!", "?"))
        assert everything() == self.before
        return True


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


def sign(signature, session=""):
    signature.sign(typed_name=signature.name, session=session or uuid4().hex, address="10.0.0.1")


# Every state times every verb ------------------------------------------------------------------------------------


def as_if_signed(meeting):
    """As if everyone had signed, without the last one completing it."""
    signing = meeting.minutes.current_round
    signing.signatures.update(signed_at=timezone.now(), signed_sha256=signing.content_sha256)


def call(verb, meeting, by):
    minutes = Minutes.begun(meeting)
    if verb == "write":
        Minutes.of(meeting).write(by=by, text="§ 1 Mötet öppnas\nDiskussion: Hej.", base=minutes.revision)
    elif verb == "attach":
        Minutes.of(meeting).attach(by=by, upload=upload())
    elif verb == "detach":
        Minutes.of(meeting).detach(by=by)
    elif verb == "draw_up":
        minutes.draw_up(by=by)
    elif verb == "reopen":
        minutes.reopen(by=by, reason="§ 2 blev fel.")
    elif verb == "sign_off":
        minutes.sign_off()
    elif verb == "correct":
        minutes.correct(by=by, text="§ 2: det var 2025.", privacy_reviewed=True)
    elif verb == "publish":
        meeting.publish(by=by, audience=meeting.audience, privacy_reviewed=True)
    elif verb == "unpublish":
        meeting.unpublish(by=by, reason="Ett telefonnummer stod kvar.")
    elif verb == "hand_over":
        meeting.hand_over(by=by)


def allowed(kind, state, verb):
    """Where it leads, or nothing. What is the association's can be handed over when it is signed."""
    if verb == "hand_over":
        return state if kind == "board" and state in ("signed_off", "published") else None
    return TABLE[state].get(verb)


def test_the_table_has_every_state_and_every_move():
    assert set(TABLE) == set(Meeting.State.values) == set(STATES)
    moves = {verb for verb in Meeting.TRANSITIONS if verb not in ("call", "call_again", "cancel", "hold")}
    assert moves <= set(VERBS)


TRIPLES = [(kind, state, verb) for kind in ("council", "board") for state in STATES for verb in VERBS]


@pytest.mark.parametrize(("kind", "state", "verb"), [t for t in TRIPLES if allowed(*t)])
def test_an_allowed_verb_is_done_once_and_logged(kind, state, verb, by):
    meeting = cf.make_meeting(cf.make_bodies()[kind], state=state)
    if verb == "detach":
        Minutes.of(meeting).attach(by=by, upload=upload())
    if verb == "sign_off":
        as_if_signed(meeting)
    if verb == "draw_up":
        cf.write(meeting)
    last = Event.objects.order_by("pk").last().pk
    call(verb, meeting, by)
    assert Meeting.objects.get(pk=meeting.pk).state == allowed(kind, state, verb)
    events = Event.objects.of(meeting).filter(pk__gt=last)
    if verb == "write":
        assert not events  # every save is a revision with its writer; the log would drown
        assert MinutesRevision.objects.latest("pk").by == by.name
        return
    event = events.get()
    moved = verb in Meeting.TRANSITIONS
    assert (event.from_state, event.to_state) == ((state, allowed(kind, state, verb)) if moved else ("", ""))
    assert event.actor == ("Systemet" if verb == "sign_off" else by.name)
    assert event.room == ("platform" if kind == "board" else "")


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", ["council", "board"])
def test_every_other_verb_is_refused_and_changes_nothing(kind, state, by):
    meeting = cf.make_meeting(cf.make_bodies()[kind], state=state)
    Minutes.objects.get_or_create(meeting=meeting)  # in some states only a slip of ours would leave it
    for verb in VERBS:
        if not allowed(kind, state, verb):
            with refused(""):
                call(verb, meeting, by)


# Beginning and writing ---------------------------------------------------------------------------------------------


@pytest.fixture
def held():
    return cf.make_meeting(state="held")


def test_looking_begins_nothing_and_the_first_save_does(sam, held):
    page = sam.get(url("work_minutes", held)).content.decode()
    assert "§ 1 Mötet öppnas\nDiskussion:" in unescape(page).replace("Föredragande:\n", "")
    assert not Minutes.objects.exists()
    response = sam.post(url("work_minutes", held), {"text": cf.TEXT, "base": 0})
    assert (response.status_code, response.url) == (302, url("work_minutes", held))
    minutes = Minutes.objects.get()
    assert (minutes.text, minutes.revision) == (cf.TEXT.strip(), 1)
    assert [r.by for r in minutes.revisions.all()] == ["Systemet", "Sam Sekreterare"]


def test_paragraphs_are_numbered_through_the_year(by):
    body = cf.make_bodies()["council"]
    first = cf.make_meeting(body, state="signed_off")
    assert first.minutes.last_number == 2
    with time_machine.travel(timezone.now() + timedelta(hours=8)):
        later = cf.make_meeting(body, state="held")
        assert Minutes.begun(later).text.startswith("§ 3 Mötet öppnas" if first.day.year == later.day.year else "§ 1")
    other = board_meeting("held")
    assert Minutes.begun(other).text.startswith("§ 1 ")


def test_the_minutes_may_be_begun_on_the_day_and_not_before(sam):
    meeting = cf.make_meeting(state="called")
    with refused("Mötet har inte varit än"):
        Minutes.of(meeting)
    response = sam.post(url("work_minutes", meeting), {"text": "Redan nu", "base": 0})
    assert response.status_code == 422
    assert "Redan nu" in response.content.decode()
    assert not Minutes.objects.exists()
    with time_machine.travel(meeting.starts_at.replace(hour=7), tick=False):
        sam = sit_in(make_secretary())
        assert sam.post(url("work_minutes", meeting), {"text": "Nu", "base": 0}).status_code == 302


def test_what_is_typed_after_the_minutes_were_sent_is_refused_and_stands_there(sam):
    meeting = cf.make_meeting(state="drawn_up")
    response = sam.post(url("work_minutes", meeting), {"text": "Ett tillägg", "base": 1})
    page = response.content.decode()
    assert response.status_code == 422
    assert "är skickat för justering" in page
    assert "Ett tillägg</textarea>" in page
    assert sam.get(url("work_minutes", meeting)).url == url("work_draw_up", meeting)


@pytest.mark.parametrize("base", ["", "-1", "x", "9" * 30])
def test_a_wrong_revision_saves_nothing_and_keeps_the_text(sam, held, base):
    cf.write(held)
    response = sam.post(url("work_minutes", held), {"text": "Min text", "base": base})
    assert response.status_code in (409, 422)
    assert "Min text" in response.content.decode()
    assert Minutes.objects.get().text == cf.TEXT


def test_a_text_that_is_too_long_is_said_to_be_and_not_cut(sam, held):
    response = sam.post(url("work_minutes", held), {"text": "ord " * 60_000, "base": 0})
    page = response.content.decode()
    assert response.status_code == 422
    assert "Texten är för lång" in page
    assert page.count("ord ") >= 59_999
    assert "maxlength" not in page


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "</textarea><b>hej", "a\x00b\u202ec", "§ 1 Å\r\nDiskussion: ö"]
)
def test_what_is_typed_is_only_text(sam, held, text):
    sam.post(url("work_minutes", held), {"text": text, "base": 0})
    for page in ("work_minutes", "work_minutes_preview"):
        assert "<script>alert" not in sam.get(url(page, held)).content.decode()
        assert "</textarea><b>" not in sam.get(url(page, held)).content.decode()
    assert not {"\x00", "\u202e", "\r"} & set(Minutes.objects.get().text)


def test_save_and_look(sam, held):
    response = sam.post(url("work_minutes", held), {"text": cf.TEXT, "base": 0, "preview": "1"}, follow=True)
    page = response.content.decode()
    assert "§ 2 Läget</h2>" in page
    assert "Ordföranden hälsar alla välkomna." in page


# Kept while typing -------------------------------------------------------------------------------------------------

JSON = {"Accept": "application/json"}


def keep(client, meeting, text, base):
    return client.post(url("work_minutes", meeting), {"text": text, "base": base}, headers=JSON)


def test_kept_while_typing(sam, held):
    with time_machine.travel(timezone.localtime().replace(hour=14, minute=32), tick=False):
        sam = sit_in(make_secretary())
        first = keep(sam, held, "§ 1 Ett", 0)
    assert first.json() == {"revision": 1, "said": "Sparat kl. 14.32"}
    assert keep(sit_in(make_secretary()), held, "§ 1 Ett två", 1).json()["revision"] == 2
    again = keep(sit_in(make_secretary()), held, "§ 1 Ett två", 2)
    assert again.json()["revision"] == 2
    assert MinutesRevision.objects.count() == 3


def test_kept_while_typing_meets_somebody_else(sam, held):
    keep(sam, held, "§ 1 Ett", 0)
    mia = sit_in(make_secretary("Mia Medskrivare"))
    keep(mia, held, "§ 1 Ett\n\nMias ord", 1)
    answer = keep(sam, held, "Sams ord\n§ 1 Ett", 1)
    assert answer.status_code == 409
    assert answer.json() == {
        "said": "Mia Medskrivare har skrivit i protokollet samtidigt. Tryck på Spara, så sätter vi ihop texterna."
    }
    assert Minutes.objects.get().text == "§ 1 Ett\n\nMias ord"
    assert MinutesRevision.objects.get(aside=True).text == "Sams ord\n§ 1 Ett"


def test_kept_while_typing_is_refused_in_words(sam):
    answer = keep(sam, cf.make_meeting(state="signed_off"), "Nytt", 1)
    assert answer.status_code == 422
    assert answer.json()["said"].startswith("Inte sparat. Protokollet är skickat för justering")
    assert keep(sam, cf.make_meeting(days=30), "x" * 200_001, 0).json()["said"].startswith("Inte sparat. Texten är för")


def test_signed_out_leads_to_signing_in(held):
    answer = keep(Client(), held, "Text", 0)
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_login"))


def test_after_signing_in_anew_the_page_gets_a_new_token(held, secretary):
    client = Client(enforce_csrf_checks=True)
    client.force_login(secretary)
    assert keep(client, held, "Text", 0).status_code == 403
    token = client.get(url("work_minutes", held), headers=JSON).json()["token"]
    posted = {"text": "Text", "base": 0, "csrfmiddlewaretoken": token}
    assert client.post(url("work_minutes", held), posted, headers=JSON).json()["revision"] == 1


def test_who_writes_is_not_signed_out_in_the_midst_of_it(sam, held, settings):
    now = timezone.now()
    for hours in (7, 14, 21):
        with time_machine.travel(now + timedelta(hours=hours), tick=False):
            assert sam.get(url("work_minutes", held)).status_code == 200
    with time_machine.travel(now + timedelta(hours=30), tick=False):
        assert sam.get(url("work_minutes", held)).status_code == 302


# Two at once -------------------------------------------------------------------------------------------------------

BASE = "§ 1 Mötet öppnas\nDiskussion: Välkomna.\n\n§ 2 Läget\nDiskussion: Vi talade om läget."


@pytest.fixture
def written(held, by):
    minutes = Minutes.of(held)
    minutes.write(by=by, text=BASE, base=0)
    return minutes


def kept_words():
    texts = [*Minutes.objects.values_list("text", flat=True), *MinutesRevision.objects.values_list("text", flat=True)]
    return set(re.findall(r"\w+", " ".join(texts)))


def test_two_write_in_different_places(sam, written):
    mia = sit_in(make_secretary("Mia Medskrivare"))
    page = url("work_minutes", written.meeting)
    mia.post(page, {"text": BASE.replace("Välkomna.", "Välkomna allihop."), "base": 1})
    mine = BASE.replace("läget.", "läget i Fittja.")
    response = sam.post(page, {"text": mine, "base": 1})
    told = response.content.decode()
    assert response.status_code == 409
    assert "Mia Medskrivare har skrivit samtidigt" in told
    assert re.search(r"<ins><span class=\"visually-hidden\">\[Nytt: </span>\s*allihop\.|Välkomna allihop\.", told)
    both = BASE.replace("Välkomna.", "Välkomna allihop.").replace("läget.", "läget i Fittja.")
    assert response.context["form"].initial == {"text": both, "base": 2}
    assert "allihop" in Minutes.objects.get().text
    assert "Fittja" not in Minutes.objects.get().text  # not before it has been read
    assert {"allihop", "Fittja"} <= kept_words()
    assert sam.post(page, {"text": both, "base": 2}).status_code == 302
    assert Minutes.objects.get().text == both


def test_two_change_the_same_line(sam, written):
    mia = sit_in(make_secretary("Mia Medskrivare"))
    page = url("work_minutes", written.meeting)
    mia.post(page, {"text": BASE.replace("läget.", "budgeten."), "base": 1})
    response = sam.post(page, {"text": BASE.replace("läget.", "lokalerna."), "base": 1})
    told = unescape(response.content.decode())
    assert response.status_code == 409
    assert "på 1 ställe har ni ändrat samma rader" in told
    merged = response.context["form"].initial["text"]
    assert {"budgeten.", "lokalerna.", *minutes_text.MINE.split()} <= set(merged.split())
    assert {"budgeten", "lokalerna"} <= kept_words()
    sam.post(page, {"text": merged, "base": 2})  # kept as it is, with the marks in it
    with refused("Ni har ändrat samma rader båda två"):
        Minutes.objects.get().draw_up(by=cf.BY)
    assert "Ni har ändrat samma rader" in sam.get(url("work_draw_up", written.meeting)).content.decode()
    clean = BASE.replace("läget.", "budgeten och lokalerna.")
    assert sam.post(page, {"text": clean, "base": 3}).status_code == 302
    Minutes.objects.get().draw_up(by=cf.BY)


def test_a_third_one_writes_while_the_second_reads(sam, written):
    mia, page = sit_in(make_secretary("Mia Medskrivare")), url("work_minutes", written.meeting)
    mia.post(page, {"text": BASE + "\n\nMia ett", "base": 1})
    first = sam.post(page, {"text": "Sam\n\n" + BASE, "base": 1}).context["form"].initial
    mia.post(page, {"text": BASE + "\n\nMia ett\n\nMia två", "base": 2})
    second = sam.post(page, first)
    assert second.status_code == 409
    text = second.context["form"].initial["text"]
    assert [text.count(words) for words in ("Sam", "Mia ett", "Mia två")] == [1, 1, 1]
    assert sam.post(page, second.context["form"].initial).status_code == 302


def test_the_same_person_in_two_tabs(sam, written):
    page = url("work_minutes", written.meeting)
    sam.post(page, {"text": BASE + "\n\nFlik ett", "base": 1})
    response = sam.post(page, {"text": "Flik två\n\n" + BASE, "base": 1})
    assert response.status_code == 409
    assert "Du själv har skrivit samtidigt" in response.content.decode()


def test_the_same_text_twice_is_no_conflict(sam, written):
    page = url("work_minutes", written.meeting)
    for _ in range(2):  # a double click
        assert sam.post(page, {"text": BASE + "\n\nSlut.", "base": 1}).status_code == 302
    assert written.revisions.filter(aside=True).count() == 0


def test_what_met_somebody_else_is_put_aside_once(sam, written):
    mia, page = sit_in(make_secretary()), url("work_minutes", written.meeting)
    mia.post(page, {"text": BASE + "\n\nMia", "base": 1})
    for _ in range(3):
        sam.post(page, {"text": "Sam\n" + BASE, "base": 1})
    assert written.revisions.filter(aside=True).count() == 1


def test_near_keeps_every_change_and_shortens_the_rest():
    old = "\n".join(f"rad {n}" for n in range(40))
    new = old.replace("rad 20", "ny rad")
    shown = near(minutes_text.changes(old, new))
    text = "".join(text for _, text in shown)
    assert [kind for kind, _ in shown].count("gap") == 2
    assert "ny" in text
    assert {"rad 19", "rad 21"} <= set(text.split("\n"))
    assert "rad 3\n" not in text
    assert near(minutes_text.changes("a\nb", "a\nc")) == minutes_text.changes("a\nb", "a\nc")


# Earlier texts -----------------------------------------------------------------------------------------------------


def test_earlier_texts_are_listed_read_and_fetched_without_losing_any(sam, written, by):
    written.write(by=Actor("Mia"), text="Mias text", base=1)
    meeting = written.meeting
    listed = sam.get(url("work_minutes_revisions", meeting)).content.decode()
    assert listed.index("Mia") < listed.index("Sam Sekreterare") < listed.index("Början, från dagordningen")
    first = written.revisions.get(number=1)
    page = sam.get(url("work_minutes_revision", meeting, first.pk)).content.decode()
    assert "Välkomna." in page
    assert "Hämta in i texten" in page
    before = everything()
    editor = sam.get(url("work_minutes", meeting), {"hamta": first.pk})
    assert editor.context["form"].initial == {"text": BASE, "base": 2}
    assert everything() == before
    assert sam.post(url("work_minutes", meeting), editor.context["form"].initial).status_code == 302
    assert [r.text for r in written.revisions.filter(number__gt=0)] == [BASE, "Mias text", BASE]


def test_saves_close_to_each_other_are_shown_as_one(sam, held, by):
    now = timezone.now()
    minutes = Minutes.of(held)
    for n, (minute, who) in enumerate([(0, "Sam"), (1, "Sam"), (2, "Mia"), (3, "Sam"), (30, "Sam"), (31, "Sam")]):
        with time_machine.travel(now + timedelta(minutes=minute), tick=False):
            minutes.write(by=Actor(who), text=f"Text {n}", base=n)
    short, full = (sam.get(url("work_minutes_revisions", held), q).context["revisions"] for q in ({}, {"alla": ""}))
    assert [(r.by, r.number) for r in short] == [("Sam", 6), ("Sam", 4), ("Mia", 3), ("Sam", 2), ("Systemet", 0)]
    assert len(full) == 7


@pytest.mark.parametrize("asked", ["999999", "x", "", "-1", "٣", "1" * 40])
def test_a_text_that_is_not_there_is_not_fetched(sam, written, asked):
    assert sam.get(url("work_minutes", written.meeting), {"hamta": asked}).context["form"].initial["text"] == BASE


def test_a_text_of_another_meeting_is_not_fetched(sam, written):
    other = board_meeting("held")
    theirs = cf.write(other, "Styrelsens hemlighet").revisions.last()
    assert sam.get(url("work_minutes", written.meeting), {"hamta": theirs.pk}).context["form"].initial["text"] == BASE
    assert sam.get(url("work_minutes_revision", written.meeting, theirs.pk)).status_code == 404


# A file instead ----------------------------------------------------------------------------------------------------


def post_file(client, meeting, data, name="protokoll.pdf"):
    return client.post(url("work_minutes_file", meeting), {"upload": SimpleUploadedFile(name, data)})


def test_a_file_instead_of_the_text_and_back(sam, written):
    meeting = written.meeting
    assert post_file(sam, meeting, factories.pdf_bytes()).status_code == 302
    page = sam.get(url("work_minutes_file", meeting)).content.decode()
    assert "Filen går inte att läsa med hjälpmedel" in page
    assert fetch(sam, url("work_minutes_file_show", meeting)) == (200, factories.pdf_bytes())
    assert Event.objects.of(meeting).filter(verb="download").count() == 1
    content = Minutes.objects.get().content()
    assert (content["text"], content["sections"], content["file"]["name"]) == ("", [], "protokoll.pdf")
    assert post_file(sam, meeting, tagged_pdf()).status_code == 302
    assert "är uppmärkt för hjälpmedel" in sam.get(url("work_minutes_file", meeting)).content.decode()
    assert sam.post(url("work_minutes_file", meeting), {"remove": "1"}).status_code == 302
    minutes = Minutes.objects.get()
    assert (minutes.file, minutes.file_accessible, minutes.text) == (None, False, BASE)
    assert sam.get(url("work_minutes_file_show", meeting)).status_code == 404


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("protokoll.docx", b"PK\x03\x04 word", "Filen måste vara en PDF"),
        ("bild.png", picture("PNG"), "Filen måste vara en PDF"),
        ("protokoll.pdf", b"", "Filen är tom"),
        ("protokoll.pdf", b"%PDF-1.7 trasig", "går inte att läsa"),
    ],
)
def test_a_file_that_is_not_what_it_says(sam, held, name, data, says):
    response = post_file(sam, held, data, name)
    assert response.status_code == 422
    assert says in response.content.decode()
    assert not Minutes.objects.exists()


def test_the_verb_itself_takes_a_pdf_and_nothing_else(held, by):
    minutes = Minutes.of(held)
    with refused("som PDF"):
        minutes.attach(by=by, upload=Upload(b"x", "bild.png", "image/png"))


# Drawing up --------------------------------------------------------------------------------------------------------


def test_an_empty_text_is_not_sent(sam, held):
    page = sam.get(url("work_draw_up", held)).content.decode()
    assert "Det står ingenting under någon paragraf än" in page
    assert '<button class="btn btn-accent">' not in page
    assert sam.post(url("work_draw_up", held)).status_code == 422
    assert not Minutes.objects.exists()
    minutes = Minutes.of(held)
    with refused("Det står ingenting"):
        minutes.draw_up(by=cf.BY)


def test_the_council_decides_nothing(held, by):
    minutes = cf.write(held, cf.TEXT + "\nBeslut: Rådet beslutar att bygga.")
    with refused("ingen egen beslutanderätt"):
        minutes.draw_up(by=by)
    board = cf.write(board_meeting("held"), cf.TEXT + "\nBeslut: Styrelsen köper en kaffekokare.")
    board.draw_up(by=by)


def test_drawn_up_is_frozen_and_everyone_gets_a_link_of_their_own(sam, written):
    assert sam.post(url("work_draw_up", written.meeting)).status_code == 302
    signing = SignOffRound.objects.get()
    assert signing.content_sha256 == checksum(signing.content)
    assert signing.content["text"] == BASE
    assert signing.content["sections"][1]["title"] == "Läget"
    chair, signer = signing.signatures.all()
    assert (chair.role, signer.role) == ("Ordförande", "Justerare")
    letters = list(Letter.objects.filter(kind="sign_off").order_by("pk"))
    assert [letter.to for letter in letters] == [chair.email, signer.email]
    assert len({letter.link_key for letter in letters}) == 2
    assert all(Letter.PERSONAL_LINK in letter.body for letter in letters)
    page = sam.get(url("work_draw_up", written.meeting)).content.decode()
    assert "0 av 2 har justerat" in page
    assert signing.content_sha256 in page


def test_a_signer_who_was_absent_is_refused():
    meeting = cf.make_meeting(state="called")
    Meeting.objects.update(starts_at=timezone.now() - timedelta(hours=2), ends_at=timezone.now())
    cf.attend(meeting)
    signer = meeting.participants.get(duty="signer")
    with pytest.raises(IntegrityError), transaction.atomic():  # nor past the verb
        meeting.participants.filter(pk=signer.pk).update(presence="absent")
    chair = meeting.participants.get(duty="chair")
    Participant.objects.filter(pk=signer.pk).update(duty="")
    with refused("Välj en eller två justerare"):
        meeting.hold(by=cf.BY, secretary_name="Sam")
    Participant.objects.filter(pk=signer.pk).update(duty="signer", email="")
    with refused(f"{signer.name} har ingen e-postadress"):
        meeting.hold(by=cf.BY, secretary_name="Sam")
    assert chair.presence == "present"


def test_writing_and_sending_at_once_send_what_was_written(written, by):
    """The text that is frozen is the one in the database, not the one that the page was opened with."""
    stale = Minutes.objects.get()
    Minutes.objects.get().write(by=by, text=BASE + "\n\n§ 3 Slut\nDiskussion: Tack.", base=1)
    stale.draw_up(by=by)
    assert "Tack." in SignOffRound.objects.get().content["text"]


# Signing off -------------------------------------------------------------------------------------------------------


@pytest.fixture
def drawn_up():
    return cf.make_meeting(state="drawn_up")


def link(signature, name="sign_off", *args):
    return reverse(f"council:{name}", args=[tokens.make(SIGN_OFF_LINK, signature.key), *args])


def answers(signature, **more):
    return {"typed_name": signature.name, "confirmed": "on"} | more


def test_each_one_signs_on_a_link_of_their_own(drawn_up):
    signing = drawn_up.minutes.current_round
    chair, signer = signing.signatures.all()
    anna, bo = Client(), Client()
    page = anna.get(link(chair)).content.decode()
    assert "Ordföranden hälsar alla välkomna." in page
    assert signing.content_sha256 in page
    assert anna.post(link(chair), answers(chair)).status_code == 302
    page = anna.get(link(chair)).content.decode()
    assert "Tack, du har justerat protokollet" in page
    assert f"Vi väntar på {signer.name}" in page
    assert anna.get(link(chair, "sign_off_pdf")).status_code == 404
    assert bo.post(link(signer), answers(signer)).status_code == 302
    drawn_up.refresh_from_db()
    assert drawn_up.state == "signed_off"
    assert "Alla har justerat" in anna.get(link(chair)).content.decode()
    assert fetch(bo, link(signer, "sign_off_pdf")) == (200, b"%PDF-1.7 protokoll")
    assert Event.objects.get(verb="download").actor == f"{signer.name} (justerare)"


def test_the_pdf_is_stored_once_and_what_is_signed_is_read_only(drawn_up, monkeypatch, by):
    made = []
    monkeypatch.setattr("council.pdf.minutes_pdf", lambda *args, **kwargs: made.append(kwargs) or b"%PDF-1.7 en")
    cf.sign_off(drawn_up)
    assert len(made) == 1
    assert made[0]["sha256"] == SignOffRound.objects.get().content_sha256
    assert [s["duty_label"] for s in made[0]["signatures"]] == ["Ordförande", "Justerare"]
    minutes = Minutes.objects.get()
    assert minutes.pdf.name.startswith("protokoll-radet-")
    assert not minutes.revisions.exists()
    for verb in ("write", "attach", "detach", "draw_up", "reopen", "sign_off"):
        with refused(""):
            call(verb, drawn_up, by)
    signed = minutes.signed_content
    Minutes.objects.update(text="Ändrat bakvägen")
    assert Minutes.objects.get().signed_content == signed


def test_the_councils_minutes_are_registered_and_the_boards_are_not(drawn_up):
    cf.sign_off(drawn_up)
    entry = RegistryEntry.objects.get()
    assert (entry.direction, entry.subject) == ("drawn_up", drawn_up.subject)
    assert entry.matter.startswith("Protokoll den")
    cf.sign_off(board_meeting("drawn_up"))
    assert RegistryEntry.objects.count() == 1


def test_signed_by_the_own_name_and_confirmed(drawn_up):
    chair = drawn_up.minutes.current_round.signatures.first()
    for wrong in ({"typed_name": "Någon Annan"}, {"typed_name": ""}, {"confirmed": ""}):
        response = Client().post(link(chair), answers(chair, **wrong))
        assert response.status_code == 422
    wrong = Client().post(link(chair), answers(chair, typed_name="X")).content.decode()
    assert "så som det står i protokollet" in wrong
    assert not SignOff.objects.given().exists()


def test_two_in_the_same_session_are_refused_until_they_switch(drawn_up):
    chair, signer = drawn_up.minutes.current_round.signatures.all()
    browser = Client()
    browser.post(link(chair), answers(chair))
    page = browser.get(link(signer)).content.decode()
    assert "Har någon annan redan justerat" in page
    assert "typed_name" not in page
    assert browser.post(link(signer), answers(signer)).status_code == 422
    assert browser.get(link(signer, "sign_off_switch_person")).status_code == 302  # GET changes nothing
    assert browser.post(link(signer), answers(signer)).status_code == 422
    browser.post(link(signer, "sign_off_switch_person"))
    assert browser.post(link(signer), answers(signer)).status_code == 302


def test_frozen_content_that_was_changed_can_not_be_signed(drawn_up):
    signing = drawn_up.minutes.current_round
    SignOffRound.objects.update(content=signing.content | {"text": "något annat"})
    with refused("Innehållet har ändrats"):
        sign(signing.signatures.first())


def test_a_signature_is_given_once(drawn_up):
    chair = drawn_up.minutes.current_round.signatures.first()
    sign(chair)
    with refused("redan justerat"):
        sign(chair)
    with refused("redan justerat"):
        chair.decline(reason="Nej.")


def test_an_objection_is_told_and_the_minutes_are_taken_back(sam, drawn_up, secretary):
    signing = drawn_up.minutes.current_round
    chair, signer = signing.signatures.all()
    sign(chair)
    assert Client().post(link(signer, "sign_off_decline"), {"reason": ""}).status_code == 422
    client = Client()
    assert client.post(link(signer, "sign_off_decline"), {"reason": "§ 2: vi sa 2027."}).status_code == 302
    assert "§ 2: vi sa 2027." in client.get(link(signer)).content.decode()
    letter = Letter.objects.get(kind="sign_off_declined", to=secretary.email)
    assert "§ 2: vi sa 2027." in letter.body
    page = sam.get(url("work_draw_up", drawn_up)).content.decode()
    assert f"{signer.name} vill ändra" in page
    assert "vill ändra något i protokollet" in client.get(link(chair)).content.decode()
    assert sam.post(url("work_reopen", drawn_up), {"reason": " "}).status_code == 422
    assert sam.post(url("work_reopen", drawn_up), {"reason": "§ 2 ändras."}).status_code == 302
    drawn_up.refresh_from_db()
    assert drawn_up.state == "held"
    assert "gäller inte längre" in client.get(link(chair)).content.decode()
    assert "Protokollet är taget tillbaka" in client.get(link(signer)).content.decode()
    cf.write(drawn_up, cf.TEXT + "\nVi sa 2027.")
    sam.post(url("work_draw_up", drawn_up))
    assert drawn_up.minutes.current_round.content_sha256 != signing.content_sha256
    cf.sign_off(drawn_up)
    assert drawn_up.state == "signed_off"


def test_what_was_taken_back_can_not_be_signed_or_read(drawn_up, by):
    chair = drawn_up.minutes.current_round.signatures.first()
    drawn_up.minutes.reopen(by=by, reason="Fel.")
    page = Client().get(link(chair)).content.decode()
    assert "har tagits tillbaka" in page
    assert "Ordföranden hälsar" not in page
    assert Client().post(link(chair), answers(chair)).status_code == 422
    with refused("omgången är stängd"):
        sign(chair)


def test_late_sign_off_is_still_sign_off(drawn_up):
    with time_machine.travel(timezone.now() + timedelta(days=200), tick=False):
        drawn_up.refresh_from_db()
        assert drawn_up.overdue.startswith("Protokollet skulle ha varit justerat")
        cf.sign_off(drawn_up)
    assert drawn_up.state == "signed_off"


def test_the_link_closes_in_the_end(drawn_up):
    cf.sign_off(drawn_up)
    chair = SignOff.objects.first()
    assert fetch(Client(), link(chair, "sign_off_pdf"))[0] == 200
    with time_machine.travel(timezone.now() + timedelta(days=400), tick=False):
        page = Client().get(link(chair))
        assert page.status_code == 200
        assert "Ordföranden hälsar" not in page.content.decode()
        assert Client().get(link(chair, "sign_off_pdf")).status_code == 404


def test_a_link_for_something_else_does_not_sign(drawn_up):
    key = drawn_up.minutes.current_round.signatures.first().key
    for token in (tokens.make("council:invitation", key), "finns.inte", tokens.make(SIGN_OFF_LINK, "okänd")):
        for name in ("sign_off", "sign_off_decline", "sign_off_pdf", "sign_off_file", "sign_off_switch_person"):
            address = reverse(f"council:{name}", args=[token])
            assert Client().get(address).status_code == 404
            assert Client().post(address, {"reason": "x"}).status_code == 404
    assert not SignOff.objects.given().exists()


def test_a_file_is_what_is_signed_and_no_other(held, by):
    minutes, data = Minutes.of(held), tagged_pdf()
    minutes.attach(by=by, upload=upload(data))
    minutes.draw_up(by=by)
    chair = minutes.current_round.signatures.first()
    assert link(chair, "sign_off_file") in Client().get(link(chair)).content.decode()
    assert fetch(Client(), link(chair, "sign_off_file")) == (200, data)
    held.refresh_from_db()
    cf.sign_off(held)
    assert held.state == "signed_off"
    other = upload().store()
    Minutes.objects.update(file=other)
    assert Client().get(link(chair, "sign_off_file")).status_code == 404


def test_the_papers_open_on_the_link_and_no_others_do(held, by):
    paper, hidden = (
        Document.add(by=cf.BY, upload=factories.upload(), title=title, category="guidelines", audience="staff")
        for title in ("Underlaget", "Hemligt")
    )
    held.items.first().documents.add(paper)
    cf.write(held).draw_up(by=by)
    chair = SignOff.objects.first()
    assert link(chair, "sign_off_paper", paper.pk) in Client().get(link(chair)).content.decode()
    assert fetch(Client(), link(chair, "sign_off_paper", paper.pk)) == (200, factories.pdf_bytes())
    assert fetch(Client(), link(chair, "sign_off_paper", hidden.pk))[0] == 404
    paper.add_version(by=cf.BY, upload=Upload(factories.pdf_bytes(2), "ny.pdf", "application/pdf"))
    assert fetch(Client(), link(chair, "sign_off_paper", paper.pk)) == (200, factories.pdf_bytes()), "as it was signed"


def test_the_background_of_the_agenda_stays_in_the_notice(held, by):
    """The JSON in the PDF says no more than the page: a board's agenda is its own when the minutes are for everyone."""
    held.items.update(text="Underlag för styrelsen", presenter="Föredragande Ek")
    held.items.create(order=9, title="Punkt som ströks")
    minutes = cf.write(held)
    minutes.draw_up(by=by)
    content = str(minutes.current_round.content)
    assert "Läget" in content
    assert not [word for word in ("Underlag för", "Föredragande Ek", "Punkt som ströks") if word in content]


def test_reminders_by_themselves_and_when_asked_for(sam, drawn_up, settings):
    chair, signer = drawn_up.minutes.current_round.signatures.all()
    sign(chair)
    clock.remind_of_sign_off()
    assert not Letter.objects.filter(kind="sign_off_reminder").exists()
    with time_machine.travel(timezone.now() + settings.SIGN_OFF_TARGET / 2 + timedelta(hours=1), tick=False):
        clock.remind_of_sign_off()
        clock.remind_of_sign_off()
        assert [x.to for x in Letter.objects.filter(kind="sign_off_reminder")] == [signer.email]
        sam = sit_in(make_secretary())
        page = sam.post(url("work_remind", drawn_up), follow=True).content.decode()
        assert "mindre än ett dygn sedan" in page
    with time_machine.travel(timezone.now() + settings.SIGN_OFF_TARGET, tick=False):
        sam = sit_in(make_secretary())
        assert "Ett nytt brev är skickat" in sam.post(url("work_remind", drawn_up), follow=True).content.decode()
        assert Letter.objects.filter(kind="sign_off_reminder").count() == 2
        signer.decline(reason="Fel.")
    with time_machine.travel(timezone.now() + settings.SIGN_OFF_TARGET * 2, tick=False):
        with refused("Alla har svarat"):
            drawn_up.minutes.current_round.remind()
        SignOffRound.objects.update(reminded_at=None)
        before = everything()
        clock.remind_of_sign_off()
        assert everything() == before
    cf.make_meeting(cf.make_bodies()["board"], state="signed_off")
    with refused("väntar inte på justering"):
        SignOffRound.objects.get(outcome="met").remind()


def test_a_letter_that_never_arrived_is_told(sam, drawn_up):
    letter = Letter.objects.filter(kind="sign_off").first()
    Letter.objects.filter(pk=letter.pk).update(failed_at=timezone.now())
    page = sam.get(url("work_draw_up", drawn_up)).content.decode()
    assert f"Brevet till {letter.to} gick inte att skicka" in page


# Publishing and after ----------------------------------------------------------------------------------------------


@pytest.fixture
def signed_off():
    return cf.make_meeting(state="signed_off")


def test_published_for_all_after_a_look_for_personal_data(sam, signed_off):
    public = signed_off.get_absolute_url()
    assert "Ordföranden hälsar" not in Client().get(public).content.decode()
    page = sam.get(url("work_publish", signed_off)).content.decode()
    assert "Ordföranden hälsar" in page
    assert "Titta särskilt på det här" not in page
    response = sam.post(url("work_publish", signed_off), {"audience": "public"})
    assert response.status_code == 422
    assert "Kryssa i att du har granskat" in response.content.decode()
    response = sam.post(url("work_publish", signed_off), {"audience": "public", "privacy_reviewed": "on"})
    assert response.url == url("work_meeting", signed_off)
    signed_off.refresh_from_db()
    assert (signed_off.state, signed_off.privacy_reviewed_by) == ("published", "Sam Sekreterare")
    assert "Ordföranden hälsar" in Client().get(public).content.decode()


def test_the_verb_itself_asks_for_the_look(signed_off, by):
    with refused("Kryssa i att du har granskat"):
        signed_off.publish(by=by, audience="public", privacy_reviewed=False)
    for audience in ("board", "members"):  # whose the council's minutes are not
        with refused("Alla eller Kommunens handläggare"):
            signed_off.publish(by=by, audience=audience, privacy_reviewed=True)
    with pytest.raises(DatabaseError), transaction.atomic():  # nor past the verb
        Meeting.objects.filter(pk=signed_off.pk).update(state="published")


@pytest.mark.parametrize(
    ("kind", "offered"), [("council", ["public", "staff"]), ("board", ["public", "members", "board"])]
)
def test_for_whom_it_can_be_published(kind, offered):
    meeting = cf.make_meeting(cf.make_bodies()[kind], state="signed_off")
    user = make_secretary() if kind == "council" else cf.make_board_member()
    page = sit_in(user).get(url("work_publish", meeting))
    assert [value for value, _ in page.context["form"].fields["audience"].choices] == offered
    wrong = sit_in(user).post(
        url("work_publish", meeting), {"audience": "board" if kind == "council" else "staff", "privacy_reviewed": "on"}
    )
    assert wrong.status_code == 422
    assert Meeting.objects.get(pk=meeting.pk).state == "signed_off"


def test_the_boards_minutes_published_for_all_reach_the_municipality():
    meeting = board_meeting("signed_off")
    member = sit_in(cf.make_board_member())
    assert "Då får kommunen också protokollet" in member.get(url("work_publish", meeting)).content.decode()
    member.post(url("work_publish", meeting), {"audience": "board", "privacy_reviewed": "on"})
    assert not RegistryEntry.objects.exists()
    member.post(url("work_unpublish", meeting), {"reason": "Fler ska få läsa."})
    member.post(url("work_publish", meeting), {"audience": "public", "privacy_reviewed": "on"})
    meeting.refresh_from_db()
    assert meeting.handed_over_at
    assert RegistryEntry.objects.get().counterpart == "Plattformen"


def test_what_looks_like_personal_data_is_pointed_out(sam, held, by):
    text = cf.TEXT + "\nAnna Ek, 19810203-1234, nås på 070-183 64 67 eller anna.ek@exempel.se."
    minutes = cf.write(held, text)
    minutes.draw_up(by=by)
    held.refresh_from_db()
    cf.sign_off(held)
    page = sam.get(url("work_publish", held)).content.decode()
    assert "Titta särskilt på det här" in page
    for found in ("19810203-1234", "070-183 64 67", "anna.ek@exempel.se"):
        assert f"<strong>{found}</strong>" in page


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("född 810203-1234.", [("Personnummer", "810203-1234")]),
        ("8102031234", [("Personnummer", "8102031234")]),
        ("20010203 1234", [("Personnummer", "20010203 1234")]),
        ("samordningsnummer 810263-1234", [("Personnummer", "810263-1234")]),
        ("över hundra: 180203+1234", [("Personnummer", "180203+1234")]),
        ("010203-1234", [("Personnummer", "010203-1234")]),
        ("Ring 08-530 610 00!", [("Telefonnummer", "08-530 610 00")]),
        ("+46 (0)70 183 64 67", [("Telefonnummer", "+46 (0)70 183 64 67")]),
        ("0701836467,", [("Telefonnummer", "0701836467")]),
        ("070\u00a0183\u00a064\u00a067", [("Telefonnummer", "070\u00a0183\u00a064\u00a067")]),
        ("mejla a.b+c@exempel.co.uk.", [("E-postadress", "a.b+c@exempel.co.uk")]),
        ("a@exempel.se a@exempel.se", [("E-postadress", "a@exempel.se")]),
        ("802002-4280 är föreningens nummer", []),
        ("2026-03-12 kl. 17.00–19.30", []),
        ("2026-03-12T17:00:00+01:00", []),
        ("ÖK 2026/0012, § 014", []),
        ("1 500 000 kronor, 0,5 procent, 10 000 000 kr", []),
        ("SFS 2018:1937 och 2009:400", []),
        ("@alla på Facebook", []),
    ],
)
def test_personal_data(text, found):
    assert personal_data.find(text) == found


def test_everything_written_is_looked_at(held, by):
    held.also_present = "Gäst, gast@exempel.se"
    held.save()
    held.items.update(title="Samtal med 070-183 64 67")
    content = cf.write(held, "§ 1 Samtal med 070-183 64 67\nDiskussion: Vi talade.\n").content()
    assert personal_data.find(personal_data.everything_written(content)) == [
        ("E-postadress", "gast@exempel.se"),
        ("Telefonnummer", "070-183 64 67"),
    ]


def test_a_file_that_not_everyone_can_read_is_not_published_for_all(sam, held, by):
    minutes = Minutes.of(held)
    minutes.attach(by=by, upload=upload())
    minutes.draw_up(by=by)
    held.refresh_from_db()
    cf.sign_off(held)
    page = sam.get(url("work_publish", held)).content.decode()
    assert "Filen är inte uppmärkt för hjälpmedel, så den kan inte publiceras för alla." in page
    response = sam.post(url("work_publish", held), {"audience": "public", "privacy_reviewed": "on"})
    assert response.status_code == 422
    assert "Filen är inte tillgänglig för alla" in response.content.decode()
    assert sam.post(url("work_publish", held), {"audience": "staff", "privacy_reviewed": "on"}).status_code == 302


def test_papers_that_not_everyone_may_read_are_pointed_out(sam, held, by):
    open_paper, closed = (
        Document.add(
            by=cf.BY, upload=upload(), title=f"Papper för {audience}", category="guidelines", audience=audience
        )
        for audience in ("public", "staff")
    )
    held.items.first().documents.add(open_paper, closed)
    cf.write(held).draw_up(by=by)
    held.refresh_from_db()
    cf.sign_off(held)
    assert sam.get(url("work_publish", held)).context["closed_papers"] == ["Papper för staff"]


def test_off_the_web_again_with_a_reason(sam):
    meeting = cf.make_meeting(state="published")
    assert sam.post(url("work_unpublish", meeting), {"reason": ""}).status_code == 422
    assert sam.post(url("work_unpublish", meeting), {"reason": "Ett namn stod där."}).status_code == 302
    meeting.refresh_from_db()
    assert (meeting.state, meeting.minutes_audience) == ("signed_off", "")
    assert "Ordföranden hälsar" not in Client().get(meeting.get_absolute_url()).content.decode()
    assert Event.objects.of(meeting).last().reason == "Ett namn stod där."


def test_corrections_stand_beside_the_text_and_are_seen(sam):
    meeting = cf.make_meeting(state="published")
    signed = Minutes.objects.get().signed_content
    page = url("work_correct", meeting)
    for wrong in ({"text": "", "privacy_reviewed": "on"}, {"text": "§ 2"}):
        assert sam.post(page, wrong).status_code == 422
    refused_one = sam.post(page, {"text": "§ 2: 810203-1234", "privacy_reviewed": "on"})
    assert "ser ut som ett personnummer" in refused_one.content.decode()
    assert not Correction.objects.exists()
    assert sam.post(page, {"text": "§ 2: det var 2027.", "privacy_reviewed": "on"}).status_code == 302
    assert Minutes.objects.get().signed_content == signed
    for address, client in ((meeting.get_absolute_url(), Client()), (url("work_draw_up", meeting), sam), (page, sam)):
        assert "§ 2: det var 2027." in client.get(address).content.decode(), address
    with refused("Kryssa i"):
        meeting.minutes.correct(by=cf.BY, text="x", privacy_reviewed=False)
    with refused("Skriv vad"):
        meeting.minutes.correct(by=cf.BY, text=" ", privacy_reviewed=True)


def test_plattformen_hands_over_its_signed_minutes():
    meeting = board_meeting("signed_off")
    assert not Meeting.objects.with_minutes_for(make_secretary()).exists()
    member = sit_in(cf.make_board_member())
    assert "Det går inte att ångra" in member.get(url("work_hand_over", meeting)).content.decode()
    assert not RegistryEntry.objects.exists()
    assert member.post(url("work_hand_over", meeting)).status_code == 302
    assert RegistryEntry.objects.count() == 1
    assert Meeting.objects.with_minutes_for(make_secretary()).exists()
    assert member.get(url("work_hand_over", meeting)).status_code == 302
    with refused("redan lämnat"):
        Meeting.objects.get().hand_over(by=cf.BY)


def test_what_the_minutes_name_is_told_before_they_are_handed_over():
    meeting = board_meeting("held")
    facts = {"title": "Styrelsens budget", "category": "other", "owner": "platform", "audience": "board"}
    secret = Document.add(by=cf.BY, upload=factories.upload(), **facts)
    meeting.items.first().documents.add(secret)
    cf.write(meeting).draw_up(by=cf.BY)
    meeting.refresh_from_db()
    cf.sign_off(meeting)
    page = sit_in(cf.make_board_member()).get(url("work_hand_over", meeting)).content.decode()
    assert "Handlingarna följer inte med" in page and "<li>Styrelsens budget</li>" in page


# Who may, who shares, who must not -----------------------------------------------------------------------------------


def reach(user, meeting, page):
    """The status, and that nothing was done by trying."""
    client, before = sit_in(user), everything()
    get = client.get(url(page, meeting)).status_code
    post = client.post(url(page, meeting), {"reason": "x", "text": "x", "base": 0}).status_code
    assert get == post
    assert everything() == before
    return get


@pytest.mark.parametrize("page", [*PAGES, "work_minutes_file_show"])
@pytest.mark.parametrize("kind", ["council", "board"])
def test_three_persons_on_each_page(kind, page):
    meeting = cf.make_meeting(cf.make_bodies()[kind], state="held")
    Minutes.of(meeting).attach(by=cf.BY, upload=upload())
    ours, theirs = make_secretary(), cf.make_board_member()
    may, must_not = (ours, theirs) if kind == "council" else (theirs, ours)
    reader = cf.make_board_member(role="auditor")
    superuser = User.objects.create_superuser("super@kommun.example", "ett-langt-losenord")
    staff = factories.make_user("utvecklingsledare")
    assert fetch(sit_in(may), url(page, meeting))[0] in (200, 302)
    assert reach(must_not, meeting, page) == 404  # handles meetings, but not this body's
    assert reach(reader, meeting, page) == 403  # reads in the board's room, but keeps no minutes
    assert reach(staff, meeting, page) == 403
    if kind == "board":
        assert reach(superuser, meeting, page) in (403, 404)
    anonymous = Client().get(url(page, meeting))
    assert anonymous.url.startswith(reverse("account_login"))


def test_the_seat_opens_the_page_until_its_last_day_and_not_a_day_longer():
    meeting = board_meeting("held")
    member = cf.make_board_member(last_day=timezone.localdate())
    assert sit_in(member).get(url("work_minutes", meeting)).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(days=1), tick=False):
        assert sit_in(member).get(url("work_minutes", meeting)).status_code == 403


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", ["council", "board"])
def test_looking_changes_nothing(kind, state):
    meeting = cf.make_meeting(cf.make_bodies()[kind], state=state)
    client = sit_in(make_secretary() if kind == "council" else cf.make_board_member())
    signatures = list(SignOff.objects.all())
    before = everything()
    for page in PAGES:
        for response in (client.get(url(page, meeting)), client.head(url(page, meeting))):
            assert response.status_code in (200, 302), page
    assert client.get(url("work_remind", meeting)).status_code == 405
    for signature in signatures:
        for name in ("sign_off", "sign_off_decline", "sign_off_switch_person"):
            assert Client().get(link(signature, name)).status_code in (200, 302)
        fetch(Client(), link(signature, "sign_off_pdf"), "head")
    assert everything() == before


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", ["council", "board"])
def test_the_meetings_page_says_where_the_minutes_stand(kind, state):
    meeting = cf.make_meeting(cf.make_bodies()[kind], state=state)
    client = sit_in(make_secretary() if kind == "council" else cf.make_board_member())
    page = client.get(url("work_meeting", meeting)).content.decode()
    leads_to = {
        "held": "work_draw_up",
        "drawn_up": "work_draw_up",
        "signed_off": "work_publish",
        "published": "work_unpublish",
    }
    if state in leads_to:
        assert url(leads_to[state], meeting) in page
    assert (url("work_hand_over", meeting) in page) == (kind == "board" and state in ("signed_off", "published"))


def test_pages_of_the_minutes_ask_no_more_the_more_there_is(sam, held, django_assert_max_num_queries):
    minutes = Minutes.of(held)
    for n in range(12):
        minutes.write(by=Actor(f"Nr {n}"), text=f"{BASE}\n{n}", base=n)
    with django_assert_max_num_queries(25):
        sam.get(url("work_minutes_revisions", held))
    with django_assert_max_num_queries(30):
        sam.get(url("work_draw_up", held))


# Letters -----------------------------------------------------------------------------------------------------------


def test_the_letter_to_the_signer():
    with time_machine.travel("2027-03-12T20:00:00+01:00", tick=False):
        meeting = cf.make_meeting(state="drawn_up")
        letter = Letter.objects.filter(kind="sign_off").order_by("pk").first()
    name = meeting.minutes.current_round.signatures.first().name
    assert letter.subject == "Justera protokollet: Rådet för civilsamhällesfrågor, 12 mars 2027"
    assert letter.body.startswith(
        f"Hej {name}!\n\nProtokollet från mötet den 12 mars 2027 i Rådet för civilsamhällesfrågor är skrivet. "
        "Du var ordförande och ska justera det. Läs det på din personliga länk."
    )
    assert "Gör det gärna senast den 26 mars 2027." in letter.body
    assert "/justering/" in full_body(letter)
    assert "Botkyrka kommun" in letter.body


@pytest.mark.parametrize("kind", ["sign_off", "sign_off_reminder", "sign_off_declined", "signed_off"])
def test_letters_about_the_associations_minutes_come_from_the_association(kind, settings):
    cf.people(cf.make_bodies()["board"])
    cf.make_board_member(role="secretary")
    meeting = board_meeting("drawn_up")
    signing = meeting.minutes.current_round
    with time_machine.travel(timezone.now() + timedelta(days=30), tick=False):
        signing.remind()
        if kind == "sign_off_declined":
            signing.signatures.first().decline(reason="Fel.")
        else:
            cf.sign_off(meeting)
    letter = Letter.objects.filter(kind=kind).first()
    assert letter.room == "platform"
    assert letter.body.endswith("Vänliga hälsningar\nPlattformen")
    assert "{" not in letter.subject + letter.body
    assert "\n\n\n" not in letter.body


# Two at once, really -------------------------------------------------------------------------------------------------

really = pytest.mark.django_db(transaction=True)


@pytest.mark.postgres
@really
@pytest.mark.parametrize("_", range(3))
def test_the_two_last_ones_sign_at_once(_):
    meeting = cf.make_meeting(state="drawn_up")
    signatures = list(meeting.minutes.current_round.signatures.all())
    results = at_once(*(lambda s=s: sign(SignOff.objects.get(pk=s.pk)) for s in signatures))
    assert refusals(results) == []
    assert Meeting.objects.get().state == "signed_off"
    assert Event.objects.filter(verb="sign_off").count() == RegistryEntry.objects.count() == 1
    assert File.objects.filter(name__startswith="protokoll-").count() == 1


@pytest.mark.postgres
@really
@pytest.mark.parametrize("_", range(3))
def test_the_last_one_signs_while_the_minutes_are_taken_back(_):
    meeting = cf.make_meeting(state="drawn_up")
    first, last = meeting.minutes.current_round.signatures.all()
    sign(first)
    results = at_once(
        lambda: sign(SignOff.objects.get(pk=last.pk)), lambda: Minutes.objects.get().reopen(by=SYSTEM, reason="Fel.")
    )
    assert len(refusals(results)) == 1
    outcome = {"signed_off": "met", "held": "voided"}[Meeting.objects.get().state]
    assert SignOffRound.objects.get().outcome == outcome


@pytest.mark.postgres
@really
@pytest.mark.parametrize("_", range(3))
def test_two_begin_and_save_at_once(_):
    meeting = cf.make_meeting(state="held")
    users = [make_secretary("Sam"), make_secretary("Mia")]
    clients = [sit_in(user) for user in users]
    texts = ["Sams egna ord", "Mias egna ord"]
    answers = at_once(*(lambda c=c, t=t: keep(c, meeting, t, 0) for c, t in zip(clients, texts, strict=True)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert {"Sams", "Mias"} <= kept_words()
    assert Minutes.objects.count() == 1
    assert MinutesRevision.objects.filter(number=0, aside=False).count() == 1


@pytest.mark.postgres
@really
@pytest.mark.parametrize("_", range(3))
def test_writing_while_the_minutes_are_sent(_):
    meeting = cf.make_meeting(state="held")
    cf.write(meeting)
    later = cf.TEXT + "\nSent tillägg."
    results = at_once(
        lambda: Minutes.objects.get().write(by=SYSTEM, text=later, base=1),
        lambda: Minutes.objects.get().draw_up(by=SYSTEM),
    )
    frozen = SignOffRound.objects.get().content["text"]
    assert frozen == Minutes.objects.get().text
    assert ("Sent tillägg" in frozen) == (not refusals(results))


@pytest.mark.postgres
@really
def test_sent_for_signing_twice_at_once():
    meeting = cf.make_meeting(state="held")
    cf.write(meeting)
    results = at_once(*[lambda: Minutes.objects.get().draw_up(by=SYSTEM)] * 2)
    assert len(refusals(results)) == 1
    assert SignOffRound.objects.count() == 1
    assert Letter.objects.filter(kind="sign_off").count() == 2


@pytest.mark.postgres
@really
def test_published_twice_at_once():
    meeting = cf.make_meeting(cf.make_bodies()["board"], state="signed_off")
    results = at_once(
        *[lambda: Meeting.objects.get().publish(by=SYSTEM, audience=Audience.PUBLIC, privacy_reviewed=True)] * 2
    )
    assert len(refusals(results)) == 1
    assert RegistryEntry.objects.filter(subject=meeting.subject).count() == 1
