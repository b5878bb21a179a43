"""The options of a profile in Messenger or on Instagram, with the limits of each part.

The limits come from the Messenger Profile API, `persistent-menu`, `ice-breakers` and `greeting`
under https://developers.facebook.com/docs/messenger-platform, as of April 2026. All three parts
have texts by locale, and each needs a text for the locale `default`.
"""

import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, Field, field_validator, model_validator

from automator.configuration.values import StrictModel
from automator.model import N_, WrongValue
from automator.plugins.profiles import Press
from automator.providers.shared.profile_languages import (
    IN_LANGUAGES,
    at_most,
    check_defaults,
    languages_in,
    path_of,
    written_of,
)
from automator.reasons.problems.addresses import address_without_scheme
from automator.reasons.problems.configuration import connections
from automator.reasons.problems.inputs import value_button_does_one_thing

#: Items of a menu, and characters of a title and a payload. Menus inside menus are not supported.
_MOST_ITEMS, _TITLE, _PAYLOAD = 20, 30, 1000
_MOST_QUESTIONS, _GREETING = 4, 160
#: The placeholders of a greeting that Messenger fills in.
_FILLED_IN = ("{{user_first_name}}", "{{user_last_name}}", "{{user_full_name}}")
_PLACEHOLDER = re.compile(r"\{\{.*?\}\}", re.DOTALL)
#: The form of
#: https://developers.facebook.com/docs/messenger-platform/messenger-profile/supported-locales
_LOCALE = re.compile(r"[a-z]{2,3}_[A-Z]{2}")
#: The title of the button that opens a first conversation.
_GET_STARTED_TITLE = "Get Started"


def _is_locale(written: str) -> str:
    if not _LOCALE.fullmatch(written):
        raise WrongValue(connections.option_not_a_locale(written=written, example="vi_VN"))
    return written


_Locale = Annotated[str, AfterValidator(_is_locale)]


class MenuItem(StrictModel):
    """An item of the menu next to a conversation."""

    text: str = Field(
        description=N_("The label, in up to 30 letters."), min_length=1, max_length=_TITLE
    )
    url: str | None = Field(
        default=None, description=N_("The address that it opens."), min_length=1
    )
    payload: str | None = Field(
        default=None,
        description=N_(
            "Or the text that comes back when somebody taps it: `event.button.id` of"
            " `button.clicked`."
        ),
        min_length=1,
        max_length=_PAYLOAD,
    )

    @model_validator(mode="after")
    def _does_one_thing(self) -> "MenuItem":
        if (self.url is None) == (self.payload is None):
            raise WrongValue(value_button_does_one_thing())
        if self.url is not None and not self.url.startswith(("https://", "http://")):
            raise WrongValue(address_without_scheme(self.url), at=("url",))
        return self


class IceBreaker(StrictModel):
    """A question that a person can ask by one tap before the first message."""

    text: str = Field(description=N_("The question."), min_length=1)
    payload: str = Field(
        description=N_("The payload after a tap: `event.button.id` of `button.clicked`."),
        min_length=1,
        max_length=_PAYLOAD,
    )


Menu = Annotated[
    tuple[MenuItem, ...] | None,
    at_most(_MOST_ITEMS),
    Field(
        description=N_(
            "The menu beside every conversation: up to 20 items, each with `text` and `url` or"
            " `payload`; `[]` takes it away."
        ),
        json_schema_extra={"maxItems": _MOST_ITEMS},
    ),
]
IceBreakers = Annotated[
    tuple[IceBreaker, ...] | None,
    at_most(_MOST_QUESTIONS),
    Field(
        description=N_(
            "Up to four questions for a first tap, each with `text` and `payload`; `[]` takes them"
            " away."
        ),
        json_schema_extra={"maxItems": _MOST_QUESTIONS},
    ),
]


class InstagramParts(StrictModel):
    """The parts that Instagram shows to people who write to an account, in one language."""

    menu: Menu = None
    ice_breakers: IceBreakers = None


class InstagramProfileOptions(InstagramParts):
    """The parts that Instagram shows to people who write to an account."""

    locales: Annotated[dict[_Locale, InstagramParts], *IN_LANGUAGES] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _speaks_to_everybody(self) -> "InstagramProfileOptions":
        check_defaults(self, self.locales)
        return self


class FacebookParts(InstagramParts):
    """The parts that Messenger shows to people who write to a Page, in one language."""

    greeting: str | None = Field(
        default=None,
        description=N_(
            "The text before the first message, in up to 160 letters;"
            " `{{user_first_name}}` is their name."
        ),
        min_length=1,
        max_length=_GREETING,
    )

    @field_validator("greeting")
    @classmethod
    def _can_be_filled_in(cls, value: str | None) -> str | None:
        for written in _PLACEHOLDER.findall(value or ""):
            if written not in _FILLED_IN:
                raise WrongValue(
                    connections.option_greeting_placeholder(written=written, known=_FILLED_IN)
                )
        return value


class FacebookProfileOptions(FacebookParts):
    """The parts that Messenger shows to people who write to a Page."""

    get_started: str | None = Field(
        default=None,
        description=N_(
            "The payload after a tap on “Get Started” before the first message: "
            "`event.button.id` of `button.clicked`. A menu needs it."
        ),
        min_length=1,
        max_length=_PAYLOAD,
    )
    locales: Annotated[dict[_Locale, FacebookParts], *IN_LANGUAGES] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _has_what_a_menu_needs(self) -> "FacebookProfileOptions":
        check_defaults(self, self.locales)
        if self.menu and self.get_started is None:
            raise WrongValue(connections.option_menu_needs_get_started(), at=("menu",))
        return self


#: The options of either platform.
ProfileOptions = FacebookProfileOptions | InstagramProfileOptions


def presses_of(options: ProfileOptions | None) -> Sequence[Press]:
    """Returns the items of a profile that people can tap, in all languages."""
    written, found = written_of(options), []
    if "get_started" in written:
        found.append(Press(("get_started",), _GET_STARTED_TITLE, written["get_started"]))
    for language, parts in languages_in(written):
        for part in ("menu", "ice_breakers"):
            for number, item in enumerate(parts.get(part, ())):
                if "payload" in item:
                    path = (*path_of(language, part), number)
                    found.append(Press(path, item["text"], item["payload"]))
    return found
