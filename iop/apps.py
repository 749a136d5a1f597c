from django.apps import AppConfig


class IopConfig(AppConfig):
    name = "iop"
    verbose_name = "Idéburet offentligt partnerskap"

    def ready(self) -> None:
        from agreement.models import Principle
        from agreement.threads import told_by
        from botkyrka_civil.documents.papers import known_by_checksum
        from council.models import Body
        from organisations.models import Organisation

        from . import papers, threads

        known_by_checksum(papers.by_checksum)
        told_by(Principle)(threads.from_principle)
        told_by(Organisation)(threads.from_organisation)
        told_by(Body)(threads.from_steering_group)
