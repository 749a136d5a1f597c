"""The index in the tables of each database's own full-text search, kept by the database itself.

On SQLite an altered table is made anew, and its triggers go with the old one: whoever alters search_entry makes them
again. FTS5 comes with every build of Python that we know of.
"""

import django.db.models.deletion
from django.db import migrations, models

SQL = {
    # å is not a, so no dots or rings are taken away. Words are looked for by how they begin.
    "sqlite": (
        """
        CREATE VIRTUAL TABLE search_words USING fts5(
            title, text, content='search_entry', content_rowid='id',
            tokenize="unicode61 remove_diacritics 0", prefix='2 3 4'
        )
        """,
        """
        CREATE TRIGGER search_entry_added AFTER INSERT ON search_entry BEGIN
            INSERT INTO search_words (rowid, title, text) VALUES (new.id, new.title, new.text);
        END
        """,
        """
        CREATE TRIGGER search_entry_removed AFTER DELETE ON search_entry BEGIN
            INSERT INTO search_words (search_words, rowid, title, text) VALUES ('delete', old.id, old.title, old.text);
        END
        """,
        """
        CREATE TRIGGER search_entry_changed AFTER UPDATE ON search_entry BEGIN
            INSERT INTO search_words (search_words, rowid, title, text) VALUES ('delete', old.id, old.title, old.text);
            INSERT INTO search_words (rowid, title, text) VALUES (new.id, new.title, new.text);
        END
        """,
    ),
    "postgresql": (
        """
        ALTER TABLE search_entry ADD COLUMN words tsvector NOT NULL GENERATED ALWAYS AS (
            setweight(to_tsvector('swedish', title), 'A') || setweight(to_tsvector('swedish', text), 'B')
        ) STORED
        """,
        "CREATE INDEX search_entry_words ON search_entry USING gin (words)",
    ),
}


def make_index(apps, schema_editor):
    for statement in SQL[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def drop_index(apps, schema_editor):
    """What else there is goes with the table."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE search_words")


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=20, verbose_name="slag")),
                ("key", models.BigIntegerField(verbose_name="radens nummer")),
                ("digest", models.CharField(max_length=64, verbose_name="kontrollsumma")),
                ("sort", models.TextField(verbose_name="ordning")),
                ("title", models.TextField(verbose_name="ord i namnet")),
                ("text", models.TextField(blank=True, verbose_name="ord i texten")),
            ],
            options={
                "verbose_name": "sökpost",
                "verbose_name_plural": "sökposter",
                "constraints": [models.UniqueConstraint(fields=("key", "kind"), name="search_entry_once")],
            },
        ),
        migrations.CreateModel(
            name="Piece",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("letters", models.CharField(max_length=3, verbose_name="bokstäver")),
                (
                    "entry",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pieces",
                        to="search.entry",
                        verbose_name="sökpost",
                    ),
                ),
            ],
            options={
                "verbose_name": "del av ett namn",
                "verbose_name_plural": "delar av namn",
                "indexes": [models.Index(fields=["letters", "entry"], name="search_piece_letters")],
                "constraints": [models.UniqueConstraint(fields=("entry", "letters"), name="search_piece_once")],
            },
        ),
        migrations.RunPython(make_index, drop_index),
    ]
