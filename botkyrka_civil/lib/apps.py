from django.apps import AppConfig


class LibConfig(AppConfig):
    name = "botkyrka_civil.lib"
    verbose_name = "Grund"
