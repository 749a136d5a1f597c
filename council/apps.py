from django.apps import AppConfig


class CouncilConfig(AppConfig):
    name = "council"
    verbose_name = "Rådet och Plattformen"

    def ready(self) -> None:
        from botkyrka_civil.accounts import reserved
        from botkyrka_civil.documents import audiences

        from . import access

        audiences.told_by(audiences.Audience.BOARD)(access.sits_on_board)
        audiences.told_by(audiences.Audience.MEMBERS)(access.is_with_a_member)
        reserved.told_by(access.opens_the_room)
