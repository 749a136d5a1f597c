from django.apps import AppConfig


class CouncilConfig(AppConfig):
    name = "council"
    verbose_name = "Rådet och Plattformen"

    def ready(self) -> None:
        from agreement.models import Principle
        from agreement.threads import told_by
        from botkyrka_civil.accounts import reserved
        from botkyrka_civil.documents import audiences
        from organisations.models import Organisation

        from . import access, threads

        audiences.told_by(audiences.Audience.BOARD)(access.sits_on_board)
        audiences.told_by(audiences.Audience.MEMBERS)(access.is_with_a_member)
        reserved.told_by(access.opens_the_room)
        told_by(Principle)(threads.from_principle)
        told_by(Organisation)(threads.from_organisation)
