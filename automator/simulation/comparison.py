"""Compares the outcomes of the two sides of a backtest."""

import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

from automator.clock import iso_time
from automator.model import DAY_MS, format_id, record

#: How many examples of each kind of difference a rule shows.
_EXAMPLES = 3
#: How many rules show examples.
_MOST_WITH_EXAMPLES = 100
_VIEWS = """
CREATE TEMP TABLE reached (at INTEGER);
CREATE TEMP VIEW acted_before AS
    SELECT * FROM before_file.acted WHERE at <= (SELECT at FROM reached);
CREATE TEMP VIEW acted_now AS
    SELECT * FROM now_file.acted WHERE at <= (SELECT at FROM reached);
CREATE TEMP VIEW messages AS
    SELECT 'before' AS side, * FROM before_file.done
    WHERE at <= (SELECT at FROM reached) AND contact IS NOT NULL
    UNION ALL
    SELECT 'now', * FROM now_file.done WHERE at <= (SELECT at FROM reached) AND contact IS NOT NULL;
CREATE TEMP VIEW both AS
    SELECT b.event, b.rule, min(b.at, n.at) AS at, b.wrote
    FROM before_file.acted AS b JOIN now_file.acted AS n USING (event, rule)
    WHERE max(b.at, n.at) <= (SELECT at FROM reached);
CREATE TEMP VIEW steps AS
    SELECT n.event, n.rule, n.path, n.step, b.action AS was_action, b.what AS was,
        n.action AS becomes_action, n.what AS becomes, b.digest IS NOT n.digest AS is_longer
    FROM now_file.done AS n LEFT JOIN before_file.done AS b USING (event, rule, path, step, time)
    WHERE n.at <= (SELECT at FROM reached)
    UNION ALL
    SELECT b.event, b.rule, b.path, b.step, b.action, b.what, NULL, NULL, FALSE
    FROM before_file.done AS b LEFT JOIN now_file.done AS n USING (event, rule, path, step, time)
    WHERE n.event IS NULL AND b.at <= (SELECT at FROM reached);
"""
_NEW = (
    "FROM acted_now WHERE NOT EXISTS (SELECT 1 FROM before_file.acted AS b"
    " WHERE b.event = acted_now.event AND b.rule = acted_now.rule)"
)
_GONE = (
    "FROM acted_before WHERE NOT EXISTS (SELECT 1 FROM now_file.acted AS n"
    " WHERE n.event = acted_before.event AND n.rule = acted_before.rule)"
)
_SAME = "FROM both WHERE TRUE"
_STEPS = (
    "FROM steps JOIN both USING (event, rule) WHERE"
    " (was IS NOT becomes OR was_action IS NOT becomes_action OR is_longer)"
)
_MESSAGES = "SELECT count(*) FROM messages WHERE side = ?"
_BUSIEST = (
    "SELECT contact, count(*) AS messages FROM messages WHERE side = ? AND contact <> ''"
    " GROUP BY contact ORDER BY messages DESC, contact LIMIT 1"
)


@record
class Example:
    """One event for which the two sides differ."""

    #: None if a schedule raised the event.
    event_id: int | None
    at: int
    #: The text that the person has written.
    wrote: str | None
    #: The step that acts differently, and what it does on each side. If the difference is that the
    #: whole rule acts on only one side, the step is "" and both values are None.
    step: str = ""
    before: str | None = None
    now: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Returns the difference as plain data."""
        return {
            "event": None if self.event_id is None else format_id(self.event_id),
            "at": iso_time(self.at),
            "wrote": self.wrote,
            "step": self.step,
            "before": self.before,
            "now": self.now,
        }


@record
class RuleDifference:
    """The differences between the two sides for one rule."""

    rule: str
    #: The number of events on which the rule acts only with the new rules; then only with the old
    #: rules, and with both.
    new: int
    gone: int
    same: int
    #: For events on which the rule acts with both: the number of steps that act differently.
    changed: int
    new_examples: tuple[Example, ...] = ()
    gone_examples: tuple[Example, ...] = ()
    changed_examples: tuple[Example, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether there is any difference."""
        return bool(self.new or self.gone or self.changed)

    def as_json(self) -> dict[str, Any]:
        """Returns the differences as plain data."""
        return {
            "rule": self.rule,
            "new": self.new,
            "gone": self.gone,
            "same": self.same,
            "changed": self.changed,
            "examples": {
                "new": [item.as_json() for item in self.new_examples],
                "gone": [item.as_json() for item in self.gone_examples],
                "changed": [item.as_json() for item in self.changed_examples],
            },
        }


@record
class Volume:
    """The number of messages that one side sends."""

    messages: int
    #: Messages per day. A span of events shorter than a day counts as one day.
    a_day: float
    #: The person who gets the most messages, and how many; "" if nobody gets any.
    busiest: str
    busiest_messages: int

    def as_json(self) -> dict[str, Any]:
        """Returns the volume as plain data."""
        return {
            "messages": self.messages,
            "a_day": round(self.a_day, 1),
            "busiest_contact": self.busiest or None,
            "busiest_messages": self.busiest_messages,
        }


class Comparison:
    """Compares the files of two sides, up to the time that both reached. Close it after use."""

    def __init__(self, before: Path, now: Path, until_ms: int) -> None:
        self._db = sqlite3.connect(":memory:")
        self._db.execute("ATTACH ? AS before_file", (str(before),))
        self._db.execute("ATTACH ? AS now_file", (str(now),))
        self._db.executescript(_VIEWS)
        self._db.execute("INSERT INTO reached VALUES (?)", (until_ms,))

    def close(self) -> None:
        """Closes the files."""
        self._db.close()

    def rules(self) -> tuple[RuleDifference, ...]:
        """Returns every rule that has acted on either side, ordered by the number of
        differences.
        """
        counts: dict[str, list[int]] = {}
        for place, query in enumerate((_NEW, _GONE, _SAME, _STEPS)):
            for rule, count in self._db.execute(f"SELECT rule, count(*) {query} GROUP BY rule"):
                counts.setdefault(rule, [0, 0, 0, 0])[place] = count
        found = [
            RuleDifference(rule=rule, new=new, gone=gone, same=same, changed=changed)
            for rule, (new, gone, same, changed) in counts.items()
        ]
        found.sort(key=lambda item: (-(item.new + item.gone + item.changed), item.rule))
        return tuple(
            self._with_examples(item) if place < _MOST_WITH_EXAMPLES and item.differs else item
            for place, item in enumerate(found)
        )

    def volume(self, side: str, span_ms: int) -> Volume:
        """Returns the number of messages of the side `before` or `now`."""
        (messages,) = self._db.execute(_MESSAGES, (side,)).fetchone()
        contact, most = self._db.execute(_BUSIEST, (side,)).fetchone() or ("", 0)
        return Volume(
            messages=messages,
            a_day=messages / max(1.0, span_ms / DAY_MS),
            busiest=contact,
            busiest_messages=most,
        )

    def _with_examples(self, difference: RuleDifference) -> RuleDifference:
        rule = difference.rule
        return replace(
            difference,
            new_examples=self._examples(f"SELECT event, at, wrote {_NEW}", rule),
            gone_examples=self._examples(f"SELECT event, at, wrote {_GONE}", rule),
            changed_examples=self._examples(
                f"SELECT event, at, wrote, step, was, becomes, was_action, becomes_action {_STEPS}",
                rule,
            ),
        )

    def _examples(self, query: str, rule: str) -> tuple[Example, ...]:
        rows = self._db.execute(f"{query} AND rule = ? LIMIT ?", (rule, _EXAMPLES))
        return tuple(
            Example(
                event_id=event if event > 0 else None,
                at=at,
                wrote=wrote,
                **(_step_of(*found) if found else {}),
            )
            for event, at, wrote, *found in rows
        )


def _step_of(
    step: str, was: str | None, becomes: str | None, action: str | None, other: str | None
) -> dict[str, Any]:
    """Returns a step's result before and now, and its action if the action has changed."""
    if action and other and action != other:
        was, becomes = f"{action}: {was}", f"{other}: {becomes}"
    return {"step": step, "before": was, "now": becomes}
