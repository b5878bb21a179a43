"""Figures: answers to people, and results of rules."""

from typing import Annotated

from typing_extensions import TypedDict

from automator.engine.figures.promotion import VERDICTS
from automator.server.answers.activity import StateWord
from automator.server.answers.replays import WorkWord
from automator.server.answers.values import Count, CountedReasonJson, Id, ReasonJson, Time, one_of


class AnsweredJson(TypedDict):
    """The number of answers, and the times within which half and nine tenths of them were given."""

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
    """A condition, and how often it was met."""

    text: str
    place: str
    held: Count
    failed: Count
    last_true: Time | None
    last_false: Time | None


class RuleCoverageJson(TypedDict):
    """A rule, and how often it and its conditions were met."""

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
    """Events of the same shape that no rule matches."""

    connection: str
    type: str
    shape: list[str]
    count: Count
    event: Id
    text: str | None


class CoverageJson(TypedDict):
    """The decisions of the rules in force about the newest events, counted."""

    revision: Count
    events: Count
    since: Time | None
    cut: bool
    rules: list[RuleCoverageJson]
    untaken: list[UntakenJson]
    more_untaken: Count


class StageJson(TypedDict):
    """A message of a rule, or the answer to its question, and how many people reached it."""

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
    """An event, the messages that the rule would have sent, and the messages that others sent."""

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
    """Runs of the newest firing with one state and the same reasons."""

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
    """A firing that was stopped although its rule cannot be read."""

    rule: str
    text: str


class SilenceJson(TypedDict):
    """A rule that did not answer, and why; `reason` is null if it is unknown."""

    rule: str
    reason: ReasonJson | None


class MissedBuyerJson(TypedDict):
    """Somebody who wants to buy; `why` is null if nobody asked for the reasons."""

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
