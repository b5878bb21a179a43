"""The inputs for the content of a message, which all actions that send messages share."""

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field, ValidationInfo, model_validator

from automator.actions.inputs import Text, is_written
from automator.configuration.values import InForm, StrictModel
from automator.model import N_, WrongValue
from automator.reasons import ReasonKind
from automator.reasons.problems import inputs
from automator.reasons.problems.addresses import address_without_scheme

_ADDRESS = re.compile(r"https?://[^\s/?#]", re.IGNORECASE)


class Attachment(StrictModel):
    """A picture or a file that goes with a text."""

    type: str = Field(
        default="image", description="`image`, `video`, `audio` or `file`.", min_length=1
    )
    url: str = Field(
        description=N_("The address from which the provider fetches it."), min_length=1
    )


class Button(StrictModel):
    """A button below a text."""

    #: The reason that is reported if a rule file has a text where a button belongs.
    of_text: ClassVar[ReasonKind[...]] = inputs.value_button_as_text

    text: Text = Field(description=N_("The text on the button."), min_length=1)
    url: str | None = Field(
        default=None, description=N_("The address that it opens."), min_length=1
    )
    payload: Text | None = Field(
        default=None,
        description="Or the text that comes back when somebody taps it: `event.button.id` of"
        " `button.clicked`.",
        min_length=1,
    )

    @model_validator(mode="after")
    def _does_one_thing(self, info: ValidationInfo) -> "Button":
        if (self.url is None) == (self.payload is None):
            raise WrongValue(inputs.value_button_does_one_thing())
        # A literal address is checked while the rule file is read. The rendered address is checked
        # here, because a person may have written it.
        if self.url is not None and not (is_written(info) or _ADDRESS.match(self.url)):
            raise WrongValue(address_without_scheme(self.url))
        return self

    def as_data(self) -> Mapping[str, str]:
        """Returns the button in the form that providers read."""
        given = {"text": self.text, "url": self.url, "payload": self.payload}
        return {name: value for name, value in given.items() if value is not None}


class ContentInputs(StrictModel):
    """The text to send."""

    usual: ClassVar[tuple[str, str]] = ("one_of", "[…, …]")

    text: Annotated[Text | None, InForm(N_("Text"), shown="always")] = Field(
        default=None, description=N_("The text to send.")
    )
    one_of: Annotated[tuple[Text, ...], InForm(N_("Another text, to take turns"))] = Field(
        default=(),
        description="Several texts instead of `text`: each run sends one of them, never the "
        "same twice in a row.",
    )
    attachments: Annotated[
        tuple[Attachment, ...],
        InForm(
            N_("Pictures or files (the address of each on a line)"),
            hint=N_("Before an address that is no picture, its kind: video | https://…"),
            widget="files",
        ),
    ] = Field(
        default=(), description="Pictures or files to send along, each with `type` and `url`."
    )
    quick_replies: Annotated[
        tuple[Text, ...], InForm(N_("Answers to tap (one on each line)"), shown="always")
    ] = Field(
        default=(), description="Answers that the person can tap, where the provider has them."
    )

    buttons: Annotated[
        tuple[Button, ...],
        InForm(
            N_("Buttons (on each line: its text | the address or the answer)"),
            widget="buttons",
            shown="always",
        ),
    ] = Field(
        default=(),
        description="Buttons below the text, where the provider has them, each with `text` and"
        " `url` or `payload`. One picture beside them makes a card.",
    )

    @model_validator(mode="after")
    def _says_one_thing(self) -> "ContentInputs":
        if self.text is not None and self.one_of:
            raise WrongValue(inputs.value_text_and_one_of())
        if not self.says_something():
            raise WrongValue(inputs.value_says_nothing())
        if self.buttons and self.text is None and not self.one_of:
            raise WrongValue(inputs.value_buttons_need_text())
        if self.buttons and self.quick_replies:
            raise WrongValue(inputs.value_buttons_and_quick_replies())
        return self

    def says_something(self) -> bool:
        """Whether the message has any content."""
        return self.text is not None or bool(self.one_of or self.attachments)

    def words(self, variant: int | None) -> str:
        """Returns the text to send: the only one, or the variant with this number."""
        return self.one_of[variant or 0] if self.one_of else self.text or ""
