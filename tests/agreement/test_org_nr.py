"""Organisationsnummer: the check digit, the friendly forms, and that a personnummer is never kept."""

from itertools import product
from uuid import uuid4

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from agreement.models import Accession
from organisations import org_nr
from tests import factories
from tests.agreement.cases import url_of
from tests.tools.threads import same

GOOD = ["212000-2882", "212000-0142", "556036-0793", "802002-4280"]


def test_good():
    for number in GOOD:
        plain = number.replace("-", "")
        for typed in (number, plain, f"16{plain}", f"16{number}", f" {number} ", f"{plain[:6]} {plain[6:]}"):
            assert org_nr.clean(typed) == number, typed


REFUSED = {
    "check_digit": ["252002-1135", "212000-2881"],
    "length": ["", "802002-428", "802002-42800"],
    "format": ["SE802002428001", "802002-428O", "80２002-4280", "802002–4280"],
    "personal": [
        "121212-1212", "19121212-1212", "20001231-1234", "16121212-1212", "121272-1219", "010101 0101",
    ],
}  # fmt: skip


def test_refused_with_its_own_reason():
    for code, numbers in REFUSED.items():
        for typed in numbers:
            with pytest.raises(ValidationError) as refused:
                org_nr.clean(typed)
            assert refused.value.code == code, typed


def check_digit(nine):
    return next(d for d in "0123456789" if org_nr.luhn_ok(nine + d))


numbers = st.from_regex(r"[0-9]{2}[2-9][0-9]{6}", fullmatch=True).map(lambda nine: nine + check_digit(nine))


@settings(max_examples=50)
@given(numbers)
def test_what_is_valid_comes_back_the_same(digits):
    cleaned = org_nr.clean(digits)
    assert cleaned.replace("-", "") == digits
    assert org_nr.clean(cleaned) == cleaned
    assert not org_nr.looks_personal(digits)


@settings(max_examples=50)
@given(numbers, st.integers(0, 9), st.integers(1, 9))
def test_any_single_wrong_digit_is_refused(digits, place, off):
    wrong = digits[:place] + str((int(digits[place]) + off) % 10) + digits[place + 1 :]
    with pytest.raises(ValidationError):
        org_nr.clean(wrong)


@settings(max_examples=50)
@given(st.text())
def test_whatever_is_typed_is_a_number_or_an_explanation(text):
    try:
        assert org_nr.luhn_ok(org_nr.clean(text).replace("-", ""))
    except ValidationError as refused:
        assert refused.messages[0].endswith(".")


@settings(max_examples=50)
@given(st.from_regex(r"[0-9]{2}[01][0-9]{7}", fullmatch=True), st.sampled_from(["", "16", "18", "19", "20"]))
def test_a_personnummer_is_seen_in_every_dress(digits, century):
    for dress in ("{}", "{} ", "pnr {}", "{}, 802002-4280"):
        assert org_nr.looks_personal(dress.format(century + digits))
    assert org_nr.looks_personal(f"{century}{digits[:6]}-{digits[6:]}")
    assert org_nr.looks_personal("".join(chr(0xFF10 + int(d)) for d in century + digits))  # full-width digits


def test_number_and_legal_form_that_disagree_are_a_question():
    for number, form, asks in (
        ("802002-4280", "ideell_forening", False),
        ("802002-4280", "ekonomisk_forening", True),
        ("769600-0000", "ekonomisk_forening", False),
        ("769600-0000", "ideell_forening", True),
        ("252002-6135", "trossamfund", False),
        ("556036-0793", "ideell_forening", False),
        ("", "ideell_forening", False),
    ):
        assert bool(org_nr.group_warning(number, form)) is asks, (number, form)


@pytest.mark.django_db
def test_a_personnummer_is_refused_and_found_nowhere_afterwards(client):
    factories.make_version()
    draft = Accession.begin(request_key=uuid4(), name="Sara", email="sara@exempel.se")
    url, spellings = url_of(draft, "step", "organisation"), ["191212121212", "19121212-1212", "121212-1212"]
    spellings += ["16121212-1212", "1212 12 1212 ", "１９１２１２１２１２１２"]
    for typed, has_number in product(spellings, ("yes", "no")):
        answer = {"name": f"Läxhjälpen {has_number}", "has_org_nr": has_number, "org_nr": typed}
        answer |= {"org_nr_missing_reason": "Vi är nybildade.", "legal_form": "ideell_forening"}
        response = client.post(url, answer)
        assert response.status_code == 422 and response.context["form"].errors["org_nr"], typed
        kept = same(draft).draft["organisation"]
        assert kept["name"] == answer["name"] and "org_nr" not in kept, typed
    models = apps.get_models(include_auto_created=True)
    rows = "".join(str(row) for model in models for row in model._base_manager.values_list())
    everything = "".join(c for c in rows if c not in "- ")
    assert "1212121212" not in everything and "１２１２" not in everything
