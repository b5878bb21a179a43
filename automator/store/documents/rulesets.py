"""Published rule sets: every revision with its files, as they were, by whom and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select

from automator.model import ConflictError
from automator.store.database.dialect import Database
from automator.store.schema.encoding import dataclass_of, dump_json, load_json
from automator.store.schema.upkeep_tables import rulesets


@dataclass(frozen=True, slots=True)
class RuleSetRow:
    """One revision. `files` is the text of each file by its name."""

    revision: int
    digest: str
    files: Mapping[str, str]
    author: str
    created_at: int


NEWEST_FIRST = select(rulesets).order_by(rulesets.c.revision.desc())


def ruleset_from_row(row: Any) -> RuleSetRow:
    """The revision of a row of the table."""
    return dataclass_of(RuleSetRow, row, files=load_json(row.files))


@dataclass(frozen=True, slots=True)
class Publication:
    """A rule set to be published. `after` is the revision it is made from, None = any."""

    files: Mapping[str, str]
    digest: str
    author: str
    after: int | None = None


def publish(
    database: Database, connection: Connection, publication: Publication, now_ms: int
) -> int:
    """Stores a rule set as the next revision; the same set as the latest one keeps its number.

    Raises:
        ConflictError: `after` is not the latest revision any more.
    """
    database.lock(connection, "rule sets")
    latest = connection.execute(NEWEST_FIRST.limit(1)).one_or_none()
    if latest is not None and latest.digest == publication.digest:
        return int(latest.revision)
    if latest is not None and publication.after not in (None, latest.revision):
        raise ConflictError(
            f"the rules were changed elsewhere meanwhile: revision {latest.revision} is in force",
            fix="Open the file again and repeat your change.",
        )
    revision = 1 if latest is None else latest.revision + 1
    connection.execute(
        insert(rulesets).values(
            revision=revision,
            digest=publication.digest,
            files=dump_json(dict(publication.files)),
            author=publication.author,
            created_at=now_ms,
        )
    )
    return int(revision)
