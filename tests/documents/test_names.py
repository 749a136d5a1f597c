"""What a form takes in stands readable in the PDF that is made of it: names in every script that our fonts draw."""

import re
import subprocess
import unicodedata
from functools import cache

import pytest
from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import models
from django.template import engines
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from botkyrka_civil.documents import pdf
from botkyrka_civil.lib import typefaces
from botkyrka_civil.lib.forms import Name
from tests.tools import vera
from tests.tools.papers import case, opened, text_of

pytestmark = [
    pytest.mark.usefixtures("real_pdfs"),
    pytest.mark.filterwarnings("ignore:.*sRGB2014:pytest.PytestUnraisableExceptionWarning"),
]

NAMES = [
    "محمد علي", "عبد الله الأحمد", "بلال سلام", "گوگوش", "مُحَمَّد", "ܐܫܘܪ", "አበበ", "אברהם", "שָׁלוֹם",
    "李小龍", "김철수", "Γιώργος", "Сергей", "გიორგი", "Հայկ", "मोहन", "किशोर कुमार", "श्रीकृष्ण", "রবীন্দ্রনাথ",
    "ਗੁਰਪ੍ਰੀਤ", "லட்சுமி", "ඥානසේකර", "สมชาย ทิพย์วรรณ", "Nguyễn Thị Hằng", "e\u0331va", "Åsa O’Brien",
]  # fmt: skip


def paper(names):
    """A signed form with these signatories: each name in a sentence, in a table cell and in two sizes."""
    context, data = case(len(names))
    context["content"]["organisation"]["name"] = f"Föreningen {names[0]}"
    for signature, signatory, name in zip(context["signatures"], context["content"]["signatories"], names, strict=True):
        signature |= {"name": name, "typed_name": name}
        signatory["name"] = name
    return pdf.render("agreement/pdf/accession.html", context, identifier="K7QN", data=data)


@cache
def known():
    return paper(NAMES)


def letters_of(text):
    return "".join(c for c in text if unicodedata.category(c)[0] not in "MZ" and not c.isspace())


def lost(names, file):
    """Those that are not found three times in the text of the paper: in the sentence, the cell and the signature.

    White space is left out, since a long name may be broken between lines; and where a name runs from right to left the
    order of its marks, which poppler sets before their letters, against ActualText.
    """
    text = text_of(file, by_line=True)
    whole, letters = "".join(text.split()), letters_of(text)
    for name in names:
        if typefaces.RIGHT_TO_LEFT.search(name):
            found = letters.count(letters_of(name)) if set(name) <= set(text) else 0
        else:
            found = whole.count("".join(name.split()))
        if found < 3:
            yield name


def test_known_names_stand_readable_in_the_paper_and_its_title():
    file = known()
    assert not list(lost(NAMES, file))
    with opened(file) as document:
        assert "Föreningen محمد علي (" in str(document.docinfo.Title)


def test_names_beside_each_other_keep_their_order(monkeypatch):
    """Each stands where a Swedish line has it, and so does the number after it."""
    words = ["محمد", "בלה", "بلال", "12", "mars", "سلام"]
    source = '<html lang="sv"><title>T</title><p>{{ words|join:", " }}'
    monkeypatch.setattr(pdf, "get_template", lambda name: engines["django"].from_string(source))
    file = pdf.render("x.html", {"words": words}, identifier="x")
    boxes = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=file, capture_output=True, check=True).stdout
    found = re.findall(r'xMin="([\d.]+)".*?>(.*?)</word>', boxes.decode())
    from_left = [word.strip(",") for _, word in sorted(found, key=lambda pair: float(pair[0]))]
    as_drawn = [word[::-1] if typefaces.RIGHT_TO_LEFT.match(word) else word for word in words]
    assert from_left[: len(words)] == as_drawn


@pytest.mark.pdf
def test_names_pass_both_standards():
    vera.assert_pdf(known())


LETTERS = st.characters(categories=["L", "M", "Co", "Cn"])  # of any script, drawn or not


@cache
def alphabets():
    """The letters and marks of each font, the first that draws them: found from the fonts."""
    found = {}
    for character, font in typefaces._fonts().items():
        if unicodedata.category(character)[0] in "LM":
            found.setdefault(font, []).append(character)
    assert len(found) == 1 + len(typefaces.families())
    return [st.text(sorted(letters), min_size=2, max_size=6) for letters in found.values()]


def accepted(typed):
    try:
        return Name().clean(typed)
    except ValidationError:
        return None


@settings(max_examples=2, derandomize=True, phases=[Phase.generate])
@given(st.data())
def test_every_name_that_a_form_takes_stands_readable_in_the_paper(data):
    typed = [data.draw(letters) for letters in alphabets() for _ in range(3)]
    names = [name for name in map(accepted, typed + data.draw(st.lists(st.text(LETTERS, max_size=5)))) if name]
    assert len(names) > 10
    assert not list(lost(names, paper(names)))


def test_what_no_font_draws_is_refused_in_words():
    said = {
        "Anna 😀": "Tecknet 😀 går inte att visa i en handling. Skriv utan det.",
        "\u0301Anna": "Tecknet U+0301 går inte att visa i en handling. Skriv utan det.",
        "བོད ☃": "Tecknen བ, U+0F7C, ད och ☃ går inte att visa i en handling. Skriv utan dem.",
        "".join(
            map(chr, range(0x1F600, 0x1F620))
        ): "Tecknen 😀, 😁, 😂, 😃, 😄, 😅, 😆, 😇, 😈 med flera går inte att visa i en handling. Skriv utan dem.",
    }
    for typed, words in said.items():
        with pytest.raises(ValidationError) as refused:
            Name().clean(typed)
        assert refused.value.messages == [words]
    assert [accepted(name) for name in NAMES] == NAMES


def forms_of_ours(base=forms.BaseForm):
    for form in base.__subclasses__():
        if form.__module__.split(".")[0] in {"botkyrka_civil", "organisations", "agreement", "council", "iop"}:
            yield form
        yield from forms_of_ours(form)


def test_every_text_field_of_every_form_refuses_what_no_font_draws():
    """Found from the form classes and from the models, which model forms check by. The others have a rule of their own:
    addresses, keys, passwords, what is chosen, and the trap for robots, which nobody reads."""
    own_rule = (forms.EmailField, forms.URLField, forms.UUIDField, forms.SlugField)
    hidden = (forms.HiddenInput, forms.PasswordInput)
    open_fields, seen = set(), 0
    for form in set(forms_of_ours()):
        model = getattr(getattr(form, "_meta", None), "model", None)
        columns = {column.name for column in model._meta.fields} if model else set()
        for name, field in form.base_fields.items():
            if not isinstance(field, forms.CharField) or isinstance(field, own_rule):
                continue
            if isinstance(field.widget, hidden) or name in ("hemsida", "org_nr") or name in columns:
                continue
            seen += 1
            if typefaces.can_be_shown not in field.validators:
                open_fields.add(f"{form.__module__}.{form.__qualname__}.{name}")
    for model in apps.get_models():
        for column in model._meta.fields:
            own_column = (
                models.EmailField,
                models.URLField,
                models.SlugField,
                models.UUIDField,
                models.GenericIPAddressField,
            )
            if isinstance(column, models.CharField | models.TextField) and not isinstance(column, own_column):
                seen += 1
                if typefaces.can_be_shown not in column.validators:
                    open_fields.add(str(column))
    assert seen > 200 and not open_fields


@pytest.mark.django_db
def test_a_missing_font_is_told_at_start_and_its_letters_are_refused(monkeypatch):
    gone = typefaces.families() | {"PDF Thai": typefaces.folder() / "fonts" / "gone.woff"}
    monkeypatch.setattr(typefaces, "families", lambda: gone)
    typefaces._fonts.cache_clear()
    try:
        with pytest.raises(SystemCheckError, match=r"Typsnittet .*gone.woff saknas"):
            call_command("check")
        assert accepted("สมชาย") is None and accepted("Anna")
    finally:
        typefaces._fonts.cache_clear()
