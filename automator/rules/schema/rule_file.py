"""The pydantic models of a rule file; conditions and actions have their own readers."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict, Field, field_validator, model_validator

from automator.configuration.time_intervals import DEFAULT_ZONE, ActiveTimes, Zone
from automator.configuration.values import (
    NAME_PATTERN,
    Duration,
    InForm,
    Number,
    OneOrMany,
    Rate,
    StrictModel,
    WholeNumber,
)
from automator.model import DAY_MS, N_, Rule, WrongValue
from automator.model.rule import MOST_COLLECTED, Approval, Concurrency, Debounce, Once, Throttle
from automator.reasons import ReasonKind
from automator.reasons.problems import shape, triggers
from automator.reasons.problems.rules import rule_hours_are_active

# --- The pydantic models of `limits` in a rule file ---


#: The longest period: a century, in seconds. A longer period means for ever.
_LONGEST_PERIOD_S = 100 * 366 * 86_400.0
#: The highest `limit` of a `throttle`.
_LARGEST_LIMIT = 1_000


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


_Key = Annotated[
    str,
    Field(
        min_length=1, description=N_("JMESPath; events with the same value are counted together.")
    ),
]
_COUNTED = InForm(N_("Counted for each value of"), usual="event.actor.id")


class OnceSource(StrictModel):
    """One run for each key."""

    model_config = ConfigDict(title="'once'")
    usual: ClassVar[tuple[str, str]] = ("key", "event.actor.id")

    key: Annotated[
        _Key,
        InForm(
            N_("How often it acts"),
            shown="always",
            choices={
                "": N_("as often as it fits"),
                "event.actor.id": N_("once for each person"),
                "[event.actor.id, event.post.id]": N_("once for each person and post"),
            },
        ),
    ]
    period: Annotated[
        Duration | None,
        InForm(N_("Again after"), shown="beside", hint=N_("Empty means never again.")),
    ] = Field(
        default=None,
        gt=0,
        le=_LONGEST_PERIOD_S,
        description="After this time the rule may act again, as in 7d; without a period, never.",
    )

    def as_limit(self) -> Once:
        return Once(key=self.key, period_ms=_ms(self.period) if self.period else None)


class ThrottleSource(StrictModel):
    """At most this many runs for each key within a period."""

    model_config = ConfigDict(title="'throttle'")

    key: Annotated[_Key, _COUNTED]
    limit: Annotated[WholeNumber, InForm(N_("Times for one person, at most"), shown="always")] = (
        Field(ge=1, le=_LARGEST_LIMIT, description=N_("Runs, at most."))
    )
    period: Annotated[Duration, InForm(N_("within a time"), usual="1h", shown="always")] = Field(
        gt=0,
        le=_LONGEST_PERIOD_S,
        description=N_("In any stretch of time this long, as in 1h."),
    )

    def as_limit(self) -> Throttle:
        return Throttle(key=self.key, limit=self.limit, period_ms=_ms(self.period))


class DebounceSource(StrictModel):
    """Events that come in a row make one run."""

    model_config = ConfigDict(title="'debounce'")

    key: Annotated[_Key, _COUNTED]
    quiet: Annotated[
        Duration,
        InForm(N_("Waits until one person has written nothing more for a while"), shown="always"),
    ] = Field(
        gt=0, le=86_400, description=N_("It acts when no event has come for this long, as in 30s.")
    )
    max_wait: Annotated[Duration, InForm(N_("but no longer than"), usual="5m", shown="always")] = (
        Field(
            gt=0,
            le=7 * 86_400,
            description=N_("It acts this long after the first event, even if more come, as in 5m."),
        )
    )

    limit: Annotated[WholeNumber, InForm(N_("and not for more events than"))] = Field(
        default=MOST_COLLECTED,
        ge=2,
        le=MOST_COLLECTED,
        description=N_("It acts at once when this many events have come."),
    )

    def as_limit(self) -> Debounce:
        quiet_ms, max_wait_ms = _ms(self.quiet), _ms(self.max_wait)
        return Debounce(key=self.key, quiet_ms=quiet_ms, max_wait_ms=max_wait_ms, limit=self.limit)


class ConcurrencySource(StrictModel):
    """At most this many unfinished runs for each key."""

    model_config = ConfigDict(title="'concurrency'")

    key: Annotated[_Key, InForm(N_("Unfinished runs are counted for each value of"))]
    limit: Annotated[WholeNumber, InForm(N_("Unfinished runs at a time, at most"))] = Field(
        default=1, ge=1, le=_LARGEST_LIMIT, description="Unfinished runs, at most."
    )
    mode: Annotated[
        Literal["queue", "skip", "restart"],
        InForm(
            N_("What happens to one more"),
            choices={
                "queue": N_("it waits for its turn"),
                "skip": N_("it is left out"),
                "restart": N_("it takes the place of older ones"),
            },
        ),
    ] = Field(
        default="queue",
        description=(
            "The treatment of a run beyond the limit: `queue` lets it wait for its place, "
            "`skip` holds it back, `restart` cancels the older runs with their follow-ups."
        ),
    )

    def as_limit(self) -> Concurrency:
        return Concurrency(key=self.key, limit=self.limit, mode=self.mode)


class LimitsSource(StrictModel):
    """The limits of a rule: how often it may act."""

    model_config = ConfigDict(title="'limits'")
    #: Keys that people expect here, with the advice for each.
    elsewhere: ClassVar[Mapping[str, ReasonKind[[]]]] = dict.fromkeys(
        ("cooldown", "once_per", "per_user", "per_person", "every", "period", "max", "rate", "key"),
        shape.rule_once_otherwise,
    )

    once: OnceSource | None = Field(default=None, description="One run for each key.")
    throttle: ThrottleSource | None = Field(
        default=None, description="At most this many runs for each key within a period."
    )
    debounce: DebounceSource | None = Field(
        default=None, description="Events that come in a row make one run, which sees all of them."
    )
    concurrency: ConcurrencySource | None = Field(
        default=None, description="At most this many unfinished runs for each key."
    )


# --- The pydantic models of a trigger: events, schedules, and waits for events ---


#: How many people a second a firing takes, so that webhooks come first.
MOST_PER_SECOND = 20
USUAL_PER_SECOND = 5.0


class ScheduleSource(StrictModel):
    """The times at which a rule fires by itself."""

    model_config = ConfigDict(title=N_("a schedule"))
    usual: ClassVar[tuple[str, str]] = ("cron", "0 9 * * *")

    cron: Annotated[str | None, InForm(N_("At which times, as a cron line"))] = Field(
        default=None,
        description="Minute, hour, day of the month, month and day of the week, as in "
        '`"0 9 * * mon-fri"`.',
    )
    timezone: Annotated[Zone, InForm(N_("Time zone"))] = Field(
        default=DEFAULT_ZONE,
        description="The time zone of `cron`, by its IANA name; without it, that of "
        "`timezone` in automator.yaml.",
    )
    every: Annotated[Duration | None, InForm(N_("Always after the same time"))] = Field(
        default=None,
        description="Or always the same interval, as in `15m`, counted from 1970 in UTC, so "
        "that `1h` is every full hour.",
    )
    missed: Annotated[
        Literal["run_once", "skip"],
        InForm(
            N_("If no server ran at a time"),
            choices={
                "run_once": N_("it fires once later"),
                "skip": N_("it waits for the next time"),
            },
        ),
    ] = Field(
        default="run_once",
        description="What to do about times at which no server ran: `run_once` fires once for all "
        "of them, `skip` waits for the next.",
    )

    summary: Annotated[Duration | None, InForm(N_("With the figures of the last days"))] = Field(
        default=None,
        ge=86_400,
        le=31 * 86_400,
        description="The event has the figures of the last days, as in `7d`, as "
        "`event.data.summary`: from `1d` to `31d`.",
    )

    @field_validator("every")
    @classmethod
    def _is_not_too_often(cls, value: float | None) -> float | None:
        if value is not None and not 10 <= value <= 366 * 86_400:
            raise WrongValue(triggers.trigger_rhythm_out_of_range())
        return value

    @model_validator(mode="after")
    def _has_one_rhythm(self) -> "ScheduleSource":
        if (self.cron is None) == (self.every is None):
            raise WrongValue(triggers.trigger_two_rhythms())
        if self.every is not None and "timezone" in self.model_fields_set:
            raise WrongValue(triggers.trigger_every_has_no_zone())
        return self


class AudienceSource(StrictModel):
    """The people for whom a schedule fires."""

    model_config = ConfigDict(title="'contacts'")
    usual: ClassVar[tuple[str, str]] = ("connection", "shop")

    connection: Annotated[str, InForm(N_("For the people of which connection"), shown="beside")] = (
        Field(min_length=1, description=N_("The connection that writes to them."))
    )
    tag: Annotated[
        str, InForm(N_("Only people with this tag (empty means all)"), shown="beside")
    ] = Field(default="", description=N_("Only people with this tag."))
    value: Annotated[str, InForm(N_("Only people with a remembered value of this name"))] = Field(
        default="", description=N_("Only people with a remembered value of this name.")
    )
    text: Annotated[
        str, InForm(N_("Only people with this in their name or in a remembered value"))
    ] = Field(
        default="",
        description=N_("Only people with this in their name, id or a remembered value."),
    )
    most: Annotated[
        WholeNumber,
        InForm(N_("At most so many people each time (10,000 when empty)"), shown="beside"),
    ] = Field(
        default=10_000,
        ge=1,
        le=100_000,
        description=N_("How many people one firing takes at most."),
    )
    rate: Annotated[Rate | None, InForm(N_("How many people in a time"))] = Field(
        default=None,
        description=N_("How many it takes at most in a time, as in `100/m`; `5/s` when not given."),
    )

    @field_validator("rate")
    @classmethod
    def _is_bearable(cls, value: float | None) -> float | None:
        if value is not None and value > MOST_PER_SECOND:
            raise WrongValue(triggers.trigger_rate_of_people(most=MOST_PER_SECOND))
        return value


class _WaitSource(StrictModel):
    """A wait for an event with the same value as the event that begins it."""

    within: Annotated[Duration, InForm(N_("Within which time"))] = Field(
        description=N_("How long it waits, as in `30m`.")
    )
    key: Annotated[str, InForm(N_("The value that both events have, as an expression"))] = Field(
        description=N_(
            "A JMESPath expression for the value that both events share, as in `event.data.id`."
        )
    )

    @field_validator("within")
    @classmethod
    def _can_be_waited_for(cls, value: float) -> float:
        if not 1 <= value <= 366 * 86_400:
            raise WrongValue(triggers.trigger_wait_out_of_range())
        return value


class BothSource(_WaitSource):
    """The rule acts when two events have come, in any order."""

    model_config = ConfigDict(title="'both'")

    of: Annotated[OneOrMany, InForm(N_("Two events that must both come (one on each line)"))] = (
        Field(description=N_("Names of the two events."))
    )


class AbsenceSource(_WaitSource):
    """The rule acts when something does not come in time."""

    model_config = ConfigDict(title=N_("an absence"))

    of: Annotated[OneOrMany, InForm(N_("Events that do not come (one on each line)"))] = Field(
        description=N_("Names of the events that end the wait.")
    )
    after: Annotated[OneOrMany, InForm(N_("After these events (one on each line)"))] = Field(
        description=N_("Names of the events that begin it.")
    )


class TriggerSource(StrictModel):
    """The events that a rule listens to."""

    model_config = ConfigDict(title=N_("a trigger"))
    usual: ClassVar[tuple[str, str]] = ("event", "comment.created")
    #: Keys that people expect here, and where they belong instead.
    elsewhere: ClassVar[Mapping[str, ReasonKind[[]]]] = {
        **dict.fromkeys(("cron", "every", "timezone"), triggers.trigger_below_schedule),
        **dict.fromkeys(("of", "after", "within"), triggers.trigger_below_absence),
        **dict.fromkeys(
            ("keywords", "keyword", "contains", "match", "filter", "if", "conditions"),
            shape.rule_condition_elsewhere,
        ),
        **dict.fromkeys(("tag", "value", "text", "most", "rate"), triggers.trigger_below_contacts),
    }

    event: Annotated[OneOrMany, InForm(N_("Events (one on each line)"))] = Field(
        default=(), description="Names of events; `*` matches anything."
    )
    connection: Annotated[OneOrMany, InForm(N_("Only at these connections (one on each line)"))] = (
        Field(
            default=(),
            description="Names of connections. One that names several accounts means all of them; "
            "to name one of them, add its id, as in `shop-page.5647382910`.",
        )
    )
    provider: Annotated[
        OneOrMany, InForm(N_("Only from these kinds of senders (one on each line)"))
    ] = Field(default=(), description="Kinds of senders.")
    include_self: Annotated[bool, InForm(N_("Also what your own page or bot has done"))] = Field(
        default=False, description="Also events that our own page or bot has caused."
    )
    schedule: ScheduleSource | None = Field(
        default=None, description="Or the rule fires by itself, at these times."
    )
    contacts: AudienceSource | None = Field(
        default=None,
        description=N_("It fires for each of these people; the rule's conditions pick among them."),
    )
    both: BothSource | None = Field(
        default=None, description=N_("Or it acts when two events have both come.")
    )
    absence: AbsenceSource | None = Field(
        default=None, description="Or it acts when something does not come in time."
    )


# --- Files, rules and steps ---


#: The name of a parameter, which templates and expressions can read.
PARAMETER_PATTERN = r"^[a-z][a-z0-9_]{0,63}$"


class IntentSource(StrictModel):
    """Further words of an intent, for the rules of one file."""

    model_config = ConfigDict(title="'intents'")

    add: OneOrMany = Field(default=(), description="Words and phrases that show it too.")
    excepted: OneOrMany = Field(
        default=(), alias="except", description="Phrases in which its words do not count."
    )


def _to_parameters(value: Any) -> Any:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        return value
    return dict.fromkeys(value)


class SnippetSource(StrictModel):
    """A named list of actions, which rules put in by `use`."""

    model_config = ConfigDict(title=N_("a snippet"))

    parameters: Annotated[
        dict[Annotated[str, Field(pattern=PARAMETER_PATTERN)], Any],
        BeforeValidator(_to_parameters, json_schema_input_type=list[str] | dict[str, Any]),
    ] = Field(
        default_factory=dict,
        description="The names that its texts read as `with.NAME`: a list, or each with the value"
        " that a use can leave out.",
    )
    actions: list[Any] = Field(min_length=1, description=N_("Its actions, in this order."))


class UseSource(StrictModel):
    """Puts the actions of a snippet in at its place."""

    model_config = ConfigDict(title="'use'", populate_by_name=False)
    usual: ClassVar[tuple[str, str]] = ("use", "thanks")

    use: Annotated[str, InForm(N_("Snippet"), shown="always")] = Field(
        min_length=1, description=N_("The name of the snippet whose actions come here.")
    )
    values: Annotated[dict[str, Any], InForm(N_("Values"), widget="rows", shown="always")] = Field(
        default_factory=dict, alias="with", description=N_("The values of its parameters, by name.")
    )


class RolloutSource(StrictModel):
    """The share of all people for whom a rule acts."""

    model_config = ConfigDict(title="'rollout'")
    usual: ClassVar[tuple[str, str]] = ("percent", "10")

    percent: Annotated[
        Number, InForm(N_("Acts for only a part of all people"), unit=N_("in percent"))
    ] = Field(
        ge=0,
        le=100,
        description=N_("The percentage of people for whom it acts, always the same ones."),
    )
    key: Annotated[
        str, InForm(N_("What decides who is in that part, as an expression"), shown="beside")
    ] = Field(
        default="contact.id",
        min_length=1,
        description="JMESPath; of events with the same value, all are in the rollout or none.",
    )


class PauseOnSource(StrictModel):
    """The event that holds a rule back for a while."""

    model_config = ConfigDict(title="'pause_on'")
    usual: ClassVar[tuple[str, str]] = ("human_reply", "12h")

    human_reply: Annotated[
        Duration, InForm(N_("Keeps quiet after one of you has answered"), shown="always")
    ] = Field(
        gt=0,
        le=30 * 86_400.0,
        description=N_("The time after an answer by hand, as in 12h."),
    )


class RuleSource(StrictModel):
    """One rule."""

    model_config = ConfigDict(title=N_("a rule"))
    #: Keys that people expect here, and where they belong instead.
    elsewhere: ClassVar[Mapping[str, ReasonKind[[]]]] = {
        **dict.fromkeys(
            ("keywords", "keyword", "contains", "match", "regex", "text", "tu_khoa"),
            shape.rule_condition_elsewhere,
        ),
        **dict.fromkeys(("unless", "except", "exclude"), shape.rule_exception_elsewhere),
        **dict.fromkeys(("wait", "delay", "after"), shape.rule_wait_elsewhere),
        **dict.fromkeys(
            ("reply", "message", "private_reply", "moderate", "notify", "remember", "forward"),
            shape.rule_step_elsewhere,
        ),
        **dict.fromkeys(
            ("tra_loi", "nhan_tin", "nhan_rieng", "thong_bao"), shape.rule_step_elsewhere
        ),
        **dict.fromkeys(
            ("schedule", "cron", "every", "connection", "provider"), shape.rule_trigger_elsewhere
        ),
        **dict.fromkeys(
            ("once", "throttle", "debounce", "cooldown", "rate_limit", "once_per"),
            shape.rule_limit_elsewhere,
        ),
        **dict.fromkeys(("hours", "times", "time", "days", "active_hours"), rule_hours_are_active),
        "disabled": shape.rule_disabled_elsewhere,
    }
    #: The keys whose text suggests an id if `id` is missing.
    titles: ClassVar[tuple[str, ...]] = ("name", "description")

    id: Annotated[str, InForm(N_("Id"), section="about")] = Field(
        pattern=NAME_PATTERN, description=N_("The rule's name, unique over all files.")
    )
    name: str = Field(default="", description=N_("A title for people."))
    description: Annotated[str, InForm(N_("What it is for"), widget="text", section="about")] = (
        Field(default="", description="What it is for.")
    )
    enabled: bool = Field(default=True, description="false switches the rule off.")
    disabled_reason: Annotated[str, InForm(N_("Why it is switched off"))] = Field(
        default="", description="Why it is switched off, as the log shows it."
    )
    mode: Literal["live", "shadow"] = Field(
        default="live",
        description="`shadow` decides and renders everything, sends nothing, and is in the log.",
    )
    rollout: RolloutSource | None = Field(
        default=None, description="Acts for a part of all people only, as in `{percent: 10}`."
    )
    priority: Annotated[
        WholeNumber, InForm(N_("Priority: a rule with a higher number comes first"))
    ] = Field(
        default=0,
        ge=-1000,
        le=1000,
        description="Rules with a higher one come first; otherwise file name and place count.",
    )
    stop: Annotated[bool, InForm(N_("No later rule looks at an event on which it acts"))] = Field(
        default=False,
        description="true: when this rule acts on an event, no later rule is evaluated for it.",
    )
    fallback: Annotated[bool, InForm(N_("Acts only when no other rule answers the person"))] = (
        Field(
            default=False,
            description=N_("true: it acts only when no other rule answers the person."),
        )
    )
    active: Annotated[
        ActiveTimes,
        InForm(N_("When it may act"), unit=N_("as in mon-sat 08:00-21:00"), widget="active"),
    ] = Field(
        default=(),
        description="When it acts: names of `time_intervals`, in any of them, or times such as"
        ' `{times: "08:00-21:00"}`.',
    )
    outside: Annotated[
        Literal["skip", "wait"],
        InForm(
            N_("At other times"),
            choices={"skip": N_("it does nothing"), "wait": N_("it waits until it may act")},
        ),
    ] = Field(
        default="skip",
        description="Outside of them: `skip` does nothing, `wait` acts when the next one begins.",
    )
    limits: LimitsSource | None = Field(
        default=None, description="How often it may act; the log shows the runs that it holds back."
    )
    pause_on: PauseOnSource | None = Field(
        default=None, description="Holds it back while somebody answers by hand."
    )
    trigger: TriggerSource = Field(description=N_("Which events it listens to."))
    conditions: list[Any] = Field(
        default_factory=list,
        description="The conditions, all of which must hold. None means always.",
    )
    actions: list[Any] = Field(min_length=1, description=N_("Its steps, in this order."))
    on_error: Annotated[list[Any], InForm(N_("What to do after an action has failed for good"))] = (
        Field(default_factory=list, description="The steps after its actions have failed for good.")
    )
    tests: Annotated[list[Any], InForm(N_("Tests"), section="tests")] = Field(
        default_factory=list,
        max_length=200,
        description="The tests that `automator test` carries out.",
    )

    def as_rule(self, *, is_on: bool, **read: Any) -> Rule:
        """Makes the rule; `read` are the parts that have their own readers.

        `is_on` is False if the whole file is switched off.
        """
        return Rule(
            id=self.id,
            name=self.name,
            description=self.description,
            enabled=is_on and self.enabled,
            disabled_reason=self.disabled_reason,
            priority=self.priority,
            stop=self.stop,
            fallback=self.fallback,
            shadow=self.mode == "shadow",
            outside=self.outside,
            pause_ms=round(self.pause_on.human_reply * 1000) if self.pause_on else None,
            **read,
        )


def _said_of_rule(key: str) -> str | None:
    return RuleSource.model_fields[key].description


class DefaultsSource(StrictModel):
    """The keys of rules that a file writes once for all of them."""

    model_config = ConfigDict(title="'defaults'")

    active: ActiveTimes = Field(default=(), description=_said_of_rule("active"))
    outside: Literal["skip", "wait"] = Field(default="skip", description=_said_of_rule("outside"))
    limits: LimitsSource | None = Field(default=None, description=_said_of_rule("limits"))
    pause_on: PauseOnSource | None = Field(default=None, description=_said_of_rule("pause_on"))


class RuleFileSource(StrictModel):
    """A whole rule file."""

    model_config = ConfigDict(title=N_("a rule file"))
    #: The first key of a rule file, which the fix for another file names.
    first_key: ClassVar[str] = "rules"

    include: OneOrMany = Field(
        default=(),
        description="Other rule files whose `vars`, `intents`, `snippets` and `defaults` this file"
        " sees too.",
    )
    vars: dict[str, Any] = Field(
        default_factory=dict, description="Values that the rules of this file see as `vars`."
    )
    intents: dict[str, IntentSource] = Field(
        default_factory=dict,
        description="Words that `asks()` knows in this file besides its own, by intent.",
    )
    snippets: dict[Annotated[str, Field(pattern=NAME_PATTERN)], SnippetSource] = Field(
        default_factory=dict, description="Named lists of actions that rules put in by `use`."
    )
    defaults: DefaultsSource = Field(
        default_factory=DefaultsSource,
        description="The keys of a rule that hold for each rule of this file without its own.",
    )
    enabled: bool = Field(default=True, description="false switches all rules of this file off.")
    rules: list[Any] = Field(default_factory=list, description="The rules, in their order.")


class RetrySource(StrictModel):
    """The times and the conditions at which a failed attempt is tried again."""

    model_config = ConfigDict(title="'retry'")
    usual: ClassVar[tuple[str, str]] = ("max_attempts", "3")

    max_attempts: Annotated[WholeNumber, InForm(N_("Tries in all"))] = Field(
        default=8, ge=1, le=50, description="Tries in all."
    )
    interval: Annotated[Duration | None, InForm(N_("Wait between two tries"))] = Field(
        default=None, gt=0, le=86_400, description="The wait between tries, as in 30s."
    )
    strategy: Annotated[
        Literal["fixed", "exponential"],
        InForm(
            N_("How that wait changes"),
            choices={"fixed": N_("it stays the same"), "exponential": N_("it doubles")},
        ),
    ] = Field(default="exponential", description="Whether the wait stays or doubles.")
    on_status: Annotated[
        list[int | str] | None, InForm(N_("Statuses of an answer that are worth another try"))
    ] = Field(default=None, description='Statuses worth another try, as in ["500-599", 429].')


class ApproveSource(StrictModel):
    """The time for a person's decision, and the result if nobody decides."""

    model_config = ConfigDict(title="'approve'")
    usual: ClassVar[tuple[str, str]] = ("within", "2h")

    within: Annotated[
        Duration, InForm(N_("How long a person has to approve it"), shown="beside")
    ] = Field(
        default=DAY_MS / 1000,
        ge=60,
        le=30 * 86_400.0,
        description=N_("How long somebody has to decide, as in 2h."),
    )
    otherwise: Annotated[
        Literal["skip", "send"],
        InForm(
            N_("If nobody decides in that time"),
            shown="beside",
            choices={"skip": N_("nothing is sent"), "send": N_("it is sent")},
        ),
    ] = Field(
        default="skip",
        description="If nobody decides in that time: `skip` sends nothing, `send` sends it.",
    )

    def as_approval(self) -> Approval:
        """The approval in the form of the engine."""
        return Approval(round(self.within * 1000), self.otherwise)


def _to_approve(value: Any) -> Any:
    return {} if value is True else None if value is False else value


class StepSource(StrictModel):
    """The keys that every action may have, beside its own."""

    model_config = ConfigDict(title=N_("an action"), populate_by_name=False)

    id: Annotated[
        str | None,
        InForm(N_("Name of its result for later actions"), shown="rarely", section="about"),
    ] = Field(
        default=None,
        pattern=PARAMETER_PATTERN,
        description="The name under which later steps see its result.",
    )
    name: Annotated[str, InForm(N_("Title for people"), section="about")] = Field(
        default="", description=N_("A title for people.")
    )
    condition: Annotated[str, InForm(N_("Only if this holds, as an expression"), section="if")] = (
        Field(default="", alias="if", description="A JMESPath expression; otherwise it is skipped.")
    )
    retry: Annotated[RetrySource, InForm(section="failing")] = Field(
        default_factory=RetrySource, description="When it is tried again."
    )
    timeout: Annotated[
        Duration | None, InForm(N_("Time for one try, at most"), section="failing")
    ] = Field(default=None, gt=0, le=120, description="For one attempt, as in 15s.")
    approve: Annotated[
        Annotated[
            ApproveSource | None,
            BeforeValidator(_to_approve, json_schema_input_type=bool | ApproveSource),
        ],
        InForm(
            N_("A person approves it before it is sent"),
            widget="yes",
            shown="always",
            section="approving",
        ),
    ] = Field(
        default=None,
        description="true: it is sent only when a person has approved it, within a day;"
        " `{within: 2h}` says another time.",
    )
    on_unknown: Annotated[
        Literal["retry", "hold"],
        InForm(
            N_("If nobody knows whether it was sent"),
            choices={"retry": N_("it is tried again"), "hold": N_("a person decides")},
            section="failing",
        ),
    ] = Field(default="retry", description="What to do if the outcome is unknown.")
    continue_on_error: Annotated[
        bool,
        InForm(N_("The other actions are done also if this one fails for good"), section="failing"),
    ] = Field(default=False, description="true: the run goes on when it fails for good.")


#: The names, in a file, of the keys beside an action.
STEP_KEYS = frozenset(field.alias or name for name, field in StepSource.model_fields.items())


class CancelOnSource(StrictModel):
    """The event that makes a waiting follow-up unnecessary."""

    model_config = ConfigDict(title="'cancel_on'")
    usual: ClassVar[tuple[str, str]] = ("event", "message.received")

    event: OneOrMany = Field(description=N_("Names of events from the same person."))
    conditions: list[Any] = Field(default_factory=list, description="What must hold as well.")


class NamedConditionSource(StrictModel):
    """A condition with a title."""

    model_config = ConfigDict(title=N_("a condition"))

    name: str = Field(description=N_("A title for people."))
    expr: str = Field(description=N_("A JMESPath expression."))
