"""The pydantic models of the tests of a rule: the events, and the expected results."""

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict, Field, field_validator

from automator.clock import moment_ms
from automator.configuration.one_or_many import OneOrMany
from automator.configuration.values import Duration, StrictModel
from automator.model import N_, AttemptStatus, WrongValue
from automator.reasons.problems.rule_tests import (
    clock_unreadable,
    expect_misspelt,
    expect_unreadable,
)
from automator.rules.schema.arrival_sources import TestArrivalSource

NO_MATCH = "no_match"
MATCHED = "matched"
#: The words by which a test may say how a step ended.
STATUSES = tuple(status.value for status in AttemptStatus)


class ContactSource(StrictModel):
    """The contact of the person before anything comes in."""

    model_config = ConfigDict(title=N_("the contact of a test"))

    state: dict[str, Any] = Field(default_factory=dict, description="What rules remembered.")
    tags: list[str] = Field(default_factory=list, description="Tags that the person has.")
    opted_out: bool = Field(default=False, description="true: wants no private messages.")
    name: str = Field(
        default="",
        max_length=200,
        description=N_("The name; tests look up none. Empty: it is unknown."),
    )
    answered_by_hand: bool = Field(
        default=False, description="true: somebody of the shop has just written to the person."
    )


class KnownContactSource(ContactSource):
    """Somebody who is known: for whom a schedule fires, or to whom a step writes through another
    connection.
    """

    model_config = ConfigDict(title=N_("a contact of a test"))
    usual: ClassVar[tuple[str, str]] = ("id", "1001")

    id: str = Field(min_length=1, description=N_("The person's id at the provider."))
    connection: str = Field(
        default="",
        description=N_("Their connection; empty: that of `contacts`, `via` or the first event."),
    )
    wrote: Duration = Field(
        default=0.0, ge=0, description=N_("How long ago the person last wrote, as in `2d`.")
    )
    blocked: bool = Field(default=False, description=N_("true: no rule acts for the person."))


class GivenSource(StrictModel):
    """The state in which a test begins."""

    model_config = ConfigDict(title=N_("'given'"))

    clock: str | None = Field(
        default=None, description="When it begins, with its zone: `2026-11-24T21:50+07:00`."
    )
    contact: ContactSource = Field(
        default_factory=ContactSource, description="The stored data of the person."
    )
    contacts: list[KnownContactSource] = Field(
        default_factory=list,
        max_length=1_000,
        description=N_("The known people, for `contacts` of a schedule, `via` and `to`."),
    )
    vars: dict[str, Any] = Field(
        default_factory=dict, description="Values in place of those of the files."
    )
    answers: dict[str, Any] = Field(
        default_factory=dict,
        description="The answer that a `request` gets, by the id of the action: its body, or"
        " `{status: 404, body: …}`, also with `headers`.",
    )
    rollout: Literal["in", "out"] | None = Field(
        default=None,
        description="`in`: every `rollout` has the person, `out`: none has. Otherwise its key"
        " decides.",
    )

    approval: Literal["approved", "declined", "expired"] = Field(
        default="approved",
        description="What becomes of an action with `approve`: a person approves or declines it, or"
        " nobody decides.",
    )

    @field_validator("clock")
    @classmethod
    def _has_a_zone(cls, value: str | None) -> str | None:
        if value is not None and moment_ms(value) is None:
            raise WrongValue(clock_unreadable(text=value))
        return value

    @property
    def is_rolled_out(self) -> bool | None:
        """Whether every rollout includes the person, or none does; None if their keys decide."""
        return None if self.rollout is None else self.rollout == "in"

    @property
    def starts_at(self) -> int | None:
        """The time at which it begins, in milliseconds since 1970."""
        return None if self.clock is None else moment_ms(self.clock)


class StepExpectation(StrictModel):
    """One action that a rule is expected to carry out."""

    model_config = ConfigDict(title=N_("an expected action"))

    id: str = Field(description=N_("The id of the action, or its name."))
    text: str | None = Field(default=None, description="The exact text.")
    contains: OneOrMany = Field(default=(), description="Parts of the text that it sends.")
    to: str | None = Field(default=None, description="To whom, by the id at the provider.")
    via: str | None = Field(
        default=None, description="The connection that it goes through, where the step names one."
    )
    status: str = Field(
        default="ok",
        pattern=f"^({'|'.join(STATUSES)})$",
        description=f"How it ends: {', '.join(f'`{status}`' for status in STATUSES)}.",
    )


def _to_step(value: Any) -> Any:
    return {"id": value} if isinstance(value, str) else value


StepOrId = Annotated[
    StepExpectation, BeforeValidator(_to_step, json_schema_input_type=str | StepExpectation)
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


#: Words for the two results that a test can expect.
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
            raise WrongValue(expect_misspelt(value=value, nearest=meant))
        raise WrongValue(expect_unreadable(text=value))
    return {value: True}


class ExpectSource(StrictModel):
    """The expectations of a test."""

    model_config = ConfigDict(title=N_("'expect'"))

    no_match: bool | str | None = Field(
        default=None,
        description="true: the rule does not match. A text: because of the condition that has it"
        " in its expression or name.",
    )
    matched: bool | int | None = Field(
        default=None, description="Whether the rule matches, or how many times."
    )
    actions: list[StepOrId] | None = Field(
        default=None,
        description="The actions that are carried out, in order, without `follow_up` itself.",
    )
    follow_ups: list[FollowUpExpectation] | None = Field(
        default=None, description="The follow-ups that are planned, in order."
    )
    suppressed: bool | str | None = Field(
        default=None,
        description="true: the rule matches and is held back. A text: by this reason, as in"
        " `throttled`.",
    )
    contact: dict[str, Any] | None = Field(
        default=None, description="The remembered values of the person in the end."
    )

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is expected."""
        return not any(getattr(self, name) is not None for name in type(self).model_fields)


Expectation = Annotated[
    ExpectSource,
    BeforeValidator(
        _to_expectation, json_schema_input_type=Literal["no_match", "matched"] | ExpectSource
    ),
]


class RuleTestSource(StrictModel):
    """A test of a rule."""

    model_config = ConfigDict(title=N_("a test"))

    name: str = Field(min_length=1, max_length=200, description=N_("What it shows."))
    given: GivenSource = Field(
        default_factory=GivenSource, description="What holds when it begins."
    )
    event: TestArrivalSource | None = Field(default=None, description="What comes in.")
    events: list[TestArrivalSource] = Field(
        default_factory=list, max_length=100, description="Or several, one after another."
    )
    run_for: Duration | None = Field(
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
