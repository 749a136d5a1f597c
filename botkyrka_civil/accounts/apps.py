from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "botkyrka_civil.accounts"
    verbose_name = "Konton"
