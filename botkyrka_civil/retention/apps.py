from django.apps import AppConfig


class RetentionConfig(AppConfig):
    name = "botkyrka_civil.retention"
    verbose_name = "Gallring"

    def ready(self) -> None:
        from ..casework import notices
        from . import checks, restrictions  # noqa: F401  registers the checks

        notices.told_by(restrictions.tell)
