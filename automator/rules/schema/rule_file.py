"""The pydantic models of a rule file; conditions and actions have their own readers."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from automator.configuration.time_intervals import ActiveTimes
from automator.configuration.values import (
    NAME_PATTERN,
    Duration,
    InForm,
    Number,
    OneOrMany,
    StrictModel,
    WholeNumber,
)
from automator.model import DAY_MS, N_, Rule
from automator.model.rules.step import Approval
from automator.reasons import ReasonKind
from automator.reasons.problems import shape
from automator.reasons.problems.rules import rule_hours_are_active
from automator.rules.schema.limits import LimitsSource
from automator.rules.schema.triggers import TriggerSource

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
    values: Annotated[dict[str, Any], InForm(N_("Values"), shown="always")] = Field(
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
        str | None, InForm(N_("Name of its result for later actions"), shown="rarely")
    ] = Field(
        default=None,
        pattern=PARAMETER_PATTERN,
        description="The name under which later steps see its result.",
    )
    name: Annotated[str, InForm(N_("Title for people"))] = Field(
        default="", description=N_("A title for people.")
    )
    condition: Annotated[str, InForm(N_("Only if this holds, as an expression"))] = Field(
        default="", alias="if", description="A JMESPath expression; otherwise it is skipped."
    )
    retry: RetrySource = Field(default_factory=RetrySource, description="When it is tried again.")
    timeout: Annotated[Duration | None, InForm(N_("Time for one try, at most"))] = Field(
        default=None, gt=0, le=120, description="For one attempt, as in 15s."
    )
    approve: Annotated[
        Annotated[
            ApproveSource | None,
            BeforeValidator(_to_approve, json_schema_input_type=bool | ApproveSource),
        ],
        InForm(N_("A person approves it before it is sent"), widget="yes", shown="always"),
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
        ),
    ] = Field(default="retry", description="What to do if the outcome is unknown.")
    continue_on_error: Annotated[
        bool, InForm(N_("The other actions are done also if this one fails for good"))
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
