"""The language that somebody wants to be answered in, and the translation of the decision."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from ...casework import impartiality
from ...casework.models import Actor, Case, Refused, record
from ...lib import languages
from .files import File

if TYPE_CHECKING:
    from ..uploads import Upload


class TranslatedCase(Case):
    """A case in which a minority language may be used (lag 2009:724: answers, and a translation of the decision)."""

    language = models.CharField("språk", max_length=10, default=languages.SWEDISH)
    translation = models.ForeignKey(
        File, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="översatt beslut"
    )
    translated_on = models.DateField("översattes", null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def wanted_language(self) -> str:
        """The language that the other side wants to be answered in, in Swedish; empty when that is Swedish."""
        return "" if self.language == languages.SWEDISH else languages.name(self.language)

    def may_move(self, verb: str) -> bool:
        return super().may_move(verb) and (verb != "translate" or bool(settings.MINORITY_LANGUAGES))

    def translate(self, *, by: Actor, language: str, scan: Upload, translated_on: date, letter: str = "") -> None:
        """The decision and its reasons have been translated, as was asked for: kept in the case, and sent."""
        with self.move("translate", by=by, language=language, on=translated_on):
            impartiality.officer(self, by)
            if translated_on > timezone.localdate():
                raise Refused("Dagen för översättningen kan inte ligga framåt i tiden.")
            self.language, self.translated_on, self.translation = language, translated_on, scan.store()
            label, file = f"Beslutet på {self.wanted_language.lower()}", self.translation
            record(self, "attach_translation", by=by, label=label, file=file.pk, sha256=file.sha256)
            self.write_translation(body=letter, attachment=file)

    def write_translation(self, **letter: Any) -> None:
        """The letter with the translation, to whoever the case is with."""
        self.write("translated", **letter)  # type: ignore[attr-defined]
