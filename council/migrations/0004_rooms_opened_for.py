"""Whoever has, or will have, a seat on the board keeps the way in: the account was made for that address."""

from django.db import migrations
from django.db.models import F


def keep_open(apps, schema_editor):
    seats = apps.get_model("council", "Seat").objects.filter(body__kind="board").exclude(person__email="")
    users = apps.get_model("accounts", "User").objects.filter(email__in=seats.values("person__email"))
    users.update(rooms_opened_for=F("email"))


class Migration(migrations.Migration):
    dependencies = [("council", "0003_steering_meetings"), ("accounts", "0002_user_rooms_opened_for")]
    operations = [migrations.RunPython(keep_open, migrations.RunPython.noop)]
