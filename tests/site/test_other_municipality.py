"""The portal as another municipality starts it: with its own data, name and colours, and no trace of ours.

Exempelby is made up. Its data lies in tests/data/exempelby, with other numbers of principles, seats and criteria than
ours. A second one has brought nothing at all.
"""

import ast
import os
import re
import shutil
import signal
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

from botkyrka_civil.lib import source_data, theme
from botkyrka_civil.lib.env import WrongSetting
from council.data import load as council
from tests.tools.portal import wait_until_ready
from tests.tools.repository import ROOT, python_files, templates
from tests.tools.web import routes

EXEMPELBY = ROOT / "tests/data/exempelby"
WHO = {
    "MUNICIPALITY_NAME": "Exempelby kommun",
    "MUNICIPALITY_SHORT": "Exempelby",
    "MUNICIPALITY_ORG_NR": "212000-7774",
    "MUNICIPALITY_EMAIL": "kommunen@exempelby.example",
    "MUNICIPALITY_PHONE": "0999-100 00",
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


# The portal itself ---------------------------------------------------------------------------------------------------


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


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """The static files are the same for both, so the second one takes them over."""
    return tmp_path_factory.mktemp("static")


@pytest.fixture(scope="module", params=["exempelby", "nothing"])
def portal(request, tmp_path_factory, collected):
    folder = EXEMPELBY if request.param == "exempelby" else tmp_path_factory.mktemp("nothing")
    var = tmp_path_factory.mktemp(request.param)
    if any(collected.iterdir()):
        shutil.copytree(collected, var / "static")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    environment = {
        "PATH": os.environ["PATH"],
        "PORT": str(port),
        "BASE_URL": url,
        "VAR_DIR": str(var),
        "SOURCE_DATA": str(folder),
        **WHO,
    }
    process = subprocess.Popen([sys.executable, "manage.py", "run_portal"], cwd=ROOT, env=environment)
    try:
        wait_until_ready(f"{url}/readyz", process)
        shutil.copytree(var / "static", collected, dirs_exist_ok=True)
        yield request.param, url
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def fetch(url: str) -> Answer:
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            found = answer.geturl(), answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        found = error.geturl(), error.code, error.headers, error.read()
    url, status, headers, body = found
    return Answer(url, status, headers.get_content_type(), body, unquote(str(headers)))


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
    name, start = portal
    seen = walk(start)
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
    name, start = portal
    home = fetch(f"{start}/").text
    assert "Exempelby civilsamhälle" in home and "0999-100 00" in home
    if name == "nothing":
        assert "Kommunen och civilsamhället tillsammans" in home and "Ingen organisation står på listan än" in home
        assert "inte inlagd än" in fetch(f"{start}/overenskommelsen/").text
        assert "theme.css" not in home
        return
    assert "Föreningarna bär Exempelby" in home and "<dd>7</dd>" in home
    assert "Nyfikenhet" in fetch(f"{start}/overenskommelsen/").text
    assert "Handling" in fetch(f"{start}/overenskommelsen/2015/").text
    council_page = fetch(f"{start}/radet/").text
    assert "Föreningsrådet i Exempelby" in council_page and "Petra Påhitt" in council_page and "2 + 1" in council_page
    assert "Föreningsnätet i Exempelby" in fetch(f"{start}/kalender/plattformen.ics").text
    assert "Vera Exempel" in fetch(f"{start}/kontakt/").text
    assert "Ängens bygdegårdsförening" in fetch(f"{start}/organisationer/").text
    assert "Föreningen tar initiativet." in fetch(f"{start}/iop/").text
    assert fetch(f"{start}/overenskommelsen/2023/arsrapport/").status == 404  # before its first agreement


def test_its_colours_and_its_mark_are_served_from_its_own_address(portal):
    name, start = portal
    if name == "nothing":
        return
    home = fetch(f"{start}/").text
    for file in ("theme.css", "logo.svg", "favicon.svg"):
        address = re.search(rf'"(/{re.escape(file)}\?v=\w{{12}})"', home)
        assert address, file
        assert fetch(f"{start}{address[1]}").body == (EXEMPELBY / "static" / file).read_bytes()
    assert '<meta name="theme-color" content="#5b2a6e">' in home
    assert "/theme.css?v=" in fetch(f"{start}/admin/").text  # the page to sign in on
    assert fetch(f"{start}/sources.toml").status == fetch(f"{start}/contacts.toml").status == 404


# What does not show on a page ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", templates())
def test_no_template_tells_of_us(name):
    """Letters and the forms behind doors too: whatever a template says stands in it, or comes from data."""
    if name != "demo/letter.html":
        assert not traces(templates()[name])


def test_no_text_in_the_code_tells_of_us():
    """The name of the package, the password of demo mode, and what settings.py gives where nothing is set, stay."""
    found = []
    for path in python_files():
        if path.name == "settings.py" or "demo" in path.stem:
            continue
        tree = ast.parse(path.read_text())
        said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # a docstring is for us
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
                text = re.sub(r"botkyrka[-_]civil\b|demo-botkyrka", "", node.value)
                found += [f"{path}:{node.lineno}: {node.value}" for _ in traces(text)]
    assert not found


def test_no_data_of_the_program_tells_of_us():
    """What another municipality does not replace. The start page's words are our own, and replaced."""
    for path in (ROOT / "botkyrka_civil").rglob("*.toml"):
        assert path.name == "home.toml" or not traces(path.read_text()), path


@pytest.mark.parametrize("path", [*(ROOT / "static").rglob("*.css"), *(ROOT / "static").rglob("*.js")], ids=str)
def test_no_file_that_browsers_get_tells_of_us(path):
    assert not traces(path.read_text())


def run(code: str, **environment: str) -> subprocess.CompletedProcess:
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "botkyrka_civil.settings",
        **WHO,
        **environment,
    }
    environment = {"BASE_URL": "http://127.0.0.1", **environment}
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)


LETTERS = """
import re
import django
django.setup()
from pathlib import Path
from django.conf import settings
from django.template.loader import render_to_string
from botkyrka_civil.documents import pdf
from botkyrka_civil.lib import letters, theme

class Anything(str):
    def __getitem__(self, key):
        if not isinstance(key, str):
            return super().__getitem__(key)
        return Anything("2030-01-01T10:00:00+01:00" if key.endswith("_at") else "1")

for path in sorted(Path("templates").glob("*/letters/*.txt")):
    names = set(re.findall(r"[a-z_]+(?=[.])", path.read_text())) - {"municipality"}
    print(*letters.compose(str(path.relative_to("templates")), {name: Anything("1") for name in names}))
values = {"municipality": settings.MUNICIPALITY, "subject": "x", "body_html": "y", "colours": theme.colours()}
print(render_to_string("letters/base.html", values))
print(pdf._own_design())
"""


def test_letters_and_papers_carry_its_name_and_its_colours(tmp_path):
    done = run(LETTERS, SOURCE_DATA=str(EXEMPELBY), VAR_DIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Exempelby kommun") > 40 and not traces(done.stdout)
    assert "background:#5b2a6e" in done.stdout and "--deep: #5b2a6e;" in done.stdout and "logo.svg" in done.stdout


# What is wrong is told in a sentence ---------------------------------------------------------------------------------

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


@pytest.mark.parametrize(("file", "right", "wrong"), WRONG)
def test_a_wrong_file_stops_the_start_with_a_sentence(tmp_path, file, right, wrong):
    shutil.copytree(EXEMPELBY, tmp_path / "own")
    path = tmp_path / "own" / file
    assert right in path.read_text()
    path.write_text(path.read_text().replace(right, wrong, 1))
    code = "from django.core.management import execute_from_command_line as do; do(['manage.py', 'check'])"
    done = run(code, SOURCE_DATA=str(tmp_path / "own"), VAR_DIR=str(tmp_path))
    assert done.returncode and WRONG[file, right, wrong] in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"SOURCE_DATA": "/finns/inte"}, "SOURCE_DATA är /finns/inte, men där finns ingen mapp."),
        ({"SOURCE_DATA": str(EXEMPELBY), "MUNICIPALITY_NAME_FILE": "/finns/inte"}, "MUNICIPALITY_NAME_FILE pekar på"),
        ({"MUNICIPALITY_ORG_NR": "212000-7775"}, "MUNICIPALITY_ORG_NR ska vara kommunens organisationsnummer"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_a_sentence(environment, says):
    done = run("import django; django.setup()", **environment)
    assert done.returncode and says in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("missing", ["MUNICIPALITY_NAME", "MUNICIPALITY_SHORT", "MUNICIPALITY_ORG_NR"])
def test_who_brings_its_own_data_says_who_it_is(monkeypatch, missing):
    monkeypatch.delitem(WHO, missing)
    done = run("import django; django.setup()", SOURCE_DATA=str(EXEMPELBY))
    assert done.returncode and f"Sätt {missing}" in done.stderr


def test_our_own_files_pass_and_a_missing_one_holds_nothing(settings, tmp_path):
    assert len(council.read()["body"]) == 4
    settings.SOURCE_DATA = [tmp_path]
    assert council.read() == {"body": [], "composition": [], "term": []}
    assert source_data.text("terms.txt") == ""
    (tmp_path / "terms.txt").write_bytes(b"\xff")
    with pytest.raises(WrongSetting, match="terms.txt går inte att läsa"):
        source_data.text("terms.txt")


# Colours -------------------------------------------------------------------------------------------------------------


def test_our_own_colours_can_be_told_apart():
    assert not list(theme.problems())
    assert round(theme.contrast("#000000", "#ffffff"), 1) == 21 and theme.contrast("#777777", "#777777") == 1


@pytest.mark.parametrize("sheet", ["css/site.css", "css/admin.css", "pdf/pdf.css"])
def test_every_sheet_knows_the_same_colours(sheet):
    text = (settings.BASE_DIR / "static" / sheet).read_text()
    stated = dict(re.findall(r"^  --([a-z-]+): (#[0-9a-f]{6});", text, re.MULTILINE))
    shared = theme.COLOURS.keys() & stated.keys()
    assert len(shared) >= 5 and {name: stated[name] for name in shared} == {n: theme.COLOURS[n] for n in shared}
    if sheet == "css/site.css":
        assert shared == theme.COLOURS.keys()


def test_the_made_up_municipality_is_none():
    assert not [path for path in Path(EXEMPELBY).rglob("*.*") if traces(path.read_text())]
