"""Django's SQLite backend, with the collation `swedish` that PostgreSQL has from ICU."""

from sqlite3 import Connection
from typing import Any

from django.db.backends.sqlite3 import base

from ..swedish import compare


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        connection: Connection = super().get_new_connection(conn_params)
        connection.create_collation("swedish", compare)
        return connection
