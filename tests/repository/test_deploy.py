"""What a production start is made from: the image's build context, the containers, and the proxy in front.

No container engine is needed: the last step of the Dockerfile runs here on just those files that the context lets
through, and the rest is read as it is written.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from ruamel.yaml import YAML

from tests.tools.repository import ROOT, listed_files

NGINX = ROOT / ".deploy" / "nginx"
TEMPLATES = sorted(NGINX.glob("*.template"))


def in_context(name: str) -> bool:
    """Whether .dockerignore lets a file through: the last pattern that fits it, or a folder above it, decides."""
    parts, ignored = name.split("/"), False
    above = {"/".join(parts[:n]) for n in range(1, len(parts) + 1)}
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.removeprefix("!")
        regex = re.escape(pattern).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
        if pattern and any(re.fullmatch(regex, path) for path in above):
            ignored = not line.startswith("!")
    return not ignored


@pytest.fixture(scope="module")
def context(tmp_path_factory) -> Path:
    """A copy of the build context."""
    folder = tmp_path_factory.mktemp("context")
    for name in filter(in_context, listed_files()):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


def build_step() -> tuple[dict[str, str], list[str]]:
    """The settings and the command of the Dockerfile's last RUN."""
    dockerfile = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    words = shlex.split(re.findall(r"^RUN (.*)$", dockerfile, re.MULTILINE)[-1])
    first = words.index("python")
    return dict(word.split("=", 1) for word in words[:first]), words[first:]


def test_the_image_is_built_from_its_context_and_every_app_is_in_it(context, tmp_path):
    variables, command = build_step()
    assert command[1:3] == ["manage.py", "collectstatic"]
    environment = {"PATH": os.environ["PATH"], **variables, "VAR_DIR": str(tmp_path)}
    environment["DJANGO_SETTINGS_MODULE"] = "botkyrka_civil.settings"
    code = (
        "import django, pathlib; django.setup(); from django.apps import apps; from importlib import import_module;"
        "import_module('botkyrka_civil.urls'); import_module('botkyrka_civil.wsgi');"
        "print(*(config.name for config in apps.get_app_configs() if pathlib.Path(config.path).is_relative_to('.')))"
    ).replace("is_relative_to('.')", "is_relative_to(pathlib.Path.cwd())")
    for arguments in (command[1:], ["-c", code]):
        run = subprocess.run(
            [sys.executable, *arguments], cwd=context, env=environment, capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stderr
    ours = [name.removesuffix(".site.PortalAdminConfig") for name in settings.INSTALLED_APPS]
    assert {name for name in ours if (ROOT / name.replace(".", "/")).is_dir()} <= set(run.stdout.split())


def test_what_the_image_does_not_need_stays_out(context):
    unneeded = ("tests", ".git", "var", ".build", ".ci", "docker-compose.yml")
    assert not [name for name in unneeded if (context / name).exists()]
    for name in re.findall(r"\.deploy/[\w.]+", (ROOT / "Dockerfile").read_text()):
        assert (context / name).exists(), name


# Containers ------------------------------------------------------------------------------------------------------

# What podman takes too: its log drivers (containers.conf) and the options of a tmpfs (podman-run, --tmpfs).
LOG_DRIVERS = {"json-file", "journald", "none"}
TMPFS_OPTIONS = {"mode", "size", "ro", "rw", "exec", "noexec", "nodev", "nosuid"}


@pytest.fixture(scope="module")
def services() -> dict:
    return YAML(typ="safe").load((ROOT / "docker-compose.yml").read_text())["services"]


def test_docker_and_podman_both_take_the_services(services):
    for name, service in services.items():
        assert service["logging"]["driver"] in LOG_DRIVERS, name
        assert service["logging"]["options"].keys() >= {"max-size"}, name
        assert "build" not in service or service["mem_limit"], name
        for place in service.get("tmpfs", []):
            options = place.partition(":")[2]
            assert {option.partition("=")[0] for option in options.split(",") if option} <= TMPFS_OPTIONS, place


def required_settings() -> set[str]:
    """What the README marks as required."""
    rows = re.findall(r"^\| (`[^|]+) \| \*\*required\*\* ", (ROOT / "README.md").read_text(), re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}


@pytest.mark.parametrize("command", [["manage.py", "check", "--deploy"], ["-c", "import botkyrka_civil.wsgi"]])
def test_all_that_is_missing_is_told_at_once(command, services):
    """How to reach the municipality and its data protection officer too (dataskyddsförordningen art. 13.1 a, b)."""
    required = required_settings()
    assert {"SECRET_KEY", "MAIL_FROM", "MUNICIPALITY_ADDRESS", "MUNICIPALITY_DPO_EMAIL"} <= required
    run = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "OIDC_URL": "https://x"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode and "Traceback" not in run.stderr, run.stderr
    assert set(re.findall(r"^  (\w+)$", run.stderr, re.MULTILINE)) == required
    handed = {name.removesuffix("_FILE") for name in services["web"]["environment"]}
    assert {name for name in required if not name.startswith("OIDC_")} <= handed


def test_a_user_with_a_number_of_its_own_is_no_system_user():
    """useradd warns of a system user whose number is above 999 (login.defs, SYS_UID_MAX)."""
    added = re.search(r"useradd (.*?) botkyrka\b", (ROOT / "Dockerfile").read_text())
    assert added and "--system" not in added[1] and "--uid 10001" in added[1]


# The proxy -------------------------------------------------------------------------------------------------------


def test_the_proxy_asks_again_where_the_web_is():
    """A container that is made anew has another address. nginx asks for it again only where all three stand."""
    http = (NGINX / "http.conf").read_text()
    blocks = re.findall(r"^upstream \w+ \{(.*?)^\}", http, re.MULTILINE | re.DOTALL)
    assert blocks
    for block in blocks:
        assert re.search(r"^\s*zone \w+ \w+;", block, re.MULTILINE)
        servers = re.findall(r"^\s*server (\S+)(.*);", block, re.MULTILINE)
        assert servers and all("resolve" in rest.split() for _, rest in servers)
    for path in TEMPLATES:
        assert re.search(r"^resolver \$\{NGINX_LOCAL_RESOLVERS\} valid=\d+s", path.read_text(), re.MULTILINE), path.name


def test_the_proxy_is_handed_all_that_its_templates_name(services):
    environment = services["proxy"]["environment"]
    handed = environment["NGINX_ENVSUBST_FILTER"].replace("$$", "$")
    assert environment["NGINX_ENTRYPOINT_LOCAL_RESOLVERS"]  # from which the image makes NGINX_LOCAL_RESOLVERS
    for path in TEMPLATES:
        named = set(re.findall(r"\$\{(\w+)\}", path.read_text()))
        assert named and all(re.search(handed, name) for name in named), path.name
        assert named - {"NGINX_LOCAL_RESOLVERS"} <= environment.keys(), path.name
