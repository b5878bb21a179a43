"""Reads a stored event by the id that a person gives."""

from automator.model import N_, NotFoundError, format_id
from automator.store import EventDetail, Log


def stored_event(log: Log, event_id: int, *, whole: bool = False) -> EventDetail:
    """Returns an event with everything that belongs to it.

    Raises:
        NotFoundError: there is no such event; with `whole`, also if retention has emptied it.
    """
    detail = log.event(event_id)
    if detail is None or (whole and detail.event.is_emptied):
        raise no_such_event(format_id(event_id))
    return detail


def no_such_event(name: str) -> NotFoundError:
    """Makes the error for an id that no event has; `name` is the id as the person wrote it."""
    return NotFoundError(
        N_("there is no event {id}"),
        fix=N_("Copy its id from the log; it may have been deleted since."),
        id=name,
    )
