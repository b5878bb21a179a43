"""Texts that a person wrote, in queries on PostgreSQL, whose texts hold no NUL."""

from psycopg.abc import Buffer
from psycopg.types.string import StrDumperUnknown

from automator.store.schema.encoding import clean_text


class StorableTextDumper(StrDumperUnknown):
    """Sends a text as what is stored of it, so that a search finds that instead of failing."""

    def dump(self, obj: str) -> Buffer | None:
        """The bytes of the text."""
        return super().dump(clean_text(obj))
