"""The house keeps its own order: floors, templates, letters, names, and what does not belong here."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse

from botkyrka_civil.accounts import roles
from tests.tools.repository import ROOT, TEMPLATES, listed_files, parsed, python_files, templates

FLOORS = [
    "botkyrka_civil.lib",
    "botkyrka_civil.accounts",
    "botkyrka_civil.casework",
    "botkyrka_civil.documents",
    "organisations",
    "agreement",
    "council",
    "iop",
    "botkyrka_civil.retention",
    "botkyrka_civil.search",
    "botkyrka_civil.open_data",
    "botkyrka_civil.pages",
]


def floor_of(module):
    return next((n for n, name in enumerate(FLOORS) if module == name or module.startswith(f"{name}.")), None)


def imports(path):
    """Every module that a file imports, wherever in the file, with its line."""
    package = ".".join(path.relative_to(ROOT).with_suffix("").parts[:-1])
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from ((f"{module}.{alias.name}", node.lineno) for alias in node.names)


def test_imports_run_downward_only():
    looking_up = []
    for path in python_files():
        own = floor_of(".".join(path.relative_to(ROOT).with_suffix("").parts))
        if own is None:  # settings, urls and wsgi are the roof
            continue
        for module, line in imports(path):
            other = floor_of(module)
            if (other is not None and other > own) or module in ("botkyrka_civil.urls", "botkyrka_civil.wsgi"):
                source = path.read_text().splitlines()[line - 1].strip()
                looking_up.append(f"{path.relative_to(ROOT)}:{line}: {source}")
    assert not looking_up, "\n".join(looking_up)


def test_nothing_but_tests_imports_tests():
    for path in python_files():
        assert not [m for m, _ in imports(path) if m.split(".")[0] == "tests"], path


def test_the_top_of_the_repository_is_as_agreed():
    top = {name.partition("/")[0] for name in listed_files()}
    allowed = {
        "README.md", "Makefile", "manage.py", "pyproject.toml", "requirements.txt", "requirements-dev.txt",
        "docker-compose.yml", "Dockerfile", "LICENSE", "CHANGELOG.md", "publiccode.yml",
        "botkyrka_civil", "organisations", "agreement", "council", "iop", "templates", "static", "tests", "docs",
    }  # fmt: skip
    assert {name for name in top if not name.startswith(".")} <= allowed


# Templates -------------------------------------------------------------------------------------------------------

# found by Django, allauth or crispy by their names
FOUND_BY_NAME = r"(40[034]|403_csrf|500)\.html|(account|allauth|bootstrap5|django|mfa|socialaccount|registration)/.*"
FOUND_BY_NAME += r"|admin/(base_site|date_hierarchy|search_form|color_theme_toggle|base|index|login).*"
FOUND_BY_NAME += r"|admin/\w+/(\w+/)?(change_form|change_list|submit_line|app_index).*"


def test_every_template_is_used():
    source = "\n".join(path.read_text() for path in python_files()) + "\n".join(templates().values())
    # names that are put together, such as f"agreement/signing/{template}.html"
    patterns = [
        re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(name))
        for name in re.findall(r"[\"']([\w/{}.\[\]\"-]+?\.(?:html|txt))[\"']", source)
    ]
    unused = [
        name
        for name in templates()
        if not re.fullmatch(FOUND_BY_NAME, name)
        and not any(re.fullmatch(pattern, name) for pattern in patterns)
        and "/letters/" not in f"/{name}"
    ]
    assert not unused


def faults_of(name, text):
    """A template compiles, its includes exist, its links lead somewhere, and it has no script or style of its own."""
    get_template(name)
    for included in re.findall(r"{%-? (?:include|extends) [\"']([^\"']+)[\"']", text):
        if not (TEMPLATES / included).exists() and not exists(included):
            yield f"{name} includes {included}, which does not exist"
    for linked in re.findall(r"{% url [\"']([\w:-]+)[\"']", text):
        if not (url_exists(linked) or linked.startswith("demo_")):
            yield f"{name} links to {linked}"
    own_look = re.match(r"letters/|.*/pdf/|.*/letters/|agreement/demo/", name)
    if not own_look and re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son\w+=\"|javascript:", text):
        yield f"{name} has a script or a style of its own"
    if re.search(r"(?:<link[^>]+href|src)=\"(?:https?:)?//", text):
        yield f"{name} fetches from elsewhere"


def exists(name):
    try:
        return bool(get_template(name))
    except TemplateDoesNotExist:
        return False


@cache
def url_exists(name):
    *namespaces, last = name.split(":")
    resolver = get_resolver()
    for namespace in namespaces:
        if namespace not in resolver.namespace_dict:
            return False
        resolver = resolver.namespace_dict[namespace][1]
    if last in resolver.reverse_dict:
        return True
    try:
        return bool(reverse(name))
    except NoReverseMatch:
        return False


def test_templates():
    assert not [fault for name, text in templates().items() for fault in faults_of(name, text)]


# where the kind stands among what these functions are handed
PLACES = {
    "write": 0, "write_to_staff": 0, "_write_to_staff": 0, "_write_to_parties": 0, "_write_to_bound": 0,
    "_tell_the_board": 0, "_tell": 0, "send": 1, "preview": 1, "_void": 1,
}  # fmt: skip


def letter_kinds_in_code(app, *below):
    """The kinds handed to write, send, _write_to_staff and the pages of the verbs, and as kind=."""
    kinds = set()
    for path in python_files(app, *below):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call):
                called = getattr(node.func, "attr", getattr(node.func, "id", ""))
                place = PLACES.get(called)
                given = node.args[place : place + 1] if place is not None else []
                given += [keyword.value for keyword in node.keywords if keyword.arg == "kind"]
                kinds |= {n.value for n in given if isinstance(n, ast.Constant) and isinstance(n.value, str)}
            elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in ("letter", "kind"):
                kinds |= {
                    n.value for n in [node.value, *ast.iter_child_nodes(node.value)] if isinstance(n, ast.Constant)
                }
    return kinds


@pytest.mark.parametrize(
    ("app", "below"),
    [("agreement", ["organisations"]), ("council", []), ("iop", []), ("pages", ["botkyrka_civil/pages"])],
)
def test_every_letter_has_its_template_and_every_template_its_letter(app, below):
    included = {name for text in templates().values() for name in re.findall(rf'include "{app}/letters/(\w+)', text)}
    written = {path.stem for path in (TEMPLATES / app / "letters").glob("*.txt")} - included
    # of a completion, of a letter, of a body, of a contribution
    other_kinds = {"wrong", "incomplete", "slag", "council", "money", "staff", "kind"}
    words = {kind for kind in letter_kinds_in_code(app, *below) if re.fullmatch("[a-z_]+", kind)}
    assert words - other_kinds == written


def test_a_letter_begins_with_its_subject():
    for path in sorted(TEMPLATES.glob("*/letters/*.txt")):
        first, second, *_ = [*path.read_text().splitlines(), "", ""]
        assert first.strip(), path
        assert second == "", path
        assert "{% block" not in path.read_text(), path


# Views, roles and words ------------------------------------------------------------------------------------------

READ_ONLY = [
    "pages:home", "pages:contact", "pages:accessibility", "pages:privacy", "pages:robots", "pages:healthz",
    "pages:readyz", "pages:statusz", "agreement:agreement", "agreement:organisations", "agreement:start",
    "agreement:blank_form",
]  # fmt: skip


@pytest.mark.django_db
def test_what_is_only_read_answers_get_and_head_and_nothing_else():
    for name in READ_ONLY:
        client, url = Client(), reverse(name)
        for method in ("post", "put", "patch", "delete"):
            assert getattr(client, method)(url).status_code == 405, (name, method)
        assert client.head(url).status_code == client.get(url).status_code, name


@pytest.mark.django_db
def test_the_roles_name_only_permissions_that_exist():
    roles.sync()
    for role in roles.read().values():
        assert set(role) == {"title", "staff", "demo", "permissions"}
        assert len(role["permissions"]) == len(set(role["permissions"]))
        assert role["demo"].endswith("@example.org")


def test_no_address_of_a_package_registry():
    """Written so that this file does not find itself."""
    hosts = ["py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com", "yarn" + "pkg.com"]
    for name in listed_files():
        path = ROOT / name
        if path.is_file() and path.suffix not in (".png", ".webp", ".woff", ".woff2", ".ico", ".icc", ".ttf", ".otf"):
            text = path.read_text(errors="ignore")
            assert not [host for host in hosts if host in text], name


SAME = ("organisation", "person")  # the same word in both languages


def test_models_are_named_in_swedish():
    own = [config.label for config in apps.get_app_configs() if Path(config.path).is_relative_to(ROOT)]
    for model in apps.get_models():
        if model._meta.app_label in own and ".venv" not in model.__module__:
            if Path(apps.get_app_config(model._meta.app_label).path).is_relative_to(ROOT / ".venv"):
                continue
            assert str(model._meta.verbose_name) != model.__name__.lower() or model._meta.verbose_name in SAME


def test_functions_and_modules_stay_readable():
    """Not a gate on style: what grows past this has stopped being one thing."""
    long_modules = [p for p in python_files() if len(p.read_text().splitlines()) > 800]
    assert not long_modules
    for path in python_files():
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef):
                assert node.end_lineno - node.lineno < 60, f"{path}:{node.lineno} {node.name}"


# The tests themselves ----------------------------------------------------------------------------------------------


def files_of_tests():
    return [path for path in sorted((ROOT / "tests").rglob("*.py")) if "bench" not in path.parts]


def test_no_test_module_imports_another():
    for path in files_of_tests():
        found = [module for module, _ in imports(path) if re.search(r"(^|\.)test_\w+", module)]
        assert not found, f"{path.relative_to(ROOT)}: what several tests need stands in tests/tools or tests/factories"


def test_no_test_asserts_a_time():
    """The machine may be busy; what a call costs is counted (tests/tools/work.py) or measured by make bench."""
    clocks = {"perf_counter", "process_time", "thread_time", "getrusage"}
    for path in files_of_tests():
        named = {node.attr for node in ast.walk(parsed(path)) if isinstance(node, ast.Attribute)}
        named |= {
            alias.name for node in ast.walk(parsed(path)) if isinstance(node, ast.ImportFrom) for alias in node.names
        }
        assert not named & clocks, path.relative_to(ROOT)
        for node in ast.walk(parsed(path)):
            calls = [c for c in ast.walk(node) if isinstance(c, ast.Call)] if isinstance(node, ast.Assert) else []
            asked = {getattr(call.func, "attr", getattr(call.func, "id", "")) for call in calls}
            assert not asked & {"monotonic", "time"}, f"{path.relative_to(ROOT)}:{node.lineno}"
