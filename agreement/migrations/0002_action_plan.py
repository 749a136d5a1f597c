import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("agreement", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="ActionPlan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "label",
                    models.CharField(
                        help_text="Till exempel 2026–2027.", max_length=40, unique=True, verbose_name="period"
                    ),
                ),
                ("first_day", models.DateField(verbose_name="från och med")),
                ("last_day", models.DateField(verbose_name="till och med")),
                ("intro", models.TextField(blank=True, verbose_name="inledning")),
                ("is_published", models.BooleanField(default=False, verbose_name="visas för alla")),
                ("made_up", models.BooleanField(default=False, editable=False, verbose_name="påhittad (demo)")),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plans",
                        to="agreement.agreementversion",
                        verbose_name="version",
                    ),
                ),
            ],
            options={
                "verbose_name": "handlingsplan",
                "verbose_name_plural": "handlingsplaner",
                "ordering": ["-first_day"],
            },
        ),
        migrations.CreateModel(
            name="ActionItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("order", models.PositiveSmallIntegerField(default=1, verbose_name="nummer")),
                ("title", models.CharField(max_length=200, verbose_name="punkt")),
                ("text", models.TextField(blank=True, verbose_name="beskrivning")),
                (
                    "owner",
                    models.CharField(
                        choices=[("municipality", "Kommunen"), ("platform", "Plattformen"), ("joint", "Gemensam")],
                        default="joint",
                        max_length=20,
                        verbose_name="ansvarig",
                    ),
                ),
                ("due", models.DateField(blank=True, null=True, verbose_name="klar senast")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("planned", "Planerad"),
                            ("under_way", "Pågår"),
                            ("done", "Klar"),
                            ("dropped", "Struken"),
                        ],
                        default="planned",
                        editable=False,
                        max_length=10,
                        verbose_name="läge",
                    ),
                ),
                (
                    "reason",
                    models.CharField(blank=True, editable=False, max_length=300, verbose_name="varför punkten ströks"),
                ),
                (
                    "principle",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="action_items",
                        to="agreement.principle",
                        verbose_name="princip",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="agreement.actionplan",
                        verbose_name="handlingsplan",
                    ),
                ),
            ],
            options={
                "verbose_name": "punkt i handlingsplanen",
                "verbose_name_plural": "punkter i handlingsplanen",
                "ordering": ["plan", "order", "pk"],
                "permissions": [
                    ("start_actionitem", "Får påbörja en punkt"),
                    ("finish_actionitem", "Får markera en punkt som klar"),
                    ("drop_actionitem", "Får stryka en punkt"),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="actionplan",
            constraint=models.CheckConstraint(
                condition=models.Q(("last_day__gte", models.F("first_day"))), name="plan_ends_after_it_begins"
            ),
        ),
        migrations.AddConstraint(
            model_name="actionitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["planned", "under_way", "done", "dropped"])), name="actionitem_state"
            ),
        ),
        migrations.AddConstraint(
            model_name="actionitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "dropped"), _negated=True),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="dropped_for_a_reason",
            ),
        ),
    ]
