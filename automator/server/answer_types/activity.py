"""The JSON of events, runs and deliveries."""

from typing import Annotated, Any

from typing_extensions import TypedDict

from automator.model import AttemptStatus, Outcome, RunState, Verdict, Waits
from automator.server.answer_types.common import Count, ErrorJson, Id, ReasonJson, Time, one_of

StateWord = Annotated[str, one_of(state.label for state in RunState)]
OutcomeWord = Annotated[str, one_of(outcome.label for outcome in Outcome)]
VerdictWord = Annotated[str, one_of(Verdict)]


class EventRowJson(TypedDict):
    """An event in a list."""

    id: Id
    delivery_id: Id
    connection: str
    provider: str
    type: str
    dedupe_key: str
    contact: str | None
    thread: str | None
    is_self: bool
    received_at: Time
    actor_name: str | None
    text: str | None
    revision: Count
    runs: Count


class EventJson(TypedDict):
    """An event as rules see it, with its delivery."""

    id: Id
    delivery_id: Id
    connection: str
    provider: str
    type: str
    dedupe_key: str
    contact: str | None
    is_self: bool
    received_at: Time
    body: dict[str, Any]


WaitJson = TypedDict(
    "WaitJson",
    {
        "for": Annotated[str, one_of(Waits)],
        "target": str | None,
        "since": Time | None,
        "until": Time | None,
    },
)


class RunFieldsJson(TypedDict):
    """The fields of a run that are copied from the stored record."""

    id: Id
    event_id: Id
    rule: str
    revision: Count
    state: StateWord
    path: str
    parent_id: Id | None
    contact: str | None
    step: Count
    attempt: Count
    created_at: Time
    finished_at: Time | None


class RunJson(RunFieldsJson):
    """A run, without its event and its attempts."""

    reason: ReasonJson | None
    outcome: OutcomeWord | None
    shadow: bool
    replay: dict[str, Any] | None
    decisions: list[dict[str, Any]]
    run_at: Time | None
    waits: WaitJson | None


class RunRowFieldsJson(TypedDict):
    """The fields of a run in a list that describe its event, and the number of attempts."""

    event_type: str
    connection: str
    actor_name: str | None
    text: str | None
    attempts: Count


class RunRowJson(RunJson, RunRowFieldsJson):
    """A run in a list."""

    last_summary: ReasonJson | None


class EventWithRunsJson(EventJson):
    """An event with its runs, and the revision of the rules that decided about it."""

    revision: Count
    taken_again: ReasonJson | None
    runs: list[RunRowJson]


class AttemptJson(TypedDict):
    """An attempt of a step, with its request and the answer, without secrets."""

    id: Id
    step: str
    action: str
    number: Count
    node: str
    started_at: Time
    duration_ms: Count
    status: Annotated[str, one_of(AttemptStatus)]
    summary: ReasonJson
    error_code: str
    target: str | None
    said: str | None
    request: dict[str, Any] | None
    response: dict[str, Any] | None


class RunPartsJson(RunJson):
    """A run with its event, attempts, follow-ups and collected events."""

    event: EventJson
    attempts: list[AttemptJson]
    follow_ups: list[RunRowJson]
    collected: list[RunRowJson]


class RunDetailJson(RunPartsJson):
    """A run with all its parts, and the revision of the rules now in force."""

    active_revision: Count


class ProposalJson(TypedDict):
    """A message or request that waits for approval, as people see it."""

    step: str
    text: str
    longest: Count | None
    shown: dict[str, Any]
    since: Time
    until: Time
    platform_until: Time | None


class ApprovalJson(RunRowJson):
    """A run whose next step waits for approval; `approval` is null if somebody has just decided."""

    approval: ProposalJson | None


class JudgedJson(TypedDict):
    """The result of a decision about one of several runs: done, or the problem."""

    id: Id
    done: bool
    problem: ErrorJson | None


class NewRunsJson(TypedDict):
    """The ids of the runs that were started."""

    runs: list[Id]


class DeliveryFieldsJson(TypedDict):
    """The fields of a delivery that are copied from the stored record."""

    id: Id
    connection: str
    received_at: Time
    method: str
    remote: str
    verdict: VerdictWord
    size: Count
    events: Count


class DeliveryRowJson(DeliveryFieldsJson):
    """A delivery in a list."""

    reason: ReasonJson | None
    duplicate: bool


class TakenEventJson(TypedDict):
    """An event of a delivery; `duplicate` means that it was stored before."""

    id: Id
    duplicate: bool


class TakenInJson(TypedDict):
    """A delivery that was taken in again, with its events."""

    delivery: Id
    events: list[TakenEventJson]


class FindingJson(ReasonJson):
    """A possible cause of a refusal, in words, and whether it is proved."""

    what: str
    fix: str | None
    proved: bool


class DiagnosisJson(TypedDict):
    """The doctor's diagnosis of a delivery."""

    delivery: Id
    connection: str
    provider: str | None
    verdict: VerdictWord
    reason_code: str | None
    healthy: bool
    seen: list[str]
    findings: list[FindingJson]
    text: str
