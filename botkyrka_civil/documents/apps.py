from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "botkyrka_civil.documents"
    verbose_name = "Dokument och riktlinjer"

    def ready(self) -> None:
        from . import checks  # noqa: F401  registers them
