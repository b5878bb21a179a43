"""Answers that a model has written out of the shop's own texts, or has not."""

from collections.abc import Sequence

from automator.model import N_
from automator.reasons.kind import reason


@reason(N_("{place} has written an answer from {texts:list}: {text}"))
def model_answered(*, place: str, texts: Sequence[str], text: str) -> None: ...
@reason(N_("{place} would be asked, with {texts:list}"))
def model_would_be_asked(*, place: str, texts: Sequence[str]) -> None: ...
@reason(
    N_("there is no model to ask"),
    N_("Add it to automator.yaml: model: {{url: …, name: …}}."),
)
def model_missing() -> None: ...
@reason(
    N_("the question is empty, so no model is asked"),
    N_("Let the rule act on events with a text only: event.text != null."),
)
def model_asked_nothing() -> None: ...
@reason(
    N_("the limit of {limit} answers in 24 hours is reached; there is room again at {until:time}"),
    N_("Raise answers_a_day under model: in automator.yaml if this is too low."),
)
def model_budget(*, limit: int, until: int) -> None: ...
@reason(
    N_("the texts do not say it: {because}"),
    N_("If people ask this often, add it to a text of the rule."),
)
def model_refused(*, because: str) -> None: ...
@reason(
    N_("the model's answer is of no use: {because}"),
    N_("See its whole answer in the attempt. Another model may keep to the form better."),
)
def model_answer_unusable(*, because: str) -> None: ...
@reason(
    N_("the answer states '{value}', which the texts do not, so it is not sent: {text}"),
    N_("If it is right, write it into a text exactly like that."),
)
def model_value_foreign(*, value: str, text: str) -> None: ...
@reason(
    N_("the answer has the hidden character {code}, so it is not sent"),
    N_("See its whole answer in the attempt."),
)
def model_answer_hides(*, code: str) -> None: ...
