from django.apps import AppConfig


class AgreementConfig(AppConfig):
    name = "agreement"
    verbose_name = "Överenskommelsen"

    def ready(self) -> None:
        from botkyrka_civil.documents import papers as known

        from . import papers, threads
        from .models import Principle

        known.known_by_checksum(papers.by_checksum)
        known.known_by_code(papers.by_code)
        threads.told_by(Principle)(threads.from_principle)
