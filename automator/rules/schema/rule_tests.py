"""The pydantic models of the tests of a rule: the events, and the expected results."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from automator.clock import moment_ms
from automator.conditions.functions.patterns import pattern_problem
from automator.configuration.values import Duration, InForm, OneOrMany, StrictModel
from automator.model import N_, WrongValue, record
from automator.plugins import AnyAction
from automator.reasons.problems import rule_tests
from automator.reasons.problems.phrases import word_part_titled
from automator.reasons.problems.shape import shape_missing_key
from automator.rules.schema.arrival_sources import TestArrivalSource

NO_MATCH = "no_match"
MATCHED = "matched"


_IN_ROLLOUT = {"in": N_("yes"), "out": N_("no")}
_DECISIONS = {
    "approved": N_("approved"),
    "declined": N_("declined"),
    "expired": N_("nobody decides"),
}


class ContactSource(StrictModel):
    """Somebody who is known before anything comes in."""

    model_config = ConfigDict(title=N_("a contact of a test"))
    usual: ClassVar[tuple[str, str]] = ("id", "1001")

    id: str = Field(
        default="",
        description=N_("The person's id at the provider. Each of `contacts` needs it."),
    )
    connection: str = Field(
        default="",
        description=N_("Their connection; empty: that of `contacts`, `via` or the first event."),
    )
    wrote: Annotated[Duration | None, InForm(N_("How long ago the person wrote"))] = Field(
        default=None,
        ge=0,
        description=N_(
            "How long ago the person last wrote, as in `2d`. In `contacts`: just now, if left out."
        ),
    )
    blocked: Annotated[bool, InForm(N_("Is blocked: no rule acts for them"))] = Field(
        default=False, description=N_("true: no rule acts for the person.")
    )
    state: Annotated[dict[str, Any], InForm(N_("Remembered about the person"), widget="rows")] = (
        Field(default_factory=dict, description="What rules remembered.")
    )
    tags: Annotated[list[str], InForm(N_("Tags of the person (one on each line)"))] = Field(
        default_factory=list, description="Tags that the person has."
    )
    opted_out: Annotated[bool, InForm(N_("Wants no more private messages"))] = Field(
        default=False, description="true: wants no private messages."
    )
    name: Annotated[str, InForm(N_("Known by the name"))] = Field(
        default="",
        max_length=200,
        description=N_("The name; tests look up none. Empty: it is unknown."),
    )
    answered_by_hand: Annotated[bool, InForm(N_("One of you has just answered"))] = Field(
        default=False, description="true: somebody of the shop has just written to the person."
    )


class GivenSource(StrictModel):
    """The state in which a test begins."""

    model_config = ConfigDict(title=N_("'given'"))

    clock: Annotated[str | None, InForm(N_("Begins at"))] = Field(
        default=None, description="When it begins, with its zone: `2026-11-24T21:50+07:00`."
    )
    contact: Annotated[ContactSource, InForm(N_("The person"))] = Field(
        default_factory=ContactSource, description="The stored data of the person."
    )
    contacts: list[ContactSource] = Field(
        default_factory=list,
        max_length=1_000,
        description=N_("The known people, for `contacts` of a schedule, `via` and `to`."),
    )
    vars: Annotated[
        dict[str, Any], InForm(N_("Values in place of those of the file"), widget="rows")
    ] = Field(default_factory=dict, description="Values in place of those of the files.")
    answers: dict[str, Any] = Field(
        default_factory=dict,
        description="The answer that a `request` gets, by the id of the action: its body, or"
        " `{status: 404, body: …}`, also with `headers`. For an `answer`, the text of the model, or"
        " `{refused: …}`.",
    )
    rollout: Annotated[
        Literal["in", "out"] | None,
        InForm(N_("The person is in the part that it acts for"), choices=_IN_ROLLOUT),
    ] = Field(
        default=None,
        description="`in`: every `rollout` has the person, `out`: none has. Otherwise its key"
        " decides.",
    )

    approval: Annotated[
        Literal["approved", "declined", "expired"],
        InForm(N_("A step that needs approval is"), choices=_DECISIONS),
    ] = Field(
        default="approved",
        description="What becomes of an action with `approve`: a person approves or declines it, or"
        " nobody decides.",
    )

    @field_validator("clock")
    @classmethod
    def _has_a_zone(cls, value: str | None) -> str | None:
        if value is not None and moment_ms(value) is None:
            raise WrongValue(rule_tests.clock_unreadable(text=value))
        return value

    @field_validator("contacts")
    @classmethod
    def _have_ids(cls, value: list[ContactSource]) -> list[ContactSource]:
        for number, one in enumerate(value):
            if not one.id:
                part = word_part_titled(title=N_("a contact of a test"))
                raise WrongValue(shape_missing_key(part=part, key="id"), at=(number,))
        return value

    @property
    def is_rolled_out(self) -> bool | None:
        """Whether the person is in every rollout or in none; None if the person's key decides."""
        return None if self.rollout is None else self.rollout == "in"

    @property
    def starts_at(self) -> int | None:
        """The time at which it begins, in milliseconds since 1970."""
        return None if self.clock is None else moment_ms(self.clock)


# --- Values to compare: written out, or a mapping of comparisons ---


#: How a value may be compared, instead of writing it out.
COMPARISONS = ("equals", "contains", "matches", "not")


def comparisons_in(written: Any) -> Mapping[str, Any] | None:
    """The comparisons in a mapping that has nothing else; None for any other value."""
    is_one = isinstance(written, Mapping) and written and written.keys() <= {*COMPARISONS}
    return written if is_one else None


def _check_value(written: Any, path: tuple[str | int, ...] = ()) -> Any:
    """Checks the comparisons in a value, at any depth."""
    compared = comparisons_in(written) or {}
    if written == {} or compared.get("contains") in ("", []) or compared.get("matches") == "":
        raise WrongValue(rule_tests.test_compares_nothing(), at=path)
    if isinstance(written, Mapping | list):
        for key, value in written.items() if isinstance(written, Mapping) else enumerate(written):
            if compared and key == "matches":
                is_text = isinstance(value, str)
                problem = (
                    pattern_problem(value) if is_text else rule_tests.test_text_not_comparable()
                )
                if problem is not None:
                    raise WrongValue(problem, at=(*path, key))
            elif not (compared and key == "equals"):
                _check_value(value, (*path, key))
    return written


def _check_text(written: Any) -> Any:
    if isinstance(written, bool | int | float):
        return str(written).lower()
    if not isinstance(written, str) and comparisons_in(written) is None:
        raise WrongValue(rule_tests.test_text_not_comparable())
    return _check_value(written)


_COMPARED = {"type": "object", "minProperties": 1}
#: A text, or comparisons of it.
ExpectedText = Annotated[
    Any, AfterValidator(_check_text), WithJsonSchema({"anyOf": [{"type": "string"}, _COMPARED]})
]
#: Any value, or comparisons of it or of its parts.
ExpectedData = Annotated[Any, AfterValidator(_check_value)]


# --- What is compared: the words of the trace ---


@dataclass(eq=False, slots=True)
class Seen:
    """Marks a key of `expect` as a word of the trace: the simulation records a value by the same
    name, and compares it with the expected value.
    """

    #: Whether a step with this action can have it.
    of: Callable[[AnyAction], bool]


def seen_words(model: type[BaseModel]) -> dict[str, Seen]:
    """The words of the trace among the keys of a model, in order."""
    found = {name: field.metadata for name, field in model.model_fields.items()}
    seen = {name: [one for one in marks if isinstance(one, Seen)] for name, marks in found.items()}
    return {name: marks[0] for name, marks in seen.items() if marks}


def _takes(name: str) -> Seen:
    """A word of the actions that have an input with this name."""
    return Seen(lambda action: name in action.inputs_model.model_fields)


_ALL = Seen(lambda _: True)
_OUTSIDE = Seen(lambda action: action.reaches_out)


def _lowered(named: Any) -> Any:
    return {name.lower(): value for name, value in named.items()}


class _Said(StrictModel):
    """The words that an action and what it sends have in common."""

    text: Annotated[ExpectedText, _takes("text")] = Field(
        default=None, description="The text: of a message, a notice or a line of the log."
    )
    to: Annotated[
        ExpectedText,
        Seen(lambda action: action.speaks or "to" in action.inputs_model.model_fields),
    ] = Field(
        default=None,
        description="To whom: the id at the provider, or the name of a target or of a receiver"
        " of notices.",
    )


class SentExpectation(_Said):
    """Something that a rule is expected to send: the request, with the words of its message."""

    model_config = ConfigDict(title=N_("what a rule sends"))
    usual: ClassVar[tuple[str, str]] = ("to", "crm")

    via: Annotated[ExpectedText, _takes("via")] = Field(
        default=None, description="The connection that it goes through, where the step names one."
    )
    attachments: Annotated[ExpectedData, _takes("attachments")] = Field(
        default=None, description="The attachments of a message: a list of `{type, url}`."
    )
    quick_replies: Annotated[
        ExpectedData,
        Seen(lambda action: action.asks or "quick_replies" in action.inputs_model.model_fields),
    ] = Field(default=None, description="The answers that a message offers: a list of texts.")
    buttons: Annotated[ExpectedData, _takes("buttons")] = Field(
        default=None, description="The buttons of a message: a list of `{text, url or payload}`."
    )
    template: Annotated[ExpectedData, _takes("template")] = Field(
        default=None, description="The template of a message, with its values."
    )
    method: Annotated[ExpectedText, _OUTSIDE] = Field(
        default=None, description="The method of the request, as in `POST`."
    )
    url: Annotated[ExpectedText, _OUTSIDE] = Field(
        default=None, description="The whole address of the request."
    )
    query: Annotated[dict[str, ExpectedData] | None, _OUTSIDE] = Field(
        default=None, description="Parameters in the address, by name; it may have others."
    )
    headers: Annotated[dict[str, ExpectedText] | None, AfterValidator(_lowered), _OUTSIDE] = Field(
        default=None,
        description="Headers of the request, by name; it may have others. Secrets are hidden.",
    )
    body: Annotated[ExpectedData, _OUTSIDE] = Field(
        default=None,
        description="The body: the named parts of JSON or of a form, or its text.",
    )

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if all(value in (None, {}) for _, value in self):
            raise WrongValue(rule_tests.test_compares_nothing())
        return self


def _to_list(value: Any) -> Any:
    return [value] if isinstance(value, Mapping) else value


SentOrMany = Annotated[
    list[SentExpectation],
    BeforeValidator(_to_list, json_schema_input_type=SentExpectation | list[SentExpectation]),
]


class _ById(StrictModel):
    id: Annotated[str, InForm(N_("namely, that it"), shown="always")] = Field(
        description=N_("The id of the action, or its name.")
    )


class StepExpectation(_Said, _ById):
    """One action that a rule is expected to carry out."""

    model_config = ConfigDict(title=N_("an expected action"))

    contains: Annotated[
        OneOrMany, _takes("text"), InForm(N_("with these words in the text"), shown="always")
    ] = Field(default=(), description="Parts of the text; short for `text: {contains: …}`.")
    status: Literal[
        "ok", "skipped", "retry", "failed", "unknown",
        "answered", "unanswered", "expired", "refused",
    ] = Field(
        default="ok",
        description="How it ends: `ok`, `skipped`, `failed`, `unknown`, or `retry` while it waits"
        " for another attempt. A question also ends `answered` or `unanswered`, which is `expired`"
        " or `refused` after too many wrong answers.",
    )  # fmt: skip
    reason: Annotated[ExpectedText, _ALL] = Field(
        default=None,
        description="Why it ends so: the code of the reason, as in `opted_out`.",
    )
    attempts: Annotated[ExpectedData, _ALL] = Field(
        default=None, description="How many attempts it takes."
    )
    output: Annotated[ExpectedData, _ALL] = Field(
        default=None,
        description="What later steps read as `steps.ID.output`: the values of `set`, of the answer"
        " to a request or to a question, the level of a line.",
    )
    sends: Annotated[SentOrMany | None, _OUTSIDE] = Field(
        default=None,
        description="Its request, or each of several; `[]`: it sends nothing.",
    )


def _to_step(value: Any) -> Any:
    return {"id": value} if isinstance(value, str) else value


StepOrId = Annotated[
    StepExpectation, BeforeValidator(_to_step, json_schema_input_type=str | StepExpectation)
]


class LineExpectation(StrictModel):
    """A line that a rule is expected to write into the log."""

    model_config = ConfigDict(title=N_("an expected line of the log"))

    text: ExpectedText = Field(description=N_("The line."))
    level: Literal["info", "warning", "error"] | None = Field(
        default=None, description="How it is marked."
    )


def _to_lines(value: Any) -> Any:
    written = value if isinstance(value, list) else [value]
    short = [isinstance(one, str) or comparisons_in(one) is not None for one in written]
    return [
        {"text": one} if is_short else one for one, is_short in zip(written, short, strict=True)
    ]


LineOrMany = Annotated[
    list[LineExpectation],
    BeforeValidator(
        _to_lines,
        json_schema_input_type=ExpectedText
        | LineExpectation
        | list[ExpectedText | LineExpectation],
    ),
]


class FollowUpExpectation(StrictModel):
    """One follow-up that a rule is expected to plan."""

    model_config = ConfigDict(title=N_("an expected follow-up"))
    usual: ClassVar[tuple[str, str]] = ("after", "20h")

    after: Duration | None = Field(
        default=None, description="How long after its event it is due, as in `20h`."
    )
    cancelled: bool | None = Field(default=None, description="Whether it is cancelled before.")
    actions: list[StepOrId] | None = Field(
        default=None, description="The steps that it carries out when it is due."
    )


#: The expectation for each word that people write for a match or no match.
_MEANT = {
    **dict.fromkeys(("no_match", "nomatch", "not_matched", "unmatched", "không_khớp"), NO_MATCH),
    **dict.fromkeys(("match", "matched", "matches", "khớp"), MATCHED),
}


def _to_expectation(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if value not in (NO_MATCH, MATCHED):
        meant = _MEANT.get(re.sub(r"[\s-]+", "_", value.strip().lower()))
        if meant is not None:
            raise WrongValue(rule_tests.expect_misspelt(value=value, nearest=meant))
        raise WrongValue(rule_tests.expect_unreadable(text=value))
    return {value: True}


class ExpectSource(StrictModel):
    """The expectations of a test."""

    model_config = ConfigDict(title=N_("'expect'"))

    no_match: Annotated[
        bool | Annotated[str, Field(min_length=1)] | None, InForm(N_("do nothing"))
    ] = Field(
        default=None,
        description="true: the rule does not match. A text: because of the condition that has it"
        " in its expression or name.",
    )
    matched: Annotated[bool | Annotated[int, Field(ge=0)] | None, InForm(N_("act"))] = Field(
        default=None, description="Whether the rule matches, or how many times."
    )
    actions: list[StepOrId] | None = Field(
        default=None,
        description="The actions that are carried out, in order, without `follow_up` itself.",
    )
    on_error: list[StepOrId] | None = Field(
        default=None, description="The actions of `on_error` that are carried out, in order."
    )
    follow_ups: list[FollowUpExpectation] | None = Field(
        default=None, description="The follow-ups that are planned, in order."
    )
    sends: SentOrMany | None = Field(
        default=None,
        description="Something that the rule sends, at any time, or several; `[]`: nothing is"
        " sent.",
    )
    never_sends: SentOrMany | None = Field(
        default=None, description="Something that the rule sends at no time, or several."
    )
    log: LineOrMany | None = Field(
        default=None,
        description="A line that the rule writes into the log, or several; `[]`: it writes none.",
    )
    vars: dict[str, ExpectedData] | None = Field(
        default=None, description="Values that the rule has set, in the end."
    )
    contact: dict[str, ExpectedData] | None = Field(
        default=None,
        description="The remembered values of the person in the end, also `tags`, `opted_out` and"
        " `blocked`.",
    )
    suppressed: bool | str | None = Field(
        default=None,
        description="true: the rule matches and is held back. A text: by this reason, as in"
        " `throttled`.",
    )
    state: Literal["queued", "done", "dead", "cancelled", "unknown", "suppressed"] | None = Field(
        default=None, description="The state of the rule's last run in the end."
    )
    outcome: (
        Literal[
            "nothing_to_send", "answered", "partly", "nothing_sent", "maybe_sent", "would_have_sent"
        ]
        | None
    ) = Field(default=None, description="What the rule's last run has sent.")
    reason: ExpectedText = Field(
        default=None,
        description="The code of the reason of the rule's last run, as in `question_expired`.",
    )

    @property
    def expected_keys(self) -> list[str]:
        """The keys that expect something."""
        return [name for name, value in self if value is not None]


Expectation = Annotated[
    ExpectSource,
    BeforeValidator(
        _to_expectation, json_schema_input_type=Literal["no_match", "matched"] | ExpectSource
    ),
]


class RuleTestSource(StrictModel):
    """A test of a rule."""

    model_config = ConfigDict(title=N_("a test"))

    name: Annotated[str, InForm(N_("Name of the test"), shown="always")] = Field(
        min_length=1, max_length=200, description=N_("What it shows.")
    )
    given: Annotated[GivenSource, InForm(N_("What holds when it begins"))] = Field(
        default_factory=GivenSource, description="What holds when it begins."
    )
    event: TestArrivalSource | None = Field(default=None, description="What comes in.")
    events: list[TestArrivalSource] = Field(
        default_factory=list, max_length=100, description="Or several, one after another."
    )
    run_for: Annotated[Duration | None, InForm(N_("How long time goes on then"))] = Field(
        default=None,
        ge=0,
        le=400 * 86_400.0,
        description="How long time goes on after the last event. Otherwise until the rule's"
        " follow-ups are done.",
    )
    expect: Expectation = Field(description=N_("What is to happen."))

    @property
    def arrivals(self) -> tuple[TestArrivalSource, ...]:
        """Everything that comes in, in order."""
        first = () if self.event is None else (self.event,)
        return (*first, *self.events)


# --- The answers of other systems that a test or a try assumes for steps ---

_PARTS = frozenset({"status", "headers", "body"})


@record(kw_only=False)
class AssumedAnswer:
    """The assumed answer to the request of a step."""

    body: Any
    #: None = a status that the step counts as a success.
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def assumed_answer(written: Any) -> AssumedAnswer:
    """Reads `{status: 404, body: …}` as a whole answer, and any other value as a body."""
    if _has_only_parts(written):
        status, headers = written.get("status"), written.get("headers", {})
        is_status = type(status) is int and 100 <= status <= 599
        if is_status and isinstance(headers, Mapping):
            named = {str(name).lower(): str(value) for name, value in headers.items()}
            return AssumedAnswer(written.get("body"), status, named)
    return AssumedAnswer(written)


def lacks_status(written: Any) -> bool:
    """Whether a value looks like a whole answer, but is read as a body because it has no status."""
    is_like_one = _has_only_parts(written) and "body" in written
    return is_like_one and assumed_answer(written).status is None


def _has_only_parts(written: Any) -> bool:
    return isinstance(written, Mapping) and written.keys() <= _PARTS
