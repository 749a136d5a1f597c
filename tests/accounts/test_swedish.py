"""The words of the libraries meet people in Swedish that somebody has read (språklagen 11 §).

Our own are in botkyrka_civil/locale/sv, which Django asks before those of the libraries.
"""

import ast
import gettext
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import django
import pytest
from django import forms
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.utils.translation import trans_real
from django.utils.translation.template import templatize

from botkyrka_civil.casework import letters
from botkyrka_civil.casework.models import Letter
from tests import factories
from tests.tools import swedish
from tests.tools.web import routes

CATALOGUE = Path(settings.LOCALE_PATHS[0]) / "sv" / "LC_MESSAGES" / "django.po"
CALLS = re.compile(r"_|(?:n|p|np)?gettext(?:_lazy|_noop)?")
LITERAL = r"u?(?:'''.*?'''|\"\"\".*?\"\"\"|'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\")"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w+\}")


def library_files() -> Iterator[Path]:
    """The code and templates of the installed apps that are not ours, and of Django itself."""
    paths = [Path(app.path) for app in apps.get_app_configs() if "site-packages" in app.path]
    labels = {path.name for path in paths} | {"allauth"}
    roots = paths + [Path(django.__file__).parent / part for part in ("forms", "core", "db", "views", "utils")]
    for root in roots:
        for path in root.rglob("*.*"):
            inner = path.relative_to(root).parts
            other_app = any((root / Path(*inner[:n]) / "apps.py").exists() for n in range(1, len(inner)))
            of_other = root.name == "allauth" and (inner[0] not in ("core", "templates") or inner[1] not in labels)
            not_shown = {"tests", "providers"} & set(inner) or other_app or (len(inner) > 1 and of_other)
            if path.suffix in (".py", ".html", ".txt") and not not_shown:
                yield path


def marked(path: Path) -> Iterator[tuple[str, ...]]:
    """What a file marks for translation: the function, and its text, its singular and plural, or context and text."""
    source = path.read_text(encoding="utf-8")
    if not re.search(r"gettext|\btrans|blocktrans", source):
        return
    if path.suffix != ".py":
        source = templatize(source)
        for call in re.finditer(rf"\b((?:n|p|np)?gettext)\(((?:\s*,?\s*{LITERAL})+)", source, re.S):
            yield call[1], *(ast.literal_eval(text) for text in re.findall(LITERAL, call[2], re.S))
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            texts = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            if texts and CALLS.fullmatch(name):
                yield name.removesuffix("_lazy").removesuffix("_noop"), *texts


@cache
def texts_of_the_libraries() -> dict[tuple[str, ...], str]:
    return {text: str(path) for path in library_files() for text in marked(path)}


def in_force(function: str, *texts: str) -> list[str]:
    """The Swedish of a text, in all its forms; nothing where no catalogue has it."""
    context = f"{texts[0]}\x04" if function.startswith(("p", "np")) else ""
    first = context + (texts[1] if context else texts[0])
    known = trans_real.translation("sv")._catalog
    plural = function.lstrip("p").startswith("n") or (first, 0) in known
    return [known[key] for key in ([(first, 0), (first, 1)] if plural else [first]) if known.get(key)]


def entries(po: str) -> dict[str | tuple[str, int], str]:
    """A catalogue's own texts, read as gettext reads them."""
    found: dict[str | tuple[str, int], str] = {}
    for block in re.split(r"\n\s*\n", po):
        part: dict[str, str] = {}
        for name, lines in re.findall(r'^(msg\S+) ((?:".*"\n?)+)', block, re.M):
            part[name] = "".join(ast.literal_eval(line) for line in lines.splitlines())
        if part:
            key = (f"{part['msgctxt']}\x04" if "msgctxt" in part else "") + part["msgid"]
            forms = [value for name, value in part.items() if name.startswith("msgstr[")]
            found |= {(key, n): form for n, form in enumerate(forms)} if forms else {key: part["msgstr"]}
    return found


def test_every_text_of_the_libraries_has_swedish_words_without_those_that_we_ban():
    """A new version's new text has none, or another, and is found here."""
    faults, seen = [], 0
    for (function, *texts), path in texts_of_the_libraries().items():
        seen += 1
        found = in_force(function, *texts)
        said = texts[-1]
        if not found and re.search(r"[A-Za-z]{2}", PLACEHOLDER.sub("", said)):
            faults.append(f"{path}: no Swedish: {said!r}")
        for text in found:
            if words := swedish.clumsy(PLACEHOLDER.sub("", re.sub(r"<[^>]*>", "", text))):
                faults.append(f"{path}: {words}")
            if "%(" in said and set(re.findall(r"%\(\w+\)s", text)) - set(re.findall(r"%\(\w+\)s", said)):
                faults.append(f"{path}: {text!r} asks for what {said!r} does not give")
    assert seen > 800 and not faults, "\n".join(faults)


def test_the_compiled_catalogue_is_the_written_one_and_says_nothing_in_vain():
    """gettext is not installed everywhere, so both are kept. After a change: msgfmt, as the head of the file says."""
    written = entries(CATALOGUE.read_text(encoding="utf-8"))
    with CATALOGUE.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)._catalog
    assert {key: text for key, text in written.items() if key} == {key: text for key, text in compiled.items() if key}
    known = {part for text in texts_of_the_libraries() for part in text[1:]}
    texts = {(key if isinstance(key, str) else key[0]).rpartition("\x04")[2] for key in written if key}
    assert not texts - known


def spelled(route: str) -> str:
    return "/" + re.sub(r"\(\?P<\w+>[^)]*\)|<[^>]*>", "1", route.replace("^", "")).replace("$", "")


def filled(form: forms.BaseForm) -> list[dict[str, str]]:
    """The form empty, and with what is wrong in every field."""
    return [{}, dict.fromkeys(form.fields, "fel@exempel.se")]


@pytest.mark.django_db
def test_nobody_meets_other_words_on_the_pages_of_their_account(settings):
    """Every address under /konto/, with its form empty and wrong, and the letters that come of it."""
    settings.ACCOUNT_RATE_LIMITS = False
    user = factories.make_user("iop", second_factor=False)
    steps = {"login": user.email, "password": "ett-langt-losenord"}
    faults, pages = [], 0
    for signed_in in (False, True):
        for route in routes():
            if not route.startswith("konto/") or "logout" in route:
                continue
            client = Client()
            if signed_in:
                client.post("/konto/login/", steps)
                client.post("/konto/reauthenticate/", steps)
            form = getattr(client.get(spelled(route)), "context", None) or {}
            tries = filled(form["form"]) if "form" in form else [{}]
            for response in [client.get(spelled(route)), *(client.post(spelled(route), sent) for sent in tries)]:
                if response.status_code in (301, 302):
                    response = client.get(response.url) if response.url.startswith("/") else response
                if response.get("Content-Type", "").startswith("text/html"):
                    pages += 1
                    words = swedish.read(response.content.decode())
                    faults += [(route, word) for word in swedish.clumsy(words) + swedish.english(words)]
    client.post("/konto/login/code/", {"email": user.email})
    Client().post("/konto/login/code/", {"email": user.email})
    Client().post("/konto/password/reset/", {"email": user.email})
    sent = Letter.objects.all()
    assert {"login_code", "password_reset_key"} <= {letter.kind for letter in sent} and pages > 100
    faults += [
        (letter.kind, word)
        for letter in sent
        for word in swedish.clumsy(f"{letter.subject} {letters.full_body(letter)}")
    ]
    assert not faults, "\n".join(map(str, sorted(set(faults))))
