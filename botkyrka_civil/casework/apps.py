from django.apps import AppConfig


class CaseworkConfig(AppConfig):
    name = "botkyrka_civil.casework"
    verbose_name = "Ärenden och diarium"
