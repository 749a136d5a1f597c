"""The source data stands as the source has it; what the source does not say is left open."""

from datetime import date

import pytest
from django.core.management import call_command

from agreement.data.load import load_source_data
from agreement.models import Accession, AgreementVersion, Principle
from botkyrka_civil.casework.models import Actor, Event, Letter, RegistryEntry
from council.data.load import load_bodies
from council.models import Body, Composition, Meeting, Membership, Seat, Term
from organisations.models import ContactPerson, MunicipalUnit, Organisation, OtherName, Source

pytestmark = pytest.mark.django_db

AS_STATED = """\
Botkyrka riksteaterförening
Brottsofferjouren Huddinge/Botkyrka
Equmeniakyrkan Hallunda
Föräldraföreningen för Barn och ungdom i Botkyrka
 Hela Människan Botkyrka Huddinge
Internationella förenngen för funktionshinder i Botkyrka
Islamiskt forum Botkyrka
Jemenitiska föreningen
Kompis Sverige
Korpföreningen Huddinge Botkyrka
Kvinnoresurscentrum
Nattvandrarna Botkyrka
Pakistan Culture Society
ViGör (förening vigörgruppen)
Röda Korset Botkyrka
Grannstöd och Grannsamverkan
SPF seniorerna Botkyrka
Strandstugan i Slagsta
Studieförbundet SV i Sthlm län
Studieförbundet Bilda
Svenska kyrka i Hallunda
Teater Carpa
The good Talents
Tullinge TP fotboll
Verdandi Botkyrka
Väntjänstföreningen i Botkyrka""".splitlines()

CORRECTED = {
    " Hela Människan Botkyrka Huddinge": "Hela Människan Botkyrka Huddinge",
    "Internationella förenngen för funktionshinder i Botkyrka": (
        "Internationella föreningen för funktionshinder i Botkyrka"
    ),
    "Svenska kyrka i Hallunda": "Svenska kyrkan i Hallunda",
}

PRINCIPLES = {
    "Dialog": "Genom dialog möts vi på lika villkor.",
    "Kvalitet och långsiktighet": (
        "Genom långsiktiga relationer skapar vi en trygghet för idéburna organisationer i det lokala "
        "utvecklingsarbetet."
    ),
    "Demokrati och mångfald": (
        "Vår samverkan ska präglas av balans mellan representativ demokrati och deltagardemokrati. Botkyrkabor har "
        "olika behov och därför behöver vi den mångfald och valfrihet som vi tillsammans kan erbjuda."
    ),
    "Öppenhet och insyn": (
        "I vårt samarbete är vi öppna och inkluderande i arbetsprocesserna. Vi har ett öppet förhållningssätt och "
        "lyssnar till varandras behov."
    ),
    "Självständighet och oberoende": (
        "Vårt gemensamma arbete präglas av ömsesidig respekt och förtroende för varandra. Det garanterar idéburna "
        "organisationer att vara suveräna och bevara sin identitet i samarbetet med kommunen."
    ),
}


@pytest.fixture(scope="module", autouse=True)
def loaded(module_rows):
    load_source_data()
    load_bodies()


def snapshot():
    """Every row of what is loaded, so that any change shows."""
    models = (Source, MunicipalUnit, ContactPerson, Organisation, OtherName, AgreementVersion, Principle, Body)
    models += (Composition, Term, Seat, Accession, Event)
    return {model: list(model.objects.order_by("pk").values()) for model in models}


def test_the_26_names_stand_as_the_source_has_them_in_its_order_and_ours_is_the_alphabets():
    found = Organisation.objects.order_by("source_order")
    assert [o.name_as_stated for o in found] == AS_STATED
    assert [o.source_order for o in found] == list(range(1, 27))
    assert [o.name for o in found] == [CORRECTED.get(name, name) for name in AS_STATED]
    names = list(Accession.objects.active().order_by("organisation__name").values_list("organisation__name", flat=True))
    assert names[3:6] == [AS_STATED[3], "Grannstöd och Grannsamverkan", "Hela Människan Botkyrka Huddinge"]
    assert names[-3:] == ["Verdandi Botkyrka", "ViGör (förening vigörgruppen)", "Väntjänstföreningen i Botkyrka"]


def test_what_the_source_does_not_say_is_left_open():
    for organisation in Organisation.objects.all():
        said = (organisation.legal_form, organisation.area, organisation.public_email, organisation.website)
        assert organisation.org_nr is None and not any(said)
        assert not organisation.made_up
        accession = organisation.accessions.get()
        assert (accession.state, accession.method) == ("joined", "source")
        assert (accession.version, accession.joined_on, accession.registry_entry) == (None, None, None)
        assert accession.known_from == date(2020, 3, 5)
        assert not accession.applicant_name and not accession.applicant_email
        assert accession.source == organisation.source == Source.objects.get(key="S0")
    assert not Letter.objects.exists() and not RegistryEntry.objects.exists()
    assert Accession.objects.held_on(date(2020, 3, 5)).count() == 26
    assert Accession.objects.held_on(date(2020, 3, 4)).count() == 0


def test_three_spellings_lead_to_one_organisation_and_probably_the_same_is_a_guess():
    first, *others = spellings = [
        "Hela Människan Botkyrka Huddinge",
        "Hela Människan Huddinge-Botkyrka-Salem",
        "Hela människan Huddinge Botkyrka Salem",
    ]
    hela = Organisation.objects.get(name=first)
    assert {(o.name, o.suggested) for o in hela.other_names.all()} == {(name, False) for name in others}
    for spelling in spellings:
        assert list(Organisation.objects.search(spelling)) == [hela]
        assert Organisation.objects.alike(spelling)[0] == hela
    guesses = OtherName.objects.filter(suggested=True).values_list("name", "organisation__name")
    assert set(guesses) == {
        ("Botkyrka kvinnoresurscenter", "Kvinnoresurscentrum"),
        ("Föräldraföreningen barn och ungdom", "Föräldraföreningen för Barn och ungdom i Botkyrka"),
        ("Studieförbundet Vuxenskolan", "Studieförbundet SV i Sthlm län"),
        ("Verdandi i Botkyrka", "Verdandi Botkyrka"),
    }


def test_the_version_in_force_and_its_principles_word_for_word():
    version = AgreementVersion.objects.in_force()
    assert (version.label, version.title, version.adopted_text) == ("2018", "Överenskommelsen", "april 2018")
    assert (version.adopted_on, version.adopted_by) == (None, "")
    assert {p.heading: p.text for p in version.principles.all()} == PRINCIPLES
    assert [p.heading for p in version.principles.all()] == list(PRINCIPLES)
    assert all(p.plain_language and p.plain_language != p.text for p in version.principles.all())
    assert "ett socialt, ekonomiskt och ekologiskt hållbart Botkyrka" in version.body
    assert "ett socialt, ekonomisk och ekologist hållbart Botkyrka" in version.as_stated
    assert len(version.body.split("\n\n")) == 3
    assert version.joining.endswith("ansluter sig till överenskommelsen i sin helhet.")


def test_the_version_of_2009_has_headings_and_says_why_no_more():
    version = AgreementVersion.objects.get(label="2009")
    assert (version.state, version.source.key, version.adopted_by) == ("replaced", "F", "kommunfullmäktige")
    headings = "Dialog|Demokrati|Öppenhet och insyn|Självständighet och oberoende|Kvalitet|Långsiktighet|Mångfald"
    assert [p.heading for p in version.principles.all()] == [*headings.split("|"), "Utveckling"]
    assert not any(p.text or p.plain_language for p in version.principles.all())
    assert not version.body and "bara rubrikerna" in version.note


def test_contacts_carry_their_date():
    assert set(ContactPerson.objects.values_list("topic", "name", "email", "phone", "as_of")) == {
        ("agreement", "Christina Grefveberg", "christina.grefveberg@botkyrka.se", "070-183 64 67", date(2020, 3, 5)),
        ("iop", "Lumnije Mehmeti", "lumnije.mehmeti@botkyrka.se", "", date(2020, 3, 5)),
        ("platform", "Mats Wåhleman", "mats.wahleman@helamanniskan.se", "", date(2020, 3, 5)),
    }
    christina, lumnije = ContactPerson.objects.filter(title="utvecklingsledare").order_by("name")
    assert christina.municipal_unit.name == "Arbetsmarknads- och vuxenutbildningsförvaltningen"
    assert lumnije.municipal_unit is None
    assert Source.objects.get(key="S3").as_of is None


def test_the_council_and_plattformen_as_the_sources_have_them():
    """Both compositions, since the sources contradict each other; no seats in the council, for nobody is named."""
    council = Body.objects.council()
    assert [(c.seats_politics, c.seats_civil, c.source.key) for c in council.compositions.all()] == [
        (3, 4, "S0"),
        (5, 5, "S0"),
    ]
    assert council.task_list == [
        "Främja information och samarbete mellan kommunen och civilsamhällets aktörer",
        "Följa den långsiktiga strategiska utvecklingen samt bevaka aktuella frågor i Botkyrka och omvärlden inom "
        "området",
        "Följa upp fullföljandet av den lokala överenskommelsen",
    ]
    assert (council.meets_min, council.meets_max, council.decides) == (4, 5, False)
    assert not council.seats.exists()
    assert not Membership.objects.exists() and not Meeting.objects.exists()


def test_the_board_of_2019_has_its_nine_people_and_one_stated_role():
    seats = Seat.objects.on_board().held_on(date(2019, 6, 1)).in_order()
    assert [(s.person.name, s.organisation_as_stated) for s in seats.order_by("order")] == [
        ("Shahina Begum", "Botkyrka kvinnoresurscenter"),
        ("Camilla Craas", "Verdandi"),
        ("Michele Di Dato", "Tullinge TP fotboll"),
        ("Hans Richardsson", "Botkyrka riksteaterförening"),
        ("Mats Wåhleman", "Hela människan Huddinge Botkyrka Salem"),
        ("Aziz Poli", "Assyriens kulturcentrum"),
        ("Hamsa Bal", "Föräldraföreningen barn och ungdom"),
        ("Göran Steen", "Nattvandrarna Botkyrka"),
        ("Jens Vollmer", "Studieförbundet Vuxenskolan"),
    ]
    assert [s.person.name for s in seats if s.role == "chair"] == ["Mats Wåhleman"]
    assert sum(s.role == "not_stated" for s in seats) == 8
    assert not any(s.person.email for s in seats)  # the address in the source stands with the contact
    assert Seat.objects.get(person__name="Aziz Poli").organisation is None
    assert not Seat.objects.on_board().held_on(date(2020, 1, 1)).exists()
    assert Term.objects.get().year_only


def test_loading_again_changes_nothing_and_what_people_have_changed_stays_changed():
    before = snapshot()
    call_command("seed")
    assert snapshot() == before
    carpa = Organisation.objects.get(name="Teater Carpa")
    carpa.name, carpa.area = "Teater Carpa i Botkyrka", "Fittja"
    carpa.save()
    carpa.accessions.get().end(by=Actor("Tjänsteperson"), reason="Föreningen är upplöst.")
    OtherName.objects.filter(suggested=True).delete()
    ContactPerson.objects.filter(topic="iop").delete()
    ContactPerson.objects.filter(topic="agreement").update(name="Någon Annan")
    Principle.objects.filter(slug="dialog").update(plain_language="Vi pratar med varandra.")
    Composition.objects.filter(seats_civil=4).delete()
    Seat.objects.filter(person__name="Aziz Poli").delete()
    before = snapshot()
    load_source_data()
    load_bodies()
    assert snapshot() == before
