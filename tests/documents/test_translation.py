"""The right to a minority language (lag 2009:724): told, asked about, seen, and a decision translated."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from agreement.models import Accession
from botkyrka_civil.casework import letters
from botkyrka_civil.casework.models import Letter
from iop.models import Partnership
from tests import factories
from tests.factories import council, iop
from tests.tools.web import get, sign_in, text

pytestmark = pytest.mark.django_db
TELLS = ("agreement:received", "agreement:rejected", "agreement:approved", "iop:proposed", "iop:declined")


def cases() -> list[tuple]:
    """A decided case of each kind, its officer, and the page where it is begun."""
    officer, handler = factories.make_user(), iop.make_officer()
    rejected = factories.make_accession("rejected", officer=officer)
    declined = iop.make_partnership("declined")
    return [(rejected, officer, "/anslut/borja/"), (declined, handler, "/iop/foresla/borja/")]


def page(case, name="change", *more) -> str:
    return reverse(f"admin:{case._meta.app_label}_{case._meta.model_name}_{name}", args=[case.pk, *more])


def test_the_wish_is_asked_and_follows_the_case():
    factories.make_version()
    organisation = council.make_organisation_joined()
    facts = {"name": "Kim Kontakt", "email": "kim@exempel.se", "organisation": organisation.pk}
    for address, model in (("/anslut/borja/", Accession), ("/iop/foresla/borja/", Partnership)):
        for number, (typed, kept) in enumerate({"fi": "fi", "sv": "sv", "": "sv"}.items()):
            key = f"{number}0000000-0000-4000-8000-000000000000"
            assert 'name="language"' in text(Client().get(address))
            response = Client().post(address, facts | {"language": typed, "request_key": key})
            assert (response.status_code, model.objects.get(request_key=key).language) == (200, kept)
        assert Client().post(address, facts | {"language": "xx"}).status_code == 422


def test_the_officer_sees_it_and_registers_the_translation(settings):
    for case, officer, _ in cases():
        client = sign_in(officer)
        assert "Vill ha svar på" not in text(client.get(page(case)))
        type(case).objects.filter(pk=case.pk).update(language="fi")
        assert "Vill ha svar på</dt><dd><strong>Finska" in text(client.get(page(case)))
        address = page(case, "translate")
        assert address in text(client.get(page(case)))
        day = timezone.localdate()
        paper = SimpleUploadedFile("beslut.pdf", factories.pdf_bytes())
        data = {"language": "fi", "translated_on": f"{day:%Y-%m-%d}", "scan": paper}
        assert client.post(address, data | {"step": "do"}).status_code == 302
        case.refresh_from_db()
        assert case.translated_on == day and case.translation.name == "beslut.pdf"
        letter = Letter.objects.get(kind="translated", subject_key=case.subject)
        assert letter.attachment_name == "beslut.pdf" and "på finska" in letter.subject
        shown = text(client.get(page(case)))
        file = page(case, "file", case.translation_id)
        assert "Beslutet översatt" in shown and file in shown and get(client, file).status_code == 200


def test_the_queue_tells_in_which_language_to_answer():
    accession, partnership = factories.make_accession("submitted"), iop.make_partnership("proposed")
    for case, officer in ((accession, factories.make_user()), (partnership, iop.make_officer())):
        type(case).objects.filter(pk=case.pk).update(language="fi")
        assert "Vill ha svar på finska" in text(sign_in(officer).get("/admin/"))


def test_it_is_told_where_the_setting_says_so_and_only_there(settings):
    rows = {case._meta.app_label: (case, officer, begin) for case, officer, begin in cases()}
    for languages in (["fi"], []):
        settings.MINORITY_LANGUAGES = languages
        told = []
        for name in TELLS:
            app, kind = name.split(":")
            case = rows[app][0]
            context = {"motivation": "Nej.", "party": getattr(case, "proposer", None)}
            told.append("suomeksi" in letters.preview(case, kind, context)[1])
        told.append("Oikeus käyttää suomea" in text(Client().get("/suomeksi/")))
        for case, officer, begin in rows.values():
            told.append('name="language"' in text(Client().get(begin)))
            told.append(page(case, "translate") in text(sign_in(officer).get(page(case))))
        assert {*told} == {bool(languages)}, told
