"""What the JSON of a record shows of its fields."""

from collections.abc import Mapping
from typing import Any

from automator.model import Place, Reason, RunState, format_id, record
from automator.reasons.replays import other_reasons
from automator.record_json import record_json


@record
class Inner:
    """A record that says itself how it is written."""

    word: str

    def as_json(self) -> dict[str, Any]:
        return {"said": self.word}


@record
class Outer:
    """A record with a field of every kind."""

    id: int = 255
    at: int = 0
    until: int | None = 1_000
    ended_at: int | None = None
    count: int = 7
    is_open: bool = True
    state: RunState = RunState.DEAD
    place: Place = Place("a.yaml", 3, 1)
    reason: Reason | None = other_reasons()
    facts: Mapping[str, int]
    inner: Inner | None
    rows: tuple[Inner, ...]


def test_every_field_is_written_in_the_form_that_people_see() -> None:
    written = record_json(Outer(facts={"a": 1}, inner=None, rows=(Inner(word="b"),)))

    assert written == {
        "id": format_id(255),
        "at": "1970-01-01T00:00:00.000Z",
        "until": "1970-01-01T00:00:01.000Z",
        "ended_at": None,
        "count": 7,
        "is_open": True,
        "state": "dead",
        "place": "a.yaml:3",
        "reason": other_reasons().to_json(),
        "facts": {"a": 1},
        "inner": None,
        "rows": [{"said": "b"}],
    }
