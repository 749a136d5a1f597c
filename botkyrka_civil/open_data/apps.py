from django.apps import AppConfig


class OpenDataConfig(AppConfig):
    name = "botkyrka_civil.open_data"
    verbose_name = "Öppna data"
