"""publiccode.yml says what the standard asks for, and the same as the rest of the repository.

The standard: https://yml.publiccode.tools, "The Standard" (version 0.7).
"""

import re
import tomllib
from datetime import date

import pytest
from ruamel.yaml import YAML

from tests.tools.repository import ROOT

FILE = ROOT / "publiccode.yml"
MANDATORY = [
    "publiccodeYmlVersion", "name", "url", "platforms", "developmentStatus", "softwareType", "description", "legal",
    "maintenance", "localisation",
]  # fmt: skip
KNOWN = {
    *MANDATORY, "softwareVersion", "releaseDate", "logo", "categories", "supports", "intendedAudience", "dependsOn",
    "landingURL", "organisation", "usedBy",
}  # fmt: skip
# Of the controlled vocabularies, those words that we use.
CATEGORIES = {"digital-citizenship", "collaboration", "e-signature", "event-management", "document-management"}
SCOPES = {"local-authorities", "society", "government"}
ALIASES = {"alias:gdpr", "alias:eidas"}


@pytest.fixture(scope="module")
def code():
    return YAML(typ="safe").load(FILE.read_text(encoding="utf-8"))  # YAML 1.2, as the standard has it


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_it_has_the_keys_of_the_standard_and_no_others(code):
    assert not [key for key in MANDATORY if not code.get(key)]
    assert set(code) <= KNOWN
    assert code["publiccodeYmlVersion"] == "0.7"
    assert code["platforms"] == ["web"] and code["softwareType"] == "standalone/web"
    assert code["developmentStatus"] in ("concept", "development", "beta", "stable", "obsolete")
    assert set(code["categories"]) <= CATEGORIES
    assert {item["id"] for item in code["supports"]} <= ALIASES
    assert set(code["intendedAudience"]["scope"]) <= SCOPES and code["intendedAudience"]["countries"] == ["SE"]


def test_version_date_and_licence_are_those_of_the_project(code, project):
    assert code["softwareVersion"] == project["version"]
    assert code["legal"]["license"] == project["license"] == "EUPL-1.2"
    heading = re.search(r"^## ([\d.]+) – (\d{4}-\d\d-\d\d)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert (code["softwareVersion"], code["releaseDate"]) == (heading[1], heading[2])
    assert date.fromisoformat(code["releaseDate"])
    python = next(part for part in code["dependsOn"]["open"] if part["name"] == "Python")
    assert project["requires-python"] == f">={python['versionMin']}"


@pytest.mark.parametrize("language", ["sv", "en"])
def test_it_is_described_in_both_languages(code, language):
    said = code["description"][language]
    assert len(said["shortDescription"]) <= 150 and "\n" not in said["shortDescription"]
    assert 150 <= len(said["longDescription"]) <= 10_000
    assert 5 <= len(said["features"]) <= 20 and len(set(said["features"])) == len(said["features"])


def test_the_address_is_a_real_one_or_one_that_leads_nowhere(code):
    """Nothing is made up: until the code is published, .invalid says so (RFC 2606)."""
    assert re.fullmatch(r"https://[\w.-]+/\S+", code["url"])
    made_up = re.compile(r"example\.|localhost|127\.0\.0\.1")
    assert not made_up.search(FILE.read_text())


def test_who_maintains_it_is_a_person_or_nobody(code):
    kind = code["maintenance"]["type"]
    assert kind in ("internal", "contract", "community", "none")
    assert kind not in ("internal", "community") or all(one.get("name") for one in code["maintenance"]["contacts"])
    assert kind != "contract" or all(one["name"] and one["until"] for one in code["maintenance"]["contractors"])


def test_languages_and_files_are_there(code, settings):
    assert settings.LANGUAGE_CODE in code["localisation"]["availableLanguages"]
    assert isinstance(code["localisation"]["localisationReady"], bool)
    assert (ROOT / code["logo"]).suffix == ".svg" and (ROOT / code["logo"]).is_file()
