from django.apps import AppConfig


class CouncilConfig(AppConfig):
    name = "council"
    verbose_name = "Rådet och Plattformen"

    def ready(self) -> None:
        from agreement.models import Principle
        from agreement.threads import told_by
        from botkyrka_civil.accounts import reserved
        from botkyrka_civil.documents import audiences
        from botkyrka_civil.documents.papers import known_by_checksum
        from organisations.models import Organisation

        from . import access, papers, threads

        audiences.told_by(audiences.Audience.BOARD)(access.sits_on_board)
        audiences.told_by(audiences.Audience.MEMBERS)(access.is_with_a_member)
        reserved.told_by(access.opens_the_room)
        known_by_checksum(papers.by_checksum)
        told_by(Principle)(threads.from_principle)
        told_by(Organisation)(threads.from_organisation)
