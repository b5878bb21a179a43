"""Open questions: the person's next message answers them, in the commit that stores the message.

A good answer wakes the run that waits for it. A bad answer starts a run that repeats the question,
which stays open until it was repeated often enough. For each message that a question takes, its
rule gets a run that says how the answer was judged. The runs of all other rules for this message
are held back.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import bindparam, literal_column, null, select, update

from automator.clock import ms_of
from automator.conditions import judge_answer
from automator.lifecycle import On, move, moved
from automator.model import Event, NewRun, Question, Reason, RunState, Waits, record
from automator.model.settlement import EndQuestions
from automator.model.speech import AGAIN, ANSWERS, OPTS_OUT, QUESTION
from automator.reasons.attempts.questions import (
    answered_since,
    answers_question,
    belongs_to_question,
    not_an_answer,
    not_asked,
    question_closed,
)
from automator.store.batch.batch import ArrivedEvent, ArrivedEvents, Batch
from automator.store.contacts.person_keys import People
from automator.store.database.statements import KEYS, Statement, WriteConnection
from automator.store.queue.cancel_on import LoadContact
from automator.store.queue.echoes import ECHOES, row_key
from automator.store.queue.follow_ups import FOLLOW_UPS_OF, end_waiting
from automator.store.queue.run_moves import columns_of
from automator.store.queue.run_rows import RUN_COLUMNS, run_from_row
from automator.store.schema.encoding import dump_json
from automator.store.schema.tables import QUEUED, events, runs

#: How many milliseconds a message may be older than the question that it answers, because clocks of
#: platforms differ from ours. An older message was delivered late, and is no answer.
_CLOCKS_DIFFER_MS = 60_000
#: The types of events that can be answers. A tapped quick reply comes in as a message.
_MESSAGE, _CLICK = "message.received", "button.clicked"

OPEN = Statement(select(*RUN_COLUMNS).where(runs.c.id.in_(KEYS)))
ASKING_AGAIN = Statement(
    select(runs.c.id, runs.c.rule)
    .where(runs.c.parent_id == bindparam("run_id"), literal_column(QUEUED))
    # A run that another node is claiming is left out, so that it repeats the question after all.
    .with_for_update(skip_locked=True)
)
_asking = runs.alias("asking")
#: Selects the open questions of runs, with the echo that would prove that they were asked.
ASKED_BY = Statement(
    select(
        runs.c.id,
        runs.c.rule,
        runs.c.path,
        _asking.c.echo_key,
        _asking.c.unknown_since,
        _asking.c.created_at,
        events.c.connection,
    )
    .join(_asking, _asking.c.id == runs.c.parent_id)
    .join(events, events.c.id == _asking.c.event_id)
    .where(
        runs.c.parent_id.in_(KEYS),
        literal_column("runs." + QUEUED),
        runs.c.waits_for == Waits.ANSWER.value,
    )
    .with_for_update(of=runs)
)
_WAKE = Statement(
    update(runs)
    .where(runs.c.id == bindparam("run_id"))
    .values(
        **columns_of(move(On.ANSWERED), at=bindparam("now")),
        data=bindparam("new_data"),
        cancel_on=null(),
    )
)
_KEEP = Statement(
    update(runs).where(runs.c.id == bindparam("run_id")).values(data=bindparam("new_data"))
)


@record(kw_only=False)
class Taken:
    """An event that answers a question, with the run that records the answer."""

    run: NewRun
    #: The reason for holding back the event's runs of other rules.
    reason: Reason

    def runs(self, planned: Sequence[NewRun]) -> list[NewRun]:
        """The runs to store for the event: the run of the answer, and runs that are held back.

        A rule that another rule would have stopped gets no run.
        """
        held = [
            replace(
                moved(run, On.BELONGS, because=self.reason),
                data={} if run.is_undecided else run.data,
                limits=(),
                wait_key=None,
                note=None,
            )
            for run in planned
            if run.instead_of is None
        ]
        return [self.run, *held]


def take_answers(
    db: WriteConnection,
    open_ids: Collection[int],
    arrivals: ArrivedEvents,
    planned: Mapping[int, Sequence[NewRun]],
    batch: Batch,
    contact_of: Callable[[str], Mapping[str, Any]],
) -> dict[int, Taken]:
    """Gives new events to the open questions of their people; returns the taken ones, by event.

    `planned` has the runs of the events. If a person has several open questions, for example from
    two nodes at once, the newest question gets the answer.
    """
    taken: dict[int, Taken] = {}
    if not open_ids:
        return taken
    for row in sorted(db.query_in(OPEN, open_ids), key=lambda row: -row.id):
        run = run_from_row(row)
        question = Question.of_data(run.data[QUESTION])
        answers = list(run.data[ANSWERS])
        created_by = batch.created_by.get(run.id, -1)
        later = [a for a in arrivals[row.contact] if a.sequence > created_by]
        is_over = False
        for event in _in_order(later):
            if is_over:
                break
            if event.id in taken or any(map(_opts_out, planned.get(event.id, ()))):
                continue
            until = batch.own_time(run.run_at)
            if not is_meant(event, question, until, partial(contact_of, row.contact)):
                continue
            value, answer = judged(event, question)
            answers.append(answer)
            is_over = is_closed_by(answers, question)
            new = _run_of(run, question, event, value, len(answers), is_over=is_over, batch=batch)
            reason = belongs_to_question(step=run.path, rule=run.rule, run=run.id)
            taken[event.id] = Taken(new, reason)
        if len(answers) > len(run.data[ANSWERS]):
            data = dump_json({**run.data, ANSWERS: answers})
            _store(db, run.id, data, batch, is_over=is_over)
        if is_over:
            because = answered_since() if "value" in answers[-1] else question_closed()
            _need_not_ask(db, run.id, taken, because, batch)
    return taken


def _in_order(arrivals: Iterable[ArrivedEvent]) -> list[Event]:
    """Lists each event once: one event may concern several keys of a person."""
    by_id = {arrival.event.id: arrival.event for arrival in arrivals}
    return [by_id[event_id] for event_id in sorted(by_id)]


def _opts_out(run: NewRun) -> bool:
    return OPTS_OUT in run.data and run.state is RunState.QUEUED


def is_meant(event: Event, question: Question, until: int, contact: LoadContact) -> bool:
    """Whether a message is meant as an answer to a question, even if as a bad one."""
    if event.is_self or event.is_emitted or not _is_said(event, question):
        return False
    written_at = event.received_at if event.occurred_at is None else event.occurred_at
    written_at = min(written_at, event.received_at)
    came_before = event.received_at < question.asked_at
    if came_before or not question.asked_at - _CLOCKS_DIFFER_MS <= written_at <= until:
        return False
    person, pause_ms = contact(), question.pause_ms
    if person.get("opted_out") or person.get("blocked"):
        # Nobody would repeat the question, so the other rules must act on this message.
        return False
    replied_at = person.get("human_reply_at")
    if replied_at is None or pause_ms is None:
        return True
    return ms_of(replied_at) + pause_ms <= event.received_at


def judged(event: Event, question: Question) -> tuple[Any, dict[str, Any]]:
    """The value of an event's answer, or the reason why it has none; and the answer as the run
    keeps it.
    """
    value = judge_answer(question, _said(event, question))
    answer: dict[str, Any] = {"event": event.id, "text": _shown(event)}
    answer |= {"why": value.to_json()} if isinstance(value, Reason) else {"value": value}
    return value, answer


def is_closed_by(answers: Sequence[Mapping[str, Any]], question: Question) -> bool:
    """Whether a question is over with the last of its answers: a good one, or one too many."""
    return "value" in answers[-1] or len(answers) > question.retries


def _is_said(event: Event, question: Question) -> bool:
    """Whether an event can answer the question at all. A button of another message cannot."""
    if event.type == _CLICK:
        return question.expect == "choice" and _said(event, question) in question.choices
    return event.type == _MESSAGE


def _said(event: Event, question: Question) -> Any:
    """The text of the answer. For a tapped choice: the whole choice, which platforms may cut."""
    button = event.body.get("button")
    tapped = button.get("id") if isinstance(button, Mapping) else None
    return tapped if tapped in question.choices else event.body.get("text")


def _shown(event: Event) -> str | None:
    text = event.body.get("text")
    return text if isinstance(text, str) else None


def _run_of(
    run: Any,
    question: Question,
    event: Event,
    value: Any,
    number: int,
    *,
    is_over: bool,
    batch: Batch,
) -> NewRun:
    """Makes the run of an answer: it repeats the question, or only records the judgement."""
    if isinstance(value, Reason):
        reason = not_an_answer(step=run.path, run=run.id, because=value)
    else:
        reason = answers_question(step=run.path, run=run.id, value=value)
    kept = {name: run.data[name] for name in ("steps", "vars")}
    new = NewRun(
        id=question.ids[number - 1],
        event_id=event.id,
        rule=run.rule,
        revision=run.revision,
        lane=event.lane,
        contact=run.contact,
        run_at=batch.own_time(batch.now_ms),
        path=run.path,
        parent_id=run.id,
        data={**kept, AGAIN: True, QUESTION: run.data[QUESTION]},
    )
    if is_over:
        return moved(new, On.BELONGS, because=reason)
    return replace(new, note=reason)


def _store(db: WriteConnection, run_id: int, data: bytes, batch: Batch, *, is_over: bool) -> None:
    """Stores the answers with the run, and wakes it if it can go on."""
    if is_over:
        db.run(_WAKE, run_id=run_id, new_data=data, now=batch.now_ms)
        batch.work_released = True
    else:
        db.run(_KEEP, run_id=run_id, new_data=data)
    batch.changed_runs.append(run_id)


def _need_not_ask(
    db: WriteConnection, run_id: int, taken: dict[int, Taken], because: Reason, batch: Batch
) -> None:
    """Ends runs that were about to repeat a question which is closed now."""
    for event_id, one in taken.items():
        if one.run.parent_id == run_id and one.run.state is RunState.QUEUED:
            run = moved(one.run, On.CALLED_OFF, because=because)
            taken[event_id] = replace(one, run=run)
    asking = db.query(ASKING_AGAIN, run_id=run_id)
    end_waiting(db, On.CALLED_OFF, [(row.id, row.rule, because) for row in asking], batch)


def close_questions(db: WriteConnection, run_ids: Collection[int], batch: Batch) -> None:
    """Closes the questions that these runs were about to ask when they ended.

    A question whose echo has come was asked, so it stays open.
    """
    for row in db.query_in(ASKED_BY, run_ids):
        since = row.unknown_since or row.created_at
        key = row.echo_key and row_key(row.connection, row.echo_key)
        echoes = db.query_in(ECHOES, [key]) if key else ()
        if not any(found.echoed_at is not None and found.echoed_at >= since for found in echoes):
            end_waiting(db, On.REPLACED, [(row.id, row.rule, not_asked(step=row.path))], batch)


def end_questions(db: WriteConnection, contact: str, effect: EndQuestions, batch: Batch) -> None:
    """Ends the open questions that the effect means, under any of the person's keys."""
    found = db.query_in(FOLLOW_UPS_OF, People(db, [contact]).all_keys(contact))
    meant = sorted(
        (run.id, run.rule)
        for run in map(run_from_row, found)
        if run.is_open_question and effect.run_id in (None, run.id)
    )
    end_waiting(db, On.REPLACED, [(*run, effect.reason) for run in meant], batch)
