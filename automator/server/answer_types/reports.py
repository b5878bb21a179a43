"""The JSON of reports: how fast people are answered, and what rules achieve."""

from typing import Annotated

from typing_extensions import TypedDict

from automator.engine.figures.promotion import VERDICTS
from automator.server.answer_types.activity import StateWord
from automator.server.answer_types.common import (
    Count,
    CountedReasonJson,
    Id,
    ReasonJson,
    Time,
    one_of,
)
from automator.server.answer_types.replays import WorkWord


class AnsweredJson(TypedDict):
    """A number of answers, and the times within which 50 % and 90 % of them were given."""

    count: Count
    median_ms: Count | None
    p90_ms: Count | None


class AnswersJson(TypedDict):
    """The inquiries of people, and how many were answered."""

    inquiries: Count
    percent: Count | None
    open: Count
    unanswered: Count
    answered: AnsweredJson
    by_rules: AnsweredJson
    by_people: AnsweredJson


class AnswersOfDayJson(AnswersJson):
    """The answers to the inquiries of a day."""

    day: str


class AnswersOfConnectionJson(AnswersJson):
    """The answers to the inquiries of a connection."""

    connection: str


class AnswersOfHourJson(AnswersJson):
    """The answers to the inquiries of an hour of the day."""

    hour: Count


class AnswerTimesJson(AnswersJson):
    """The answers to people in a period."""

    since: Time
    until: Time
    is_cut: bool
    days: list[AnswersOfDayJson]
    connections: list[AnswersOfConnectionJson]
    hours: list[AnswersOfHourJson]


class ConditionCoverageJson(TypedDict):
    """A condition, and how often and when it last held and failed."""

    text: str
    place: str
    held: Count
    failed: Count
    last_true: Time | None
    last_false: Time | None


class RuleCoverageJson(TypedDict):
    """A rule, and how often it and its conditions matched the examined events."""

    rule: str
    place: str
    enabled: bool
    listened: Count
    matched: Count
    last_matched: Time | None
    hidden: dict[str, Count]
    conditions: list[ConditionCoverageJson]
    findings: list[ReasonJson]


class UntakenJson(TypedDict):
    """A group of similar events that no rule matches, with their number and an example."""

    connection: str
    type: str
    shape: list[str]
    count: Count
    event: Id
    text: str | None


class CoverageJson(TypedDict):
    """Counts of how the rules in force decide about the newest events."""

    revision: Count
    events: Count
    since: Time | None
    cut: bool
    rules: list[RuleCoverageJson]
    untaken: list[UntakenJson]
    more_untaken: Count


class StageJson(TypedDict):
    """A stage of a rule, and how many people reached it: a message, or an answer to a question."""

    step: str
    is_answer: bool
    got: Count
    percent: Count | None
    waiting: Count
    to_approve: Count
    clicked: Count | None
    not_meant: Count
    left: list[CountedReasonJson]


class WayJson(TypedDict):
    """The people who entered a rule, and how far they came."""

    entered: Count
    finished: Count
    wrote_back: Count
    stages: list[StageJson]


class ArmJson(WayJson):
    """The people in one arm of a split."""

    arm: str


class FunnelJson(WayJson):
    """The people who got each message of a rule, and why other people did not."""

    rule: str
    since: Time
    until: Time
    is_cut: bool
    people: Count
    turned_away: list[CountedReasonJson]
    split: str | None
    arms: list[ArmJson]


class SendJson(TypedDict):
    """A message or request of a rule."""

    rule: str
    action: str
    text: str


class PromotionExampleJson(TypedDict):
    """An event, the messages that the rule would have sent, and those that other rules sent."""

    event: Id
    verdict: Annotated[str, one_of(VERDICTS)]
    who: str
    text: str
    would: list[SendJson]
    did: list[SendJson]


class PromotionJson(TypedDict):
    """The messages that a rule would have sent, compared with the messages of other rules."""

    rule: str
    file: str
    revision: Count
    shadow: bool
    percent: float | None
    since: Time
    cut: bool
    events: Count
    sends: Count
    people: Count
    verdicts: dict[str, Count]
    others: dict[str, Count]
    missed: dict[str, Count]
    examples: list[PromotionExampleJson]


class AudienceExampleJson(TypedDict):
    """A contact as an example; `left_out` is null if the rule would write to the contact."""

    connection: str
    id: str
    name: str | None
    left_out: ReasonJson | None


class FiringJson(TypedDict):
    """A firing of a schedule for contacts."""

    event_id: Id
    scheduled_at: Time
    state: WorkWord
    contacts: Count
    taken: Count
    left_out: list[CountedReasonJson]
    finished_at: Time | None
    stopped_by: str | None


class RunsOfFiringJson(TypedDict):
    """The runs of the newest firing that have the same state and reasons, counted."""

    state: StateWord
    reason_codes: list[str]
    count: Count


class AudienceJson(TypedDict):
    """The contacts to whom a rule would write now, why others are left out, and its firings."""

    rule: str
    schedule: str
    next: Time | None
    connection: str
    contacts: Count
    is_complete: bool
    spoken_to: Count
    taken: Count
    takes_s: Count
    left_out: list[CountedReasonJson]
    examples: list[AudienceExampleJson]
    firings: list[FiringJson]
    runs: list[RunsOfFiringJson]


class StoppedFiringJson(TypedDict):
    """The answer to stopping a firing whose rule cannot be read."""

    rule: str
    text: str


class SilenceJson(TypedDict):
    """A rule that did not answer, and why; `reason` is null if it is unknown."""

    rule: str
    reason: ReasonJson | None


class MissedBuyerJson(TypedDict):
    """A person who wants to buy; `why` is null if the request did not ask for reasons."""

    event: Id
    connection: str
    contact: str | None
    name: str | None
    type: str
    text: str
    at: Time
    answered_at: Time | None
    signs: list[str]
    post_url: str | None
    why: list[SilenceJson] | None


class MissedJson(TypedDict):
    """People who want to buy and got no answer in time, the newest first."""

    since: Time
    until: Time
    minutes: Count
    is_cut: bool
    items: list[MissedBuyerJson]


class AuditRowJson(TypedDict):
    """A change, with what was before and after, and the hash that chains it to the row before."""

    number: int
    at: Time
    who: str
    remote: str
    what: ReasonJson
    before: dict[str, object]
    after: dict[str, object]
    hash: str


class ChainJson(TypedDict):
    """The result of verifying the chain; `wrong` is the first wrong or missing row, or null."""

    rows: Count
    first: int
    last: int
    hash: str
    wrong: int | None


class AuditJson(TypedDict):
    """A page of changes; `next` goes into `before` of the next page."""

    items: list[AuditRowJson]
    next: int | None
    chain: ChainJson | None
