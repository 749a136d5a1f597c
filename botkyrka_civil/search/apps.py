from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "botkyrka_civil.search"
    verbose_name = "Sök"
