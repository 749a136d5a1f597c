"""The portal as another municipality starts it: with its own data, name and colours, and no trace of ours.

Exempelby is made up. Its data lies in tests/data/exempelby, with other numbers of principles, seats and criteria than
ours. A second one has brought nothing at all.
"""

import ast
import os
import re
import runpy
import shutil
import socket
import subprocess
import sys
import tomllib
import urllib.error
import urllib.request
from dataclasses import dataclass
from html import unescape
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pikepdf
import pytest
from django.conf import settings
from django.template.loader import render_to_string

from botkyrka_civil.documents import pdf
from botkyrka_civil.lib import letters, source_data, theme
from botkyrka_civil.lib.env import WrongSetting
from botkyrka_civil.pages import checks
from botkyrka_civil.pages.accessibility import statement
from botkyrka_civil.pages.plain_views import in_other_words
from botkyrka_civil.pages.views import words
from council.data import load as council
from tests.tools.repository import ROOT, TEMPLATES, parsed, python_files, templates
from tests.tools.web import routes

EXEMPELBY = ROOT / "tests/data/exempelby"
WHO = {
    "MUNICIPALITY_NAME": "Exempelby kommun",
    "MUNICIPALITY_SHORT": "Exempelby",
    "MUNICIPALITY_ORG_NR": "212000-7774",
    "MUNICIPALITY_EMAIL": "kommunen@exempelby.example",
    "MUNICIPALITY_PHONE": "0999-100 00",
    "MUNICIPALITY_ADDRESS": "Stora vägen 1, 999 99 Exempelby",
    "MUNICIPALITY_DPO_EMAIL": "ombudet@exempelby.example",
    "FIRST_YEAR": "2024",
    "CONFERENCE_SINCE": "2025",
    "SECRET_KEY": "x" * 60,
    "ALLOWED_HOSTS": "127.0.0.1",
    "MAIL_URL": "smtp://127.0.0.1:9",
    "MAIL_FROM": "portalen@exempelby.example",
}


def our_words() -> list[str]:
    """What only our own source data says: the municipality, its organisations, people and units."""
    words = ["botkyrka", "212000-2882", "2120002882", "tumba", "26 organisationer", "rådet för civilsamhällesfrågor"]
    for path in (ROOT / "agreement/data/organisations.toml", ROOT / "agreement/data/contacts.toml"):
        for rows in tomllib.loads(path.read_text()).values():
            words += [row.get("name") or row["as_stated"] for row in rows] if isinstance(rows, list) else []
    for term in tomllib.loads((ROOT / "council/data/bodies.toml").read_text())["term"]:
        words += [seat["name"] for seat in term["seat"]]
    return [word.strip().casefold() for word in words]


OURS = our_words()


def traces(text: str) -> list[str]:
    folded = unescape(text).casefold()
    return [word for word in OURS if word in folded]


@dataclass(frozen=True)
class Answer:
    url: str
    status: int
    kind: str
    body: bytes
    headers: str

    @property
    def text(self) -> str:
        """All that can be read in it, in a PDF too."""
        if self.kind != "application/pdf":
            return self.headers + self.body.decode(errors="replace")
        shown = subprocess.run(
            ["pdftotext", "-", "-"], input=self.body, capture_output=True, check=True
        ).stdout.decode()
        with pikepdf.open(BytesIO(self.body)) as pdf:
            about = " ".join(map(str, pdf.docinfo.values())) if "/Info" in pdf.trailer else ""
            with pdf.open_metadata() as metadata:
                about += str(metadata)
        return self.headers + shown + about


# What `make run` starts as several processes, in one: bootstrap with its checks, the web server, and the worker's sign
# of life. Where there is nothing to read, papers are made quickly.
SERVE = """
import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server
import django
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
django.setup()
from django.core.cache import cache
from django.utils import timezone
from botkyrka_civil.pages.health import HEARTBEAT
call_command("bootstrap", skip_checks=False)
application = get_wsgi_application()  # WhiteNoise looks for the collected files once, here
cache.set(HEARTBEAT, timezone.now(), timeout=None)
if "quick" in sys.argv:
    from tests.tools import quick_pdf
    quick_pdf.install()
WSGIRequestHandler.log_message = lambda *args: None
with make_server("127.0.0.1", int(sys.argv[1]), application) as server:
    print("ready", flush=True)
    server.serve_forever()
"""


@pytest.fixture(scope="module", params=["exempelby", "nothing"])
def portal(request, tmp_path_factory, prepare):
    """Its name, its address, and all that anyone can reach there: each address is asked for once."""
    own = request.param == "exempelby"
    var = prepare(tmp_path_factory.mktemp(request.param))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "botkyrka_civil.settings",
        "BASE_URL": url,
        "VAR_DIR": str(var),
        "SOURCE_DATA": str(EXEMPELBY if own else tmp_path_factory.mktemp("source")),
        **WHO,
    }
    command = [sys.executable, "-c", SERVE, str(port), "" if own else "quick"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "ready\n"
        prepare.keep(var)
        yield request.param, url, walk(url)
    finally:
        process.terminate()
        process.communicate(timeout=30)


def fetch(url: str) -> Answer:
    try:
        answer = urllib.request.urlopen(url, timeout=60)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        headers = answer.headers
        return Answer(answer.geturl(), answer.status, headers.get_content_type(), answer.read(), unquote(str(headers)))


LINK = re.compile(r"""(?:\b(?:href|src|resource|url)["']?\s*[=:]\s*["']|url\(["']?)((?!data:|mailto:)[^"'()\s<>]+)""")


def walk(start: str) -> dict[str, Answer]:
    """Every address without a placeholder, and all that can be reached from there by links, each path once."""
    waiting = [f"{start}/{route}" for route in routes() if not re.search(r"[<(^$]|^(konto|admin)/.", route)]
    seen: dict[str, Answer] = {}
    while waiting:
        url = waiting.pop().partition("#")[0]
        path = url.partition("?")[0]
        if path in seen or not url.startswith(f"{start}/"):
            continue
        seen[path] = answer = fetch(url)
        if answer.kind in ("text/html", "application/atom+xml", "application/json", "text/css", "application/rdf+xml"):
            waiting += [urljoin(answer.url, unescape(link)) for link in LINK.findall(answer.text)]
    return seen


def test_nothing_breaks_and_nothing_tells_of_us(portal):
    name, _, seen = portal
    kinds = {answer.kind for answer in seen.values()}
    assert len(seen) > 60 and kinds >= {"text/html", "text/calendar", "application/atom+xml", "text/css"}
    if name == "exempelby":
        assert "application/pdf" in kinds
    broken = {url: answer.status for url, answer in seen.items() if answer.status >= 400}
    missing = {"/verifiera/certifikat.pem"}  # nothing is sealed here
    if name == "nothing":
        missing |= {"/overenskommelsen/", "/radet/", "/radet/moten/", "/anslut/blankett.pdf"}
    assert {urlsplit(url).path for url in broken} <= missing, broken
    told = {url: found for url, answer in seen.items() if (found := traces(answer.text))}
    assert not told


def test_it_is_the_other_municipality_that_is_told_of(portal):
    name, start, seen = portal
    home = seen[f"{start}/"].text
    assert "Exempelby civilsamhälle" in home and "0999-100 00" in home
    if name == "nothing":
        assert "Kommunen och civilsamhället tillsammans" in home and "Ingen organisation står på listan än" in home
        assert "inte inlagd än" in seen[f"{start}/overenskommelsen/"].text
        assert "theme.css" not in home
        return
    for path, expected in {
        "": ["Föreningarna bär Exempelby", "<dd>7</dd>", '<meta name="theme-color" content="#5b2a6e">'],
        "overenskommelsen/": ["Nyfikenhet"],
        "overenskommelsen/2015/": ["Handling"],
        "radet/": ["Föreningsrådet i Exempelby", "Petra Påhitt", "2 + 1"],
        "kalender/plattformen.ics": ["Föreningsnätet i Exempelby"],
        "kontakt/": ["Vera Exempel"],
        "organisationer/": ["Ängens bygdegårdsförening"],
        "iop/": ["Föreningen tar initiativet."],
        "konto/login/": ["/theme.css?v="],  # the page to sign in on
    }.items():
        for word in expected:
            assert word in seen[f"{start}/{path}"].text, (path, word)
    before_its_first_agreement = "overenskommelsen/2023/arsrapport/"
    for path in (before_its_first_agreement, "sources.toml", "contacts.toml"):
        assert fetch(f"{start}/{path}").status == 404
    for file in ("theme.css", "logo.svg", "favicon.svg"):
        address = re.search(rf'"(/{re.escape(file)}\?v=\w{{12}})"', home)
        assert address, file
        assert fetch(f"{start}{address[1]}").body == (EXEMPELBY / "static" / file).read_bytes()


def test_no_template_file_or_data_of_the_program_tells_of_us_and_the_made_up_municipality_is_none():
    """Letters and the forms behind doors too: whatever a template says stands in it, or comes from data."""
    files = [path for ending in ("css", "js") for path in (ROOT / "static").rglob(f"*.{ending}")]
    assert len(files) > 5
    files += [path for path in (ROOT / "botkyrka_civil").rglob("*.toml") if path.name != "home.toml"]  # is replaced
    texts = templates() | {str(path): path.read_text() for path in (*files, *EXEMPELBY.rglob("*.*"))}
    del texts["demo/letter.html"]
    assert not {name: found for name, text in texts.items() if (found := traces(text))}


def test_no_text_in_the_code_tells_of_us():
    """The name of the package, the password of demo mode, and what settings.py gives where nothing is set, stay."""
    found = []
    for path in python_files():
        if path.name == "settings.py" or "demo" in path.stem:
            continue
        tree = parsed(path)
        docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # for us
        said = "\n".join(
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
        )
        found += [(path, word) for word in traces(re.sub(r"botkyrka[-_]civil\b|demo-botkyrka", "", said))]
    assert not found


@pytest.fixture
def exempelby(settings, tmp_path):
    """Settings as with a copy of its folder; call it to have read anew what stands there."""

    def forget():
        for read in (council.texts, words, statement, in_other_words, theme.colours, theme.address):
            read.cache_clear()

    folder = shutil.copytree(EXEMPELBY, tmp_path / "own")
    settings.SOURCE_DATA, settings.BRAND = [folder], folder / "static"
    settings.MUNICIPALITY = {key: WHO.get(f"MUNICIPALITY_{key.upper()}", "") for key in settings.MUNICIPALITY}
    forget()
    yield forget
    forget()


class Anything(str):
    """Whatever a letter is told."""

    def __getitem__(self, key):
        if not isinstance(key, str):
            return super().__getitem__(key)
        return Anything("2030-01-01T10:00:00+01:00" if key.endswith("_at") else "1")


def test_letters_and_papers_carry_its_name_and_its_colours(exempelby):
    said = []
    for path in sorted(TEMPLATES.glob("*/letters/*.txt")):
        names = set(re.findall(r"[a-z_]+(?=[.])", path.read_text())) - {"municipality", "minority_languages"}
        said += letters.compose(str(path.relative_to(TEMPLATES)), {name: Anything("1") for name in names})
    values = {"municipality": settings.MUNICIPALITY, "subject": "x", "body_html": "y", "colours": theme.colours()}
    said += [render_to_string("letters/base.html", values), pdf._own_design()]
    text = "\n".join(map(str, said))
    assert text.count("Exempelby kommun") > 40 and not traces(text)
    assert "background:#5b2a6e" in text and "--deep: #5b2a6e;" in text and "logo.svg" in text


WRONG = {
    ("sources.toml", 'key = "WEBB"', "key = 7"): "sources.toml: nyckeln source[1].key ska vara text inom citattecken",
    ("sources.toml", "as_of = 2025-09-01", 'as_of = "2025"'): "nyckeln source[1].as_of ska vara ett datum utan",
    ("sources.toml", "title =", "titel ="): "sources.toml: nyckeln source[1].titel känner portalen inte till",
    ("sources.toml", "[[source]]", "[[source"): "sources.toml går inte att läsa som TOML",
    ("versions.toml", 'source = "WEBB"', 'source = "X"'): "nyckeln version[1].source är ”X”, som inte finns. Det som",
    ("versions.toml", 'heading = "Tillit", ', ""): "nyckeln version[1].principle[1].heading saknas",
    ("versions.toml", 'label = "2024"', 'label = "Å 24"'): "nyckeln version[1].label ska vara högst 20 små bokstäver",
    ("versions.toml", '"replaced"', '"in_force"'): "versions.toml: nyckeln state är ”in_force” i flera versioner",
    ("organisations.toml", 'source = "WEBB"', 'source = "NÄT"'): "organisations.toml: nyckeln source överst i filen",
    ("contacts.toml", "vera.exempel@", "vera.exempel"): "nyckeln contact[1].email ska vara en e-postadress",
    ("contacts.toml", '"iop"', '"annat"'): "nyckeln contact[2].topic ska vara något av agreement, iop, platform",
    ("bodies.toml", 'body = "styrelsen"', 'body = "styret"'): "nyckeln term[2].body är ”styret”, som inte finns",
    ("bodies.toml", "seats_civil = 1", 'seats_civil = "1"'): "nyckeln composition[1].seats_civil ska vara ett heltal",
    ("platform.toml", "quote = [", "quote = 3 #"): "platform.toml: nyckeln about.quote ska vara en lista",
    ("iop.toml", "hard = true", "hard = 1"): "iop.toml: nyckeln criterion[1].hard ska vara true eller false",
    ("home.toml", 'heading = "', 'heading = "" #'): "home.toml: nyckeln heading ska vara text inom citattecken",
    ("static/theme.css", "#5b2a6e", "#e0c0f0"): "theme.css: deep (#e0c0f0) mot white (#ffffff) har kontrasten 1,6:1",
    ("static/theme.css", "--deep:", "--djup:"): "theme.css: ”--djup: #5b2a6e” ska vara någon av --deep, --deeper,",
    ("static/theme.css", "}", "} @import url(//x);"): "theme.css ska bara innehålla :root { … } med färger",
}


def spoil(folder: Path, file: str, right: str, wrong: str) -> None:
    path = folder / file
    assert right in path.read_text()
    path.write_text(path.read_text().replace(right, wrong, 1))


def test_a_wrong_file_is_told_of_in_a_sentence(exempelby, settings):
    folder = settings.SOURCE_DATA[0]
    unsaid = {}
    for (file, right, wrong), sentence in WRONG.items():
        if file == "iop.toml":
            continue  # read when the models are, and so below
        spoil(folder, file, right, wrong)
        exempelby()
        said = " ".join(found.msg for found in checks.source_data_is_right() + checks.colours_can_be_told_apart())
        if sentence not in said:
            unsaid[file, wrong] = said
        shutil.copyfile(EXEMPELBY / file, folder / file)
    assert not unsaid
    exempelby()
    assert not checks.source_data_is_right() + checks.colours_can_be_told_apart()


def test_a_wrong_file_stops_the_start(tmp_path):
    """A file that is read when the models are, and then two that the checks look at."""
    folder = shutil.copytree(EXEMPELBY, tmp_path / "own")
    environment = {"PATH": os.environ["PATH"], "BASE_URL": "http://127.0.0.1", **WHO, "SOURCE_DATA": str(folder)}
    command = [sys.executable, "manage.py", "check"]
    [first] = [case for case in WRONG if case[0] == "iop.toml"]
    two = [("contacts.toml", '"iop"', '"annat"'), ("static/theme.css", "#5b2a6e", "#e0c0f0")]
    for cases in ([first], two):
        for case in cases:
            spoil(folder, *case)
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        assert done.returncode and "Traceback" not in done.stderr
        assert all(WRONG[case] in done.stderr for case in cases)
        shutil.copyfile(EXEMPELBY / "iop.toml", folder / "iop.toml")


def test_a_wrong_or_missing_setting_stops_the_start_with_a_sentence(monkeypatch):
    """Settings are read as at the start. The exception is a SystemExit, so there is no traceback."""
    own = {"SOURCE_DATA": str(EXEMPELBY)}
    for changes, says in [
        ({"SOURCE_DATA": "/finns/inte"}, "SOURCE_DATA är /finns/inte, men där finns ingen mapp."),
        (own | {"MUNICIPALITY_NAME_FILE": "/finns/inte"}, "MUNICIPALITY_NAME_FILE pekar på"),
        ({"MINORITY_LANGUAGES": "fi,xx"}, "MINORITY_LANGUAGES har xx, som saknar text. Välj bland: fi."),
        ({"MUNICIPALITY_ORG_NR": "212000-7775"}, "MUNICIPALITY_ORG_NR ska vara kommunens organisationsnummer"),
    ]:
        with monkeypatch.context() as patch:
            for name, value in (WHO | {"BASE_URL": "http://127.0.0.1"} | changes).items():
                patch.setenv(name, value) if value else patch.delenv(name, raising=False)
            with pytest.raises(WrongSetting, match=re.escape(says)) as refusal:
                runpy.run_path(str(ROOT / "botkyrka_civil/settings.py"))
            assert isinstance(refusal.value, SystemExit)


def test_our_own_files_pass_and_a_missing_one_holds_nothing(settings, tmp_path):
    assert len(council.read()["body"]) == 4
    settings.SOURCE_DATA = [tmp_path]
    assert council.read() == {"body": [], "composition": [], "term": []}
    assert source_data.text("terms.txt") == ""
    (tmp_path / "terms.txt").write_bytes(b"\xff")
    with pytest.raises(WrongSetting, match="terms.txt går inte att läsa"):
        source_data.text("terms.txt")


def test_every_sheet_knows_the_same_colours_and_they_can_be_told_apart():
    assert not list(theme.problems())
    assert round(theme.contrast("#000000", "#ffffff"), 1) == 21 and theme.contrast("#777777", "#777777") == 1
    for sheet in ("css/site.css", "css/admin.css", "pdf/pdf.css"):
        text = (ROOT / "static" / sheet).read_text()
        stated = dict(re.findall(r"^  --([a-z-]+): (#[0-9a-f]{6});", text, re.MULTILINE))
        shared = theme.COLOURS.keys() & stated.keys()
        assert len(shared) >= 5 and {name: stated[name] for name in shared} == {n: theme.COLOURS[n] for n in shared}
        if sheet == "css/site.css":
            assert shared == theme.COLOURS.keys()
