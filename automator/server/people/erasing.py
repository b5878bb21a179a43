"""Erases a person for pages, API and commands, logs it without the id, and describes the result."""

import logging
from collections.abc import Mapping
from typing import Any

from automator.clock import iso_time
from automator.engine.operations.erasing import erase_person
from automator.language import Translator
from automator.model import N_
from automator.store import Erasure, Store

logger = logging.getLogger(__name__)

#: The kinds of rows that are counted, each by its name in JSON.
KINDS: Mapping[str, str] = {
    "contacts": N_("contacts with their tags and values"),
    "notes": N_("notes of colleagues"),
    "events": N_("events that were emptied"),
    "deliveries": N_("deliveries that were emptied"),
    "cancelled": N_("waiting runs that were cancelled"),
    "runs": N_("runs that were deleted"),
    "attempts": N_("attempts that were deleted"),
    "limits": N_("counts of limits and budgets"),
}
NOT_REACHED = N_(
    "Erasing does not reach backups, lines of the log file, files that were saved from here, "
    "samples and tests that were made of their events, data that was sent to other systems, "
    "and the data of the platform."
)
NOT_COMPLETE = N_("Not everything is gone yet. Erase once more: it goes on where it stopped.")


async def erase_contact(store: Store, connection: str, external_id: str, *, who: str) -> Erasure:
    """Erases a person under all their ids.

    Raises:
        NotFoundError: nothing is stored about the person.
        StoreUnavailableError: nothing can be committed.
    """
    erasure = await erase_person(store, connection, external_id, by=who)
    # Without the person's id, because lines of the log file outlive the erased data.
    logger.info(
        "contact.erased connection=%s code=%s complete=%s %s by=%s",
        connection,
        erasure.code,
        "yes" if erasure.is_complete else "no",
        " ".join(f"{kind}={count}" for kind, count in erasure.figures.items()),
        who,
    )
    return erasure


async def settle_request(store: Store, connection: str, code: str, *, who: str) -> None:
    """Records that a request to delete a person's data is settled: no data of the person is left.

    Raises:
        StoreUnavailableError: nothing can be committed.
    """
    erasure = Erasure(code=code, by=who, connection=connection, figures={}, is_complete=True)
    await store.erasing.note(erasure)
    logger.info("data_deletion.settled connection=%s code=%s by=%s", connection, code, who)


def erasure_json(erasure: Erasure) -> dict[str, Any]:
    """An erasure in JSON."""
    return {
        "code": erasure.code,
        "at": iso_time(erasure.at),
        "by": erasure.by,
        "connection": erasure.connection,
        "complete": erasure.is_complete,
        "erased": {kind: erasure.figures.get(kind, 0) for kind in KINDS},
    }


def erased_in_words(erased: Mapping[str, int], translator: Translator) -> list[tuple[str, str]]:
    """The numbers of erased rows with their kinds in words, without zeros."""
    return [
        (translator.number(erased[kind]), translator(words))
        for kind, words in KINDS.items()
        if erased.get(kind)
    ]
