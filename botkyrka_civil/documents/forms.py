"""What is asked about a document and about each of its files. The cleaned data are the arguments of the verbs."""

from django import forms

from ..lib.forms import Line, Text
from .models import Accessible, Document, Language
from .uploads import DOCUMENTS, UploadField

AS_KNOWN = [(Accessible.UNKNOWN, "Vet inte"), (Accessible.YES, "Ja"), (Accessible.NO, "Nej")]


class VersionForm(forms.Form):
    upload = UploadField(label="Fil", accepted=DOCUMENTS)
    language = forms.ChoiceField(label="Språk", choices=Language, initial=Language.SV)
    accessible = forms.ChoiceField(
        label="Går filen att läsa med hjälpmedel, till exempel skärmläsare?",
        choices=AS_KNOWN,
        initial=Accessible.UNKNOWN,
        help_text="En PDF som är uppmärkt för hjälpmedel känner vi igen. Svara om du vet mer.",
    )


class DocumentForm(forms.ModelForm):
    class Meta:
        model = Document
        fields = ["title", "category", "audience", "note"]
        field_classes = {"title": Line, "note": Text}
        labels = {"audience": "Visas för"}
        help_texts = {"title": "Så som dokumentet heter, utan filändelse."}


class NewDocumentForm(VersionForm, DocumentForm):
    field_order = ["title", "category", "audience", "note", "upload", "language", "accessible"]
