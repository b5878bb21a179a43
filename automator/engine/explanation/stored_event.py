"""Reads a stored event by the id that a person gives, and the question that it answers."""

from automator.model import N_, Event, NotFoundError, format_id
from automator.model.log_filters import RunFilter
from automator.reasons.attempts import questions
from automator.store import EventDetail, Log, RunDetail

_OF_QUESTIONS = (
    questions.answers_question.code,
    questions.belongs_to_question.code,
    questions.not_an_answer.code,
)


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


def question_of(log: Log, event_id: int) -> RunDetail | None:
    """Returns the run whose question has taken an event as an answer; None if none has."""
    for row in log.runs(RunFilter(event_id=event_id), limit=1000):
        for said in (row.run.reason, row.run.note):
            if said is not None and said.code in _OF_QUESTIONS:
                return log.run(said.params["run"])
    return None


def events_before(log: Log, event_id: int) -> list[Event]:
    """Returns the events that led to the question which an event answers, oldest first: the first
    one, and the answers in between. Empty if it answers none.
    """
    ids: set[int] = set()
    asked = question_of(log, event_id)
    while asked is not None and asked.run.is_of_question:
        ids |= {asked.event.id, *(answer["event"] for answer in asked.run.answers)}
        asked = log.run(asked.run.parent_id) if asked.run.parent_id else None
    found = log.events_with_ids([one for one in sorted(ids) if one < event_id])
    return [found[one] for one in sorted(found)]
