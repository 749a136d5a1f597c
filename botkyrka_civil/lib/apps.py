from typing import Any

from django.apps import AppConfig
from django.db import models

from .typefaces import can_be_shown


class LibConfig(AppConfig):
    name = "botkyrka_civil.lib"
    verbose_name = "Grund"

    def __init__(self, *args: Any) -> None:
        """Model forms, those of the admin too, check each text by its model field. Configurations are made before any
        model is, and a field takes its default validators when it is made; addresses and slugs have their own."""
        super().__init__(*args)
        for field in (models.CharField, models.TextField):
            field.default_validators = [*field.default_validators, can_be_shown]
