"""Putting a name, an address or a number right: what is alive is changed, what is signed or sent gets a note."""

from uuid import uuid4

import pytest

from agreement.models import Accession, Signature
from botkyrka_civil.accounts.models import User
from botkyrka_civil.casework.models import Actor, Event, Letter, Refused
from botkyrka_civil.retention.extract import Extract
from botkyrka_civil.retention.extract_forms import RectifyForm
from botkyrka_civil.retention.rectify import places, rectify, stated
from botkyrka_civil.retention.who import Who
from council.models import Participant
from organisations.models import Person
from tests import factories
from tests.factories import council as council
from tests.factories import iop as iop
from tests.tools.threads import count, same
from tests.tools.writes import heard

pytestmark = pytest.mark.django_db
URL = "/admin/registerutdrag/"
WRONG, RIGHT = "sarah@exempel.se", "sara@exempel.se"


def put_right(by, *, emails=(WRONG,), names=(), kind="email", wrong=WRONG, right=RIGHT, reason="Stavfel.", found=None):
    extract = found or Extract(Who.of(emails, names))
    return rectify(extract, by=by, kind=kind, wrong=wrong, right=right, reason=reason)


def test_what_is_alive_is_changed_and_what_was_signed_is_noted(by):
    accession = factories.make_draft()
    person = {"name": "Sarah Ek", "role": "Ledamot", "email": WRONG}
    accession.keep(signatories=[person, {**factories.PEOPLE[0], "role": "Ordförande"}])
    factories.sign_all(factories.invite(accession))
    Accession.objects.filter(pk=accession.pk).update(applicant_email=WRONG)
    Person.objects.create(name="Sarah Ek", email=WRONG)
    extract = Extract(Who.of([WRONG]))
    assert ("email", WRONG) in {(kind, words) for kind, words, _ in stated(extract)}
    assert {place.title for place in places(extract, "email", WRONG) if place.live} == {"Anslutningar", "Personer"}
    before, letters = same(accession), list(Letter.objects.order_by("pk").values("to", "body"))
    outcome = put_right(by, found=extract)
    accession = same(accession)
    assert accession.applicant_email == RIGHT and accession.joining.content == before.joining.content
    assert accession.key != before.key, "the link that went to the wrong address opens nothing any more"
    assert Signature.objects.filter(email=WRONG, signed_at__isnull=False).exists()
    assert list(Letter.objects.order_by("pk").values("to", "body")) == letters
    assert outcome.changed == 2 and outcome.noted > 1
    event = Event.objects.of(accession).get(verb="rectify")
    assert event.reason == f"Fel: {WRONG}. Rätt: {RIGHT}. Stavfel."
    assert event.data["changed"] == ["Anslutningar"] and {"Underskrifter", "Brev"} <= set(event.data["noted"])


def test_a_waiting_signatory_gets_the_right_address_and_keeps_the_name_that_is_to_be_signed(by):
    accession = factories.make_draft()
    accession.keep(signatories=[{"name": "Sarah Ek", "role": "Ledamot", "email": WRONG}, factories.PEOPLE[0]])
    factories.invite(accession)
    before = Signature.objects.get(email=WRONG)
    put_right(by)
    put_right(by, emails=[RIGHT], kind="name", wrong="Sarah Ek", right="Sara Ek")
    after = same(before)
    assert (after.email, after.name) == (RIGHT, "Sarah Ek") and after.key != before.key


def test_a_person_a_party_a_participant_and_an_account(by):
    person = Person.objects.create(name="Sarah Ek", email=WRONG, phone="070-111 22 33")
    seat = council.make_council_seat("politics")
    seat.person = person
    seat.save()
    meeting = council.make_meeting(state="called")
    assert Participant.objects.filter(meeting=meeting, email=WRONG).exists()
    party = iop.make_draft(email=WRONG).proposer
    user = factories.make_user("iop", email=WRONG)
    put_right(Actor.of(factories.make_user("administrator")))
    assert same(person).email == same(party).email == same(user).email == RIGHT
    assert Participant.objects.get(meeting=meeting, name="Sarah Ek").email == RIGHT
    assert [address.email for address in user.emailaddress_set.all()] == [RIGHT]
    assert Event.objects.of(user).get(verb="change").data["fields"] == ["email"]
    assert {WRONG, RIGHT} <= set(Letter.objects.filter(kind="account_changed").values_list("to", flat=True))
    put_right(by, emails=[RIGHT], kind="phone", wrong="070-111 22 33", right="070-999 88 77")
    put_right(by, emails=[RIGHT], kind="name", wrong="Sarah Ek", right="Sara Ek")
    assert (same(person).name, same(person).phone) == ("Sara Ek", "070-999 88 77")


def test_what_minutes_say_stays_and_the_meeting_tells_what_is_right(by):
    council.make_council_seat("politics", role="chair", name="Sarah Ek")
    council.make_council_seat("civil", name="Siv Justerare")
    meeting = council.make_meeting(state="signed_off")
    person, content = Person.objects.get(name="Sarah Ek"), meeting.minutes.signed_content
    put_right(by, emails=[person.email], names=["Sarah Ek"], kind="name", wrong="Sarah Ek", right="Sara Ek")
    assert same(person).name == "Sara Ek" and meeting.minutes.signed_content == content
    assert Event.objects.of(meeting).get(verb="rectify").data["changed"] == []


@pytest.mark.parametrize(("role", "superuser"), [("registrator", False), ("administrator", True)])
def test_nobody_takes_over_an_account_by_putting_its_address_right(role, superuser):
    """With the address comes a new password, and with that the rights of the account."""
    user = factories.make_user("administrator", email=WRONG)
    User.objects.filter(pk=user.pk).update(is_superuser=superuser)
    applicant = Accession.begin(request_key=uuid4(), name="Sarah Ek", email=WRONG)
    officer = Actor.of(factories.make_user(role, email="jag@exempel.se"))
    with pytest.raises(Refused, match="har ett konto"):
        put_right(officer)
    assert same(user).email == same(applicant).applicant_email == WRONG
    put_right(officer, kind="name", wrong=user.name, right="Sara Ek")  # a name opens nothing


def test_an_address_that_somebody_has_is_refused_and_nothing_is_changed(by, registrar):
    Person.objects.create(name="Sarah Ek", email=WRONG)
    Person.objects.create(name="Sara Ek", email=RIGHT)
    accession = Accession.begin(request_key=uuid4(), name="Sarah Ek", email=WRONG)
    with pytest.raises(Refused, match="finns redan på en annan rad"):
        put_right(by)
    assert "finns redan på en annan rad" in post(registrar, "rectify-do")
    assert same(accession).applicant_email == WRONG and not count("rectify")


def test_the_key_to_the_board_s_room_is_the_board_s(by):
    """Whoever could change that address, or take it, would be in the room."""
    member = council.make_board_member()
    put_right(by, emails=[member.email], wrong=member.email)
    assert same(member).email == member.email
    Person.objects.create(name="Sarah Ek", email=WRONG)
    with pytest.raises(Refused, match="styrelserum"):
        put_right(by, right=member.email)


def test_what_can_not_be_put_right_is_refused(by):
    Person.objects.create(name="Sarah Ek", email=WRONG)
    found = Extract(Who.of([WRONG]))
    for said, words in [
        ({"reason": " "}, "varför"),
        ({"right": ""}, "rätta uppgiften"),
        ({"right": WRONG}, "likadan"),
        ({"wrong": "nagon@exempel.se"}, "står inte"),
    ]:
        with heard() as written, pytest.raises(Refused, match=words):
            put_right(by, found=found, **said)
        assert not written


SAID = {"email": WRONG, "wrong": f"email:{WRONG}", "right": RIGHT, "why": "Stavfel."}


def post(client, step, **said):
    return client.post(URL, SAID | {"step": step, **said}, follow=True).content.decode()


def test_the_page_shows_what_will_happen_before_it_does(registrar):
    Accession.begin(request_key=uuid4(), name="Sarah Ek", email=WRONG)  # and is sent a letter
    page = post(registrar, "rectify")
    assert "Anslutningar: rättas på 1 ställe." in page and "Står kvar" in page and not count("rectify")
    assert "Rättat på 1 ställe" in post(registrar, "rectify-do") and count("rectify")


def test_the_form_says_what_is_wrong_and_the_page_keeps_what_was_typed(registrar):
    for said, words in [
        ({"right": "inte en adress"}, "Skriv en e-postadress"),
        ({"right": ""}, "fyllas i"),
        ({"wrong": "email:nagon@exempel.se"}, "Välj igen"),
        ({"wrong": ""}, "Välj den uppgift"),
        ({"why": ""}, "fyllas i"),
        ({"right": WRONG}, "samma som står där"),
        ({"right": "x" * 300}, "för lång"),
    ]:
        assert words in RectifyForm(SAID | said, stated=[("email", WRONG, 1)]).errors.as_text(), said
    Person.objects.create(name="Sarah Ek", email=WRONG)
    for step in ("rectify", "rectify-do"):
        page = post(registrar, step, right="inte en adress")
        assert "Skriv en e-postadress" in page and 'value="Stavfel."' in page, step
