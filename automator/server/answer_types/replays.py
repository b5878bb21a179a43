"""The JSON of replays: their plans and their progress."""

from typing import Annotated, Literal, NotRequired

from typing_extensions import TypedDict

from automator.server.answer_types.common import (
    Count,
    CountedReasonJson,
    Id,
    ReasonJson,
    Time,
    one_of,
)
from automator.store import WorkState

WorkWord = Annotated[str, one_of(state.label for state in WorkState)]

ReplayRequestJson = TypedDict(
    "ReplayRequestJson",
    {
        "over": Literal["runs", "events"],
        "filters": dict[str, str],
        "from": Literal["step", "start"],
        "rules": Literal["now", "then"],
        "revision": Count,
        "again": bool,
        "rate": Count,
    },
)


class ReplayFieldsJson(TypedDict):
    """The fields of a replay that are copied from the stored record."""

    id: Id
    state: WorkWord
    request: ReplayRequestJson
    found: Count
    seen: Count
    started: Count
    created_at: Time
    updated_at: Time
    finished_at: Time | None


class ReplayJson(ReplayFieldsJson):
    """A replay and its progress."""

    skipped: list[CountedReasonJson]
    by: str


class ReplayExampleJson(TypedDict):
    """An example of a run or an event that a replay replays or leaves out."""

    run: NotRequired[Id]
    event: Id
    actor_name: str | None
    text: str | None
    state: str
    reason: ReasonJson | None


class ReplayGroupJson(TypedDict):
    """The runs of one rule with the same steps that a replay would start."""

    rule: str
    name: str
    steps: list[str]
    keeps: bool
    shadow: bool
    held_back: Count
    unlimited: Count
    count: Count
    unsure: Count
    revisions: list[Count]
    examples: list[ReplayExampleJson]


class ReplaySkipJson(CountedReasonJson):
    """A reason why a replay leaves runs or events out, with their number and examples."""

    examples: list[ReplayExampleJson]


class ReplayPlanJson(TypedDict):
    """The runs that a replay would start; sending back `request` confirms it."""

    id: Id
    request: ReplayRequestJson
    found: Count
    starts: Count
    seconds: float
    groups: list[ReplayGroupJson]
    skipped: list[ReplaySkipJson]
