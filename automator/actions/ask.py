"""`ask`: asks the person a question and waits for the answer."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, ValidationInfo, model_validator

from automator.actions.inputs import Text, has_template, is_written
from automator.actions.speaking import ContentInputs, SpeakingAction, outgoing
from automator.conditions import fold, pattern_problem
from automator.configuration.values import Duration, InForm, StrictModel
from automator.model import N_, Question, WrongValue
from automator.plugins import Outgoing, StepContext
from automator.reasons.problems.inputs import value_choices_twice, value_two_expectations

#: The longest wait for an answer, in seconds: after 30 days a person has forgotten the question.
_LONGEST_S = 30 * 86400
_MOST_RETRIES = 10
_MOST_CHOICES = 50
#: The usual wait: platforms accept free messages for a day after the person's last message.
_USUAL_S = 86400.0


class AskInputs(StrictModel):
    """The question, and which answers are good."""

    text: Annotated[Text, InForm(N_("Text"), shown="always")] = Field(
        description=N_("What to ask.")
    )
    expect: Annotated[
        Literal["text", "number", "phone", "email", "address"],
        InForm(
            N_("What a good answer has"),
            shown="always",
            choices={
                "text": N_("any text"),
                "number": N_("a number"),
                "phone": N_("a telephone number"),
                "email": N_("an e-mail address"),
                "address": N_("a postal address"),
            },
        ),
    ] = Field(
        default="text",
        description="The kind of a good answer: any `text`, one `number`, a `phone` number, "
        "an `email` address, or a postal `address` in Vietnam. The value is in one form, as in "
        "`+84901234567`.",
    )
    choices: Annotated[
        tuple[Text, ...],
        InForm(N_("Or the answers to choose from (one on each line)"), shown="always"),
    ] = Field(
        default=(),
        max_length=_MOST_CHOICES,
        description="The good answers, instead of `expect`. People can tap them where the "
        "provider has buttons for that. The value is the choice as it is written here.",
    )
    matches: Annotated[str | None, InForm(N_("Or a pattern that a good answer has"))] = Field(
        default=None,
        min_length=1,
        description="Or a pattern (RE2) that a good answer has somewhere.",
    )
    retries: Annotated[int, InForm(N_("How often it is asked again"))] = Field(
        default=2,
        ge=0,
        le=_MOST_RETRIES,
        description="How often it is asked again after an answer that is not good.",
    )
    retry_text: Annotated[
        Text | None, InForm(N_("What to say when the answer is not good"), shown="always")
    ] = Field(default=None, description="What to say then; otherwise the question again.")
    within: Annotated[Duration, InForm(N_("How long an answer is waited for"), shown="always")] = (
        Field(
            default=_USUAL_S,
            gt=0,
            le=_LONGEST_S,
            description="How long an answer is waited for: `30m`, `2h`. Default: `1d`.",
        )
    )

    @model_validator(mode="after")
    def _expects_one_thing(self, info: ValidationInfo) -> "AskInputs":
        if sum(("expect" in self.model_fields_set, bool(self.choices), bool(self.matches))) > 1:
            raise WrongValue(value_two_expectations())
        if self.matches is not None and (problem := pattern_problem(self.matches)):
            raise WrongValue(problem)
        is_open = is_written(info) and any(map(has_template, self.choices))
        if not is_open and len({" ".join(fold(one).split()) for one in self.choices}) < len(
            self.choices
        ):
            raise WrongValue(value_choices_twice())
        return self


class Ask(SpeakingAction[AskInputs]):
    """Asks the event's person a question. The actions after it run when the answer has come."""

    name = "ask"
    words = N_("asks")
    inputs_model = AskInputs
    example: ClassVar[Mapping[str, Any]] = {
        "text": N_("What is your telephone number, please?"),
        "expect": "phone",
        "retry_text": N_("That does not look like a telephone number. Could you write it again?"),
    }
    literal_inputs: ClassVar[frozenset[str]] = frozenset({"matches"})
    message_inputs: ClassVar[frozenset[str]] = frozenset({"text", "retry_text"})
    address_inputs: ClassVar[frozenset[str]] = frozenset()
    asks: ClassVar[bool] = True
    leaves: ClassVar[Mapping[str, Sequence[str] | None]] = {
        "status": ("answered", "refused", "expired", "not_asked"),
        "value": None,
        "text": None,
        "tries": (),
    }

    def outputs(self, inputs: Mapping[str, Any]) -> Mapping[str, Sequence[str] | None]:
        choices = inputs.get("choices") or None
        is_open = choices is not None and any(map(has_template, choices))
        value = () if inputs.get("expect") == "number" else None if is_open else choices
        return {**self.leaves, "value": value}

    def sends(self, inputs: object) -> str:  # noqa: ARG002 - the signature of the base class
        return "message"

    def question(self, inputs: AskInputs) -> Question:
        return Question(
            expect="choice" if inputs.choices else "pattern" if inputs.matches else inputs.expect,
            choices=inputs.choices,
            pattern=inputs.matches or "",
            retries=inputs.retries,
            retry_text=inputs.retry_text or inputs.text,
            within_ms=round(inputs.within * 1000),
        )

    def asked_again(self, question: Question) -> AskInputs:
        return AskInputs(text=question.retry_text, choices=tuple(question.choices))

    def outgoing(self, inputs: AskInputs, context: StepContext) -> Outgoing:
        said = ContentInputs(text=inputs.text, quick_replies=inputs.choices)
        return outgoing("message", said, context)
