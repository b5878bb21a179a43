"""Texts that people write, in queries on PostgreSQL, which refuses a NUL in a text."""

from psycopg.abc import Buffer
from psycopg.types.string import StrDumperUnknown

from automator.store.schema.encoding import clean_text


class StorableTextDumper(StrDumperUnknown):
    """Sends a text as it is stored, without NUL, so that a search with it does not fail."""

    def dump(self, obj: str) -> Buffer | None:
        """The bytes of the text."""
        return super().dump(clean_text(obj))
