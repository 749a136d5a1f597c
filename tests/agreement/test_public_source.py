"""What everyone reads of the source data, as they stand when they have just been loaded."""

from datetime import date

import pytest

from agreement.data.load import load_source_data
from agreement.models import Accession, AgreementVersion
from organisations.models import ContactPerson, Organisation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("source_data")]
LIST = "/organisationer/"


@pytest.fixture(scope="module")
def source_data(module_rows):
    load_source_data()


def test_every_public_page_answers_without_a_cookie_under_a_title_of_its_own(client, public_addresses):
    titles = {}
    for url in public_addresses:
        response = client.get(url)
        assert response.status_code == 200, url
        assert not response.cookies and "Set-Cookie" not in response, url
        if response["Content-Type"].startswith("text/html"):
            html = response.content.decode()
            assert html.count("<h1") == 1, url
            assert 'href="/tillganglighet/"' in html, url
            assert 'aria-label="Brödsmulor"' in html or url == "/", url
            title = html.partition("<title>")[2].partition("</title>")[0]
            titles.setdefault(title, set()).add(response.request["PATH_INFO"])
    assert not [paths for paths in titles.values() if len(paths) > 1]


def test_the_start_page_says_what_this_is_who_is_new_and_how_many(read):
    html = read("/")
    assert "<dd>26</dd>" in html and "Se alla 26 organisationer" in html
    assert "De är med" in html  # no one has a date yet
    for principle in AgreementVersion.objects.in_force().principles.all():
        assert f">{principle.heading}</a>" in html
    organisation = Organisation.objects.create(name="Åsa kulturförening")
    Accession.objects.create(organisation=organisation, state="joined", joined_on=date(2026, 3, 5))
    html = read("/")
    assert "Senast anslutna" in html and "Åsa kulturförening" in html and "Anslöt sig 5 mars 2026" in html


def test_the_agreement_stands_word_for_word(read):
    html = read("/overenskommelsen/")
    version = AgreementVersion.objects.in_force()
    for paragraph in (*version.body.split("\n\n"), version.values_intro, version.joining):
        assert paragraph in html
    for principle in version.principles.all():
        assert principle.text in html and principle.get_absolute_url() in html
    assert html.index("ekonomiskt och ekologiskt hållbart") < html.index("ekonomisk och ekologist hållbart")
    assert "Så står det i källan" in html and "2009" in html
    assert "Christina Grefveberg" in html and "Uppgiften gällde 5 mars 2020" in html


def test_an_earlier_version_says_that_it_no_longer_holds_and_what_is_known_of_it(read):
    html = read("/overenskommelsen/2009/")
    assert "inte längre gäller" in html and "Själva texten har vi inte" in html
    assert "Långsiktighet" in html and "/overenskommelsen/principer/langsiktighet/" not in html
    assert read("/overenskommelsen/1999/", 404)


def test_a_principle_stands_word_for_word_and_the_plain_words_are_marked_as_ours(read):
    html = read("/overenskommelsen/principer/demokrati-och-mangfald/")
    assert "<blockquote><p>Vår samverkan ska präglas av balans" in html
    assert html.index(">Lättläst</h2>") < html.index("vår egen lättlästa text")
    # The same heading in two versions: the one in force answers.
    assert "Genom dialog möts vi på lika villkor." in read("/overenskommelsen/principer/dialog/")
    assert "inte längre gäller" in read("/overenskommelsen/principer/utveckling/")


def test_what_is_unknown_is_said_to_be_unknown(read):
    html = read(LIST)
    assert html.count("Anslöt sig senast 5 mars 2020, datum okänt") == 26
    assert "26 organisationer är anslutna" in html
    assert "Vi känner inte till någon anslutning den dagen" in read(f"{LIST}?datum=2015-01-01")


def test_an_organisation_from_the_source_says_what_the_source_says_and_no_more(read):
    def of(name):
        return read(Organisation.objects.get(name__startswith=name).get_absolute_url())

    html = of("Internationella föreningen")
    assert "Internationella förenngen" in html and "Senast 5 mars 2020" in html
    assert "Datum och version är okända" in html and "Uppgift saknas" in html
    html = of("Hela Människan")
    assert "Hela Människan Huddinge-Botkyrka-Salem" in html
    assert "Så skriver källan namnet" not in html, "a stray space is no other spelling"
    assert "Botkyrka kvinnoresurscenter" not in of("Kvinnoresurscentrum"), "a guess"


def test_contacts_are_shown_with_their_date(read):
    html = read("/kontakt/")
    assert html.count("Uppgiften gällde 5 mars 2020.") == ContactPerson.objects.count() == 3
    assert "lumnije.mehmeti@botkyrka.se" in html
