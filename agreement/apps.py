from django.apps import AppConfig


class AgreementConfig(AppConfig):
    name = "agreement"
    verbose_name = "Överenskommelsen"

    def ready(self) -> None:
        from . import threads
        from .models import Principle

        threads.told_by(Principle)(threads.from_principle)
