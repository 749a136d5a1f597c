"""Letters and events of proposals that have not been sent in are the proposer's own (TF 2 kap. 9 §)."""

from django.db import migrations


def mark(apps, schema_editor):
    unsent = apps.get_model("iop", "Partnership").objects.filter(proposed_at=None)
    subjects = [f"iop.partnership:{pk}" for pk in unsent.values_list("pk", flat=True)]
    apps.get_model("casework", "Letter").objects.filter(subject_key__in=subjects).update(room="applicant")
    apps.get_model("casework", "Event").objects.filter(subject__in=subjects).update(room="applicant")


class Migration(migrations.Migration):
    dependencies = [("iop", "0001_initial"), ("casework", "0005_open_the_log")]
    operations = [migrations.RunPython(mark, migrations.RunPython.noop)]
