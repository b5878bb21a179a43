"""The JSON of the server's state, and of its targets, limits and connections."""

from typing import Annotated, Any, Literal

from typing_extensions import TypedDict

from automator.model import TargetState
from automator.server.answer_types.common import (
    AdvisedReasonJson,
    Count,
    Id,
    ReasonJson,
    SaidReasonJson,
    Time,
    one_of,
)


class TargetJson(TypedDict):
    """A target or another host, and whether runs may reach it."""

    name: str
    origin: str
    state: Annotated[str, one_of(TargetState)]
    since: Time | None
    reason: ReasonJson | None
    by: str | None
    failures: Count
    failing_since: Time | None
    retry_at: Time | None
    waiting: Count
    under_way: Count
    concurrency: Count
    rate_per_second: float | None
    requests_last_minute: Count
    retries_last_minute: Count
    usage_percent: Count | None
    retries_held_until: Time | None


class CountedFieldsJson(TypedDict):
    """The fields of a counted key that are copied from the stored record."""

    id: str
    key: str
    count: Count
    last_at: Time


class CountedKeyJson(CountedFieldsJson):
    """A key of a limit or a budget, and its count."""

    rule: str | None
    limit: str
    last_run: Id | None
    until: Time | None


class RulesInForceJson(TypedDict):
    """The revision and number of the rules in force, and the problems of the rule files."""

    revision: Count
    count: Count
    loaded_at: Time
    problems: Count


class HealthJson(TypedDict):
    """The health of a connection, as the watchdog judges it."""

    connection: str
    last_delivery_at: Time | None
    allowed_silence_s: Count | None
    is_silent: bool
    refusals: Count
    warnings: list[SaidReasonJson]


class CountsJson(TypedDict):
    """Counts of events, of runs by their state, and of rejected deliveries."""

    events: Count
    runs: dict[str, Count]
    rejected_deliveries: Count


class LastDayJson(CountsJson):
    """The counts of the last 24 hours, and the number of runs for each reason."""

    reasons: dict[str, Count]


class ScheduleJson(TypedDict):
    """A rule that fires by itself. Times in `…_local` are in the schedule's zone; "" = no time."""

    rule: str
    schedule: str
    timezone: str
    missed: str
    next_fire: Time | None
    next_fire_local: str
    last_fire: Time | None
    last_fire_local: str
    last_skipped: Time | None


class BackupsJson(TypedDict):
    """The backups on this machine."""

    folder: str
    kept: Count
    newest: Time | None
    failure: str


class NodeJson(TypedDict):
    """A process that works on the database."""

    name: str
    version: str
    revision: Count
    started_at: Time
    heartbeat_at: Time


class StatusJson(TypedDict):
    """The present state of a server."""

    version: str
    node: str
    now: Time
    demo: bool
    store_available: bool
    store_trouble: AdvisedReasonJson | None
    rules: RulesInForceJson
    connections: list[str]
    watch: list[HealthJson]
    last_24_hours: LastDayJson
    waiting_follow_ups: Count
    targets: list[TargetJson]
    schedules: list[ScheduleJson]
    lost_access: dict[str, SaidReasonJson]
    store_warnings: list[AdvisedReasonJson]
    held: Count
    backups: BackupsJson | None
    backup_note: AdvisedReasonJson | None
    nodes: list[NodeJson]


class HourFieldsJson(TypedDict):
    """The counts of an hour."""

    events: Count
    started: Count
    ended: dict[str, Count]
    rejected_deliveries: Count


class HourJson(HourFieldsJson):
    """The counts of the hour that begins at `hour`."""

    hour: Time


class HeldJson(TypedDict):
    """The number of held runs that were continued or cancelled."""

    runs: Count


class PrunedJson(TypedDict):
    """The number of records of each kind that were deleted."""

    deleted: dict[str, Count]


class SubscribedJson(TypedDict):
    """The result of a subscription: `problem` says which needed events do not come; null = none."""

    problem: SaidReasonJson | None


class PartChangeJson(TypedDict):
    """A part of a profile that differs from the file."""

    part: str
    kind: Literal["add", "change", "remove"]
    now: Any
    wanted: Any


class ProfilePlanJson(TypedDict):
    """The changes to the profile of an account."""

    connection: str
    changes: list[PartChangeJson]


class ProfilesJson(TypedDict):
    """The changes to the profiles of a connection, by account."""

    accounts: list[ProfilePlanJson]


class ChatLinkJson(TypedDict):
    """A link that opens a conversation, and its QR code as an SVG picture."""

    address: str
    ref: str | None
    text: str | None
    takes_ref: bool
    takes_text: bool
    svg: str
