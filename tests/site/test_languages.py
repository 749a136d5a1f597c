"""The agreement in easy Swedish, and summed up in other languages: marked as such, and read aloud in its own voice."""

import importlib
import re
from html.parser import HTMLParser

import pytest
from django.apps import apps
from django.utils.html import strip_tags

from agreement.data.load import load_source_data
from agreement.models import AgreementVersion, Principle
from botkyrka_civil.pages.plain_views import in_other_words

pytestmark = pytest.mark.django_db
MUNICIPALITY = {"name": "Ängsö kommun", "short": "Ängsö", "phone": "0123-45 67 89"}
PAGES = {"/in-english/": ("en", "ltr"), "/suomeksi/": ("fi", "ltr"), "/bil-arabiyya/": ("ar", "rtl")}
ALL = {"sv": "/lattlast/", **{code: path for path, (code, _) in PAGES.items()}}


@pytest.fixture(scope="module", autouse=True)
def source(module_rows):
    load_source_data()


def read(client, url):
    response = client.get(url)
    assert response.status_code == 200 and not response.cookies, url
    return response.content.decode()


def main_of(html):
    return html.partition("<main")[2].partition("</main>")[0]


class Swedish(HTMLParser):
    """The text of <main> that is marked as Swedish, and the rest."""

    def __init__(self, html):
        super().__init__()
        self.open, self.marked, self.rest = [], [], []
        self.feed("<main" + main_of(html) + "</main>")

    def handle_starttag(self, tag, attrs):
        if tag not in ("br", "path"):
            self.open.append(dict(attrs).get("lang") or (self.open[-1] if self.open else ""))

    def handle_endtag(self, tag):
        if tag not in ("br", "path"):
            self.open.pop()

    def handle_data(self, data):
        (self.marked if self.open and self.open[-1] == "sv" else self.rest).append(data)


LINKS = ("anslut/", "anslut/blankett.pdf", "plattformen/", "radet/", "iop/", "kontakt/", "personuppgifter/")


def test_a_page_in_another_language_is_marked_as_one_and_as_a_summary(client):
    for path, (code, direction) in PAGES.items():
        html = read(client, path)
        for part in (
            '<html lang="sv">',  # the menu and the footer are Swedish
            f'<main id="innehall" lang="{code}" dir="{direction}"',
            f'<title lang="{code}" dir="{direction}">',
            f'<li aria-current="page" lang="{code}">',
        ):
            assert part in html, (path, part)
        note = re.search(r'<div class="note">.*?</div>', html, re.DOTALL)[0]
        for part in ("<strong>", 'href="/overenskommelsen/"', 'hreflang="sv"', 'lang="sv"'):
            assert part in note, (path, part)
        main = main_of(html)
        for link in (*LINKS, f"tillganglighet/rapportera/?sida={path}"):
            assert f'href="/{link}"' in main, (path, link)
        assert html.count("<h1") == 1 and main.count("<li>") >= 9 and main.count("<div><dt>") == 5 + 3, path


SWEDISH = ("Överenskommelsen", "Plattformen", "Rådet", "Anslut er", "Börja", "organisationsnummer", "Ängsö")


def test_swedish_words_are_said_in_swedish_and_the_municipality_is_whichever_runs_the_portal(client, settings):
    """In another language's voice they can't be understood."""
    settings.MUNICIPALITY = settings.MUNICIPALITY | MUNICIPALITY
    for path in ALL.values():
        html = read(client, path)
        assert "Ängsö kommun" in main_of(html) and "0123-45 67 89" in main_of(html), path
        assert "botkyrka" not in html.casefold(), path
        found = Swedish(html)
        rest = " ".join(found.rest)
        for word in SWEDISH if path in PAGES else ():
            assert word in " ".join(found.marked) and word not in rest, (path, word)
        if path not in ("/lattlast/", "/suomeksi/"):  # which have the same letters
            assert not re.search("[åäöÅÄÖ]", rest), path


def test_every_principle_in_force_is_told_in_every_language():
    slugs = set(AgreementVersion.objects.in_force().principles.values_list("slug", flat=True))
    said = in_other_words()
    assert {slug for slug, _ in said} == slugs
    assert set(said) == {(slug, code) for slug in slugs for code in ("en", "fi", "ar")}
    assert all(heading.strip() and text.strip() for heading, text in said.values())
    letters = {code: "".join(text for (_, c), (_, text) in said.items() if c == code) for code in ("en", "fi", "ar")}
    assert re.search(r"[\u0600-\u06ff]", letters["ar"]) and not re.search(r"[\u0600-\u06ff]", letters["en"])


def test_a_principle_that_nobody_has_translated_stands_in_swedish_and_without_an_agreement_the_pages_hold(client):
    Principle.objects.filter(slug="dialog").update(slug="nagot-nytt", heading="Något nytt", text="Ny text.")
    for path in PAGES:
        assert '<div lang="sv" dir="ltr"><dt>Något nytt</dt>' in read(client, path)
    AgreementVersion.objects.all().delete()
    for path in ALL.values():
        assert "<h1" in read(client, path)


def test_every_page_leads_to_them_in_their_own_words(client):
    alternate = re.compile(r'<link rel="alternate" hreflang="(\w+)" href="http://testserver([^"]+)">')
    for path in ("/", "/anslut/", *ALL.values()):
        assert dict(alternate.findall(read(client, path))) == ALL, path  # told to search engines
    for path in ("/", "/anslut/", "/kontakt/", "/in-english/", "/finns-inte/"):
        html = client.get(path).content.decode()
        footer = html.partition("<footer")[2]
        for code, name in (("en", "English"), ("fi", "Suomi"), ("ar", "العربية")):
            link = rf'<a href="{ALL[code]}" lang="{code}" hreflang="{code}"[^>]*>{name}</a>'
            assert re.search(link, footer), (path, code)
        assert '<a href="/lattlast/">' in footer, path
        if path in ("/", "/anslut/"):
            assert '<a href="/lattlast/">' in main_of(html), path


# Words that begin a clause within a sentence, or that most people have to look up.
HARD = r"\b(att|eftersom|vilket|vilka|vars|samt|gällande|avseende|huruvida|såväl|därmed|dvs|t\.ex|bl\.a|m\.m)\b"


def test_each_principle_is_easy_to_read():
    for principle in AgreementVersion.objects.in_force().principles.all():
        lines = principle.plain_language.splitlines()
        assert len(lines) >= 4, principle
        for line in lines:
            assert re.fullmatch(r"[A-ZÅÄÖ][^.?!]*[.?!]", line), line  # one sentence, one thought
            assert len(line.split()) <= 10 and not re.search(HARD, line, re.IGNORECASE), line


def test_the_whole_agreement_is_told_in_short_lines(client):
    html = main_of(read(client, "/lattlast/"))
    for principle in AgreementVersion.objects.in_force().principles.all():
        assert principle.plain_language.splitlines()[-1] in html
    assert 'Men det är <a href="/overenskommelsen/">hela Överenskommelsen</a> som gäller.' in html
    told = re.sub(r"<(br|/p|/li|/dd|/dt|/h\d)[^>]*>", "\n", html.partition(">")[2])
    lines = [" ".join(line.split()) for line in strip_tags(told).splitlines()]
    assert max(len(line.split()) for line in lines) <= 12, max(lines, key=lambda line: len(line.split()))


def test_a_principle_stands_in_easy_swedish_on_its_own_page_a_thought_a_line(client):
    html = read(client, "/overenskommelsen/principer/dialog/")
    assert "Dialog betyder samtal.<br>Kommunen och föreningarna pratar med varandra.<br>" in html
    assert 'href="/lattlast/">Läs hela Överenskommelsen på lättläst' in html


def test_what_people_have_written_is_left_alone_when_the_old_text_is_renewed():
    migration = importlib.import_module("agreement.migrations.0004_easy_swedish")
    principles = Principle.objects.filter(version__state="in_force")
    new = dict(principles.values_list("slug", "plain_language"))
    earlier = "Kommunen och organisationerna pratar med varandra. Alla är lika mycket värda i samtalet."
    principles.filter(slug="dialog").update(plain_language=earlier)
    principles.filter(slug="oppenhet-och-insyn").update(plain_language="Vår egen text.")
    migration.write(apps, None)
    after = dict(principles.values_list("slug", "plain_language"))
    assert after == new | {"oppenhet-och-insyn": "Vår egen text."}
