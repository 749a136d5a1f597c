"""The principles in lättläst, where they still stand as they were first written: what people have changed is theirs."""

from hashlib import sha256

from django.db import migrations

# By the principle's address: the mark of the earlier text, and the new one.
TEXTS = {
    "dialog": (
        "66f4759bb90782dc",
        [
            "Dialog betyder samtal.",
            "Kommunen och föreningarna pratar med varandra.",
            "De lyssnar på varandra.",
            "Alla är lika viktiga i samtalet.",
        ],
    ),
    "kvalitet-och-langsiktighet": (
        "42e55c4875741b8d",
        [
            "Vi vill göra bra saker tillsammans.",
            "Vi samarbetar under många år.",
            "Då känner sig föreningarna trygga.",
            "De är med och gör kommunen bättre.",
        ],
    ),
    "demokrati-och-mangfald": (
        "5cda07bf450d4da5",
        [
            "Folket väljer politiker.",
            "Politikerna fattar beslut.",
            "Men alla ska också kunna vara med och påverka.",
            "Båda sätten är viktiga.",
            "Människor är olika och behöver olika saker.",
            "Därför behövs många olika föreningar.",
        ],
    ),
    "oppenhet-och-insyn": (
        "1247782aae2c3c72",
        [
            "Vi berättar om vårt arbete.",
            "Det är inte hemligt.",
            "Fler får vara med.",
            "Vi lyssnar på varandra.",
            "Alla får berätta om sina behov.",
        ],
    ),
    "sjalvstandighet-och-oberoende": (
        "2b85983a3f1d3d37",
        [
            "Vi respekterar varandra.",
            "Vi litar på varandra.",
            "Varje förening bestämmer över sig själv.",
            "Kommunen bestämmer inte över föreningarna.",
            "Det gäller också i vårt samarbete.",
        ],
    ),
}


def write(apps, schema_editor):
    for principle in apps.get_model("agreement", "Principle").objects.filter(slug__in=TEXTS):
        earlier, lines = TEXTS[principle.slug]
        if sha256(principle.plain_language.encode()).hexdigest().startswith(earlier):
            principle.plain_language = "\n".join(lines)
            principle.save(update_fields=["plain_language"])


class Migration(migrations.Migration):
    dependencies = [("agreement", "0003_item_follow_up")]

    operations = [migrations.RunPython(write, migrations.RunPython.noop)]
