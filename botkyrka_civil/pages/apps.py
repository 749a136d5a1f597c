from django.apps import AppConfig


class PagesConfig(AppConfig):
    name = "botkyrka_civil.pages"
    verbose_name = "Webbplatsen"

    def ready(self) -> None:
        from . import checks  # noqa: F401  registers them
