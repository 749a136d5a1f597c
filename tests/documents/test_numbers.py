"""A personnummer is not to be kept where it is not needed: every door asks about it once."""

import re
from io import BytesIO

import pikepdf
import pytest
from django import forms
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory
from weasyprint import HTML

from agreement.links import APPLICATION_LINK
from agreement.steps import Application
from botkyrka_civil.accounts.models import User
from botkyrka_civil.documents.inspector import numbers_in
from botkyrka_civil.documents.uploads import UploadField
from botkyrka_civil.lib import tokens
from botkyrka_civil.lib.forms import ASKED, AsksAboutNumbers
from tests import factories
from tests.tools.threads import same
from tests.tools.web import routes

NUMBER = "811218-9876"


def drawn(content: str, **fonts) -> bytes:
    """A page with this content, and the font F1 with which it is written."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page()
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    for key, value in fonts.items():
        font[f"/{key}"] = value
    resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=pdf.make_indirect(font)))
    form = pdf.make_stream(content.encode("latin-1"), Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form)
    form.BBox, form.Resources = [0, 0, 600, 800], resources
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(X1=form))
    page.Contents = pdf.make_stream(b"/X1 Do")
    out = BytesIO()
    pdf.save(out)
    return out.getvalue()


def test_a_number_is_found_however_the_pdf_was_made():
    digits = [f"({digit}) Tj 6 0 Td" for digit in NUMBER]
    differences = pikepdf.Array(
        [65, *(pikepdf.Name(f"/{name}") for name in ["eight", "one", "two", "hyphen", "nine", "seven", "six"])]
    )
    coded = "".join("ABCDEFG"["812-976".index(digit)] for digit in NUMBER)
    made = {
        "by our own printer": HTML(string="<p>Anna Ek, <b>811218</b>-9876, Tumba</p>").write_pdf(),
        "one string": drawn(f"BT /F1 12 Tf ({NUMBER}) Tj ET"),
        "kerned": drawn("BT /F1 12 Tf [(8112) -20 (18-98) 5 (76)] TJ ET"),
        "a place for each digit": drawn(f"BT /F1 12 Tf {' '.join(digits)} ET"),
        "in parts on one line": drawn("BT /F1 12 Tf 1 0 0 1 9 9 Tm (811218) Tj 1 0 0 1 60 9 Tm (-9876) Tj ET"),
        "an encoding of its own": drawn(
            f"BT /F1 12 Tf ({coded}) Tj ET", Encoding=pikepdf.Dictionary(Differences=differences)
        ),
    }
    found = {how: numbers_in(data) for how, data in made.items()}
    assert all([re.sub(r"\D", "", number) for number in numbers] == ["8112189876"] for numbers in found.values()), found
    others = "802002-4280 811218-9877 813218-9876 2026-01-31 070-183 64 67 1234567890"
    assert not numbers_in(drawn(f"BT /F1 12 Tf ({others}) Tj ET"))
    assert not numbers_in(b"%PDF-1.7 broken")


def test_a_text_that_takes_too_long_to_read_costs_nobody_the_file():
    """A page of half a million words: the search ends, and the file is taken."""
    upload = SimpleUploadedFile("karta.pdf", drawn("BT /F1 12 Tf " + "(ord) Tj 6 0 Td " * 400_000 + "ET"))
    assert UploadField().clean(upload).mime == "application/pdf"


def all_forms() -> list[type[forms.Form]]:
    """Every form class of ours: the addresses are imported, and with them the views and their forms."""
    assert list(routes())
    found, waiting = [], [forms.Form]
    while waiting:
        waiting += (subclasses := waiting.pop().__subclasses__())
        found += subclasses
    ours = ("botkyrka_civil", "organisations", "agreement", "council", "iop")
    request = RequestFactory().get("/")
    request.user = User(is_active=True, is_staff=True, is_superuser=True)
    ways = list(admin.site._registry.values())
    ways += [inline for one in ways for inline in one.get_inline_instances(request)]
    made = [
        one.get_form(request) if hasattr(one, "get_form") else one.get_formset(request).form
        for one in ways
        if one.has_change_permission(request)
    ]
    return [*made, *(form for form in found if form.__module__.startswith(ours))]


def answers(field: forms.Field, name: str, **more: str) -> tuple[set[str], str]:
    """Why a form with the field refuses a text with a number, and the mark of what it asks."""
    door = type("Door", (forms.Form,), {name: field})({name: f"Anna, {NUMBER}.", **more})
    codes = {error.code for error in door.errors.as_data().get(name, [])}
    return codes, door[name].asked


@pytest.mark.django_db
def test_every_door_asks_about_a_personnummer():
    """A file or a free text is asked about or refused, or says in the code why not."""
    doors, silent = 0, []
    for form in all_forms():
        for name, field in form.base_fields.items():
            asks = isinstance(field, AsksAboutNumbers)
            if isinstance(field, forms.FileField) or isinstance(field.widget, forms.Textarea):
                doors += 1
                silent += [] if asks else [f"{form.__qualname__}.{name}"]
            if not asks or isinstance(field, UploadField) or field.unasked:
                continue
            why, mark = answers(field, name)
            again, _ = answers(field, name, **{f"{name}{ASKED}": mark})
            if not (why & {"number", "personal"}) or "number" in again:
                silent.append(f"{form.__qualname__}.{name} {why} {again}")
    assert doors > 40 and not silent


@pytest.mark.django_db
def test_it_is_asked_once_and_the_sender_may_insist():
    draft = factories.make_draft()
    url = f"/anslut/{tokens.make(APPLICATION_LINK, draft.key)}/steg/"
    client = Client()

    def marks(response):
        return dict(re.findall(r'name="([\w-]+-asked)" value="(\w+)"', response.content.decode()))

    def send(step, **form):
        response = client.post(f"{url}{step}/", form)
        return response.status_code, marks(response)

    pdf = drawn(f"BT /F1 12 Tf ({NUMBER}) Tj ET")
    for data, asked in ((pdf, {}), (pdf[:-1] + b"\n\n", None)):
        file = lambda data=data: SimpleUploadedFile("protokoll.pdf", data)  # noqa: E731
        status, mark = send("firmateckning", mode="two_jointly", evidence=file(), **(asked or {}))
        assert status == 422 and mark
        assert send("firmateckning", mode="two_jointly", evidence=file(), **mark)[0] == 302
    words = {"area": "Hallunda", "description": f"Ring Anna, {NUMBER}."}
    status, mark = send("kontakt", **words)
    assert status == 422 and mark
    assert not Application(same(draft)).forms["contact"].is_valid()
    assert send("kontakt", **words, **mark)[0] == 302
    assert Application(same(draft)).forms["contact"].is_valid(), "the answer is kept with the draft"
    assert marks(client.get(f"{url}kontakt/")) == mark
