from django.apps import AppConfig


class IopConfig(AppConfig):
    name = "iop"
    verbose_name = "Idéburet offentligt partnerskap"

    def ready(self) -> None:
        from agreement.models import Principle
        from agreement.threads import told_by
        from council.models import Body
        from organisations.models import Organisation

        from . import threads

        told_by(Principle)(threads.from_principle)
        told_by(Organisation)(threads.from_organisation)
        told_by(Body)(threads.from_steering_group)
