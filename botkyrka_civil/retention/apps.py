from django.apps import AppConfig


class RetentionConfig(AppConfig):
    name = "botkyrka_civil.retention"
    verbose_name = "Gallring"
