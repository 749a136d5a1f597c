from django.db import migrations

from botkyrka_civil.lib import swedish


def fold_again(apps, schema_editor):
    """As Organisation._search_text: a suggested name is a guess, and nobody but staff finds by it."""
    for guess in apps.get_model("organisations", "OtherName").objects.filter(suggested=True):
        organisation = guess.organisation
        others = organisation.other_names.filter(suggested=False).order_by("name").values_list("name", flat=True)
        words = [organisation.name, *others, organisation.org_nr or "", organisation.area]
        organisation.search_text = swedish.fold(" ".join(words))
        organisation.save(update_fields=["search_text"])


class Migration(migrations.Migration):
    dependencies = [("organisations", "0002_person")]

    operations = [migrations.RunPython(fold_again, migrations.RunPython.noop, elidable=True)]
