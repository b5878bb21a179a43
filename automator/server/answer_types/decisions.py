"""The JSON of decisions of rules: about stored events, in tries, and in previews."""

from typing import Annotated, Any

from typing_extensions import TypedDict

from automator.engine.tryout.preview_result import Change
from automator.model import AttemptStatus
from automator.server.answer_types.activity import OutcomeWord, StateWord
from automator.server.answer_types.common import Count, Id, ProblemJson, ReasonJson, Time, one_of


class ConditionJson(TypedDict):
    """A condition, its result and the values it read; the children of a group are conditions."""

    text: str
    group: ReasonJson | None
    name: str | None
    place: str
    holds: bool | None
    decides: bool
    because: list[ReasonJson]
    reason: ReasonJson | None
    hint: ReasonJson | None
    values: dict[str, str]
    children: list["ConditionJson"]


class DecisionJson(TypedDict):
    """The decision of a rule about an event, with its reason."""

    rule: str
    name: str
    place: str
    matched: bool
    shadow: bool
    decided_by: ReasonJson
    conditions: list[ConditionJson]


class NotedDecisionJson(DecisionJson):
    """The decision of a rule, with notes on it."""

    notes: list[ReasonJson]


class DecidedRunJson(TypedDict):
    """A run that a decision started."""

    id: Id
    rule: str
    revision: Count
    state: StateWord
    outcome: OutcomeWord | None
    reason: ReasonJson | None
    shadow: bool
    replay: dict[str, Any] | None
    decisions: list[dict[str, Any]]


class ExplainedRuleJson(NotedDecisionJson):
    """The decision of a rule, with the runs that it started."""

    runs: list[DecidedRunJson]


class ExplainedRevisionJson(TypedDict):
    """The decisions of another revision's rules about the same event."""

    revision: Count
    rules: list[ExplainedRuleJson]


class ExplanationJson(TypedDict):
    """The decision of each rule about an event; rules that matched come first."""

    event: Id
    type: str
    connection: str
    text: Any
    revision: Count
    emptied: bool
    kept_as_it_came: ReasonJson | None
    taken_again: ReasonJson | None
    rules: list[ExplainedRuleJson]
    replayed_with: list[ExplainedRevisionJson]
    unread_files: list[str]
    replayed: Count
    other_runs: list[DecidedRunJson]


class TriedMessageJson(TypedDict):
    """The message that a step would send."""

    kind: str
    to: str | None
    via: str | None
    private: bool
    text: str
    variants: Count
    attachments: list[dict[str, Any]]
    quick_replies: list[Any]
    buttons: list[Any]
    template: dict[str, Any] | None


class TriedStepJson(TypedDict):
    """An attempt of a step in a try."""

    id: str
    action: str
    place: str
    status: Annotated[str, one_of(AttemptStatus)]
    summary: ReasonJson
    reaches_out: bool
    said: TriedMessageJson | None
    requests: list[dict[str, Any]]
    note: ReasonJson | None


class LimitStandingJson(TypedDict):
    """Whether a limit would hold a run back."""

    name: str
    key: str
    holds_back: bool
    reason: ReasonJson | None


class TriedRunJson(TypedDict):
    """A run that the tried event would start, with its steps and its end."""

    rule: str
    name: str
    place: str
    path: str
    at: Time
    state: StateWord
    reason: ReasonJson | None
    shadow: bool
    limits: list[LimitStandingJson]
    steps: list[TriedStepJson]
    cancel_on: dict[str, Any] | None
    until: Time | None


class TriedEventJson(TypedDict):
    """The event that is tried."""

    id: Id | None
    type: str
    connection: str
    provider: str
    text: Any
    actor: Any


class TrialJson(TypedDict):
    """The result of a try: one event, one rule set, one moment."""

    event: TriedEventJson
    at: Time
    contact: dict[str, Any]
    rules: list[NotedDecisionJson]
    runs: list[TriedRunJson]
    cut: ReasonJson | None


class PreviewedEventJson(TypedDict):
    """An event of a preview."""

    id: Id | None
    type: str
    connection: str
    text: Any
    actor_name: Any
    at: Time


class CardJson(TypedDict):
    """An event whose match a file changes, with the runs it would start and starts now."""

    event: PreviewedEventJson
    change: Annotated[str, one_of(Change)]
    runs: list[TriedRunJson]
    before: list[TriedRunJson]


class MissJson(TypedDict):
    """An event and the rule that most nearly matches it."""

    event: PreviewedEventJson
    failing: Count
    rule: DecisionJson


class PreviewJson(TypedDict):
    """The effects that a rule file would have had on the latest events."""

    count: Count
    matching: Count
    new: Count
    gone: Count
    cards: list[CardJson]
    misses: list[MissJson]
    cut: ReasonJson | None


class PreviewedJson(TypedDict):
    """A preview, or the problems that prevent it."""

    ok: bool
    samples: bool
    problems: list[ProblemJson]
    preview: PreviewJson | None
