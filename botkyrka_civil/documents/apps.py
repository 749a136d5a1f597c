from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "botkyrka_civil.documents"
    verbose_name = "Dokument och riktlinjer"
