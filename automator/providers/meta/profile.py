"""The profile of a Page in Messenger or of an account on Instagram: its options, and its calls.

The limits come from the Messenger Profile API, `persistent-menu`, `ice-breakers` and `greeting`
under https://developers.facebook.com/docs/messenger-platform, as of April 2026. All three parts
have texts by locale, and each needs a text for the locale `default`.

The API has the whole profile as one object: `messenger-platform/reference/messenger-profile-api`,
and
`instagram-platform/instagram-api-with-instagram-login/messaging-api/{ice-breakers,persistent-menu}`
of developers.facebook.com/docs. The API accepts ten calls for a Page in ten minutes, reads and
writes together. A part is written for all its locales at once.
"""

import re
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, Field, field_validator, model_validator

from automator.configuration.values import StrictModel
from automator.http.types import Http
from automator.model import N_, PermanentError, Reason, WrongValue
from automator.plugins.profiles import AccountProfile, Press, part_and_language, part_for
from automator.providers.meta.buttons import graph_button
from automator.providers.meta.graph import GraphAccount, call_graph
from automator.providers.shared.payloads import as_dict, as_list
from automator.providers.shared.profile_languages import (
    IN_LANGUAGES,
    at_most,
    check_defaults,
    languages_in,
    parts_in,
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


# --- Reading and writing it ---

_PATH = "me/messenger_profile"
#: The locale of the texts for people whose locale has no own text.
_EVERYBODY = "default"
#: The name of each part in the API.
_FIELDS: Mapping[str, str] = {
    "greeting": "greeting",
    "get_started": "get_started",
    "menu": "persistent_menu",
    "ice_breakers": "ice_breakers",
}


class GraphProfile(AccountProfile):
    """The profile of a token's account."""

    def __init__(
        self,
        options: ProfileOptions | None,
        account: GraphAccount,
        *,
        platform: str = "",
        other_owner: Callable[[Http], Awaitable[Reason | None]] | None = None,
    ) -> None:
        """`platform` is "" for Messenger. `other_owner` returns the reason if the token is for
        another account.
        """
        known = (InstagramProfileOptions if platform else FacebookProfileOptions).model_fields
        self._parts = tuple(name for name in _FIELDS if name in known)
        self.wanted = parts_in(written_of(options), self._parts)
        self._account = account
        self._platform = {"platform": platform} if platform else {}
        self._other_owner = other_owner

    async def read(
        self,
        http: Http,
        also: Collection[str] = (),  # noqa: ARG002 - the API tells all parts.
    ) -> Mapping[str, Any]:
        """Reads the parts that the platform has now.

        Raises:
            StepError: the platform refuses or fails, or the token belongs to another account.
        """
        other = await self._other_owner(http) if self._other_owner else None
        if other is not None:
            raise PermanentError(other)
        asked = {"fields": ",".join(_FIELDS[part] for part in self._parts), **self._platform}
        answer = await call_graph(http, self._account, _PATH, method="GET", query=asked)
        found: dict[str, Any] = {}
        for item in map(as_dict, as_list(answer.get("data"))):
            if "call_to_actions" in item:
                # Instagram's documentation shows ice breakers like this, without a key for them.
                found.setdefault("ice_breakers", []).append(item)
            found.update(item)
        return {
            name: value
            for part in self._parts
            for name, value in _as_written(part, found.get(_FIELDS[part]))
            if value
        }

    async def write(self, http: Http, parts: Mapping[str, Any], removed: Sequence[str]) -> None:
        """Sets some parts, and removes others.

        Raises:
            StepError: the API refuses or does not answer.
        """
        touched = dict.fromkeys(part_and_language(name)[0] for name in (*parts, *removed))
        left = {**self.wanted, **parts}
        after = {part: left[part] for part in touched if left.get(part) and part not in removed}
        if after:
            body = {_FIELDS[part]: self._as_sent(part, left, removed) for part in after}
            await self._call(http, "POST", body)
        if gone := [_FIELDS[part] for part in touched if part not in after]:
            await self._call(http, "DELETE", {"fields": gone})

    async def _call(self, http: Http, method: str, body: Mapping[str, Any]) -> None:
        fields = {**body, **self._platform}
        await call_graph(
            http,
            self._account,
            _PATH,
            fields,
            method=method,
            query=self._platform,
            repeatable=True,
        )

    def _as_sent(self, part: str, wanted: Mapping[str, Any], removed: Collection[str]) -> Any:
        """Returns a part with all its locales, in the API's form."""
        if part == "get_started":
            return {"payload": wanted[part]}
        return [
            {"locale": language or _EVERYBODY, **self._in_one_language(part, value)}
            for name, value in wanted.items()
            for of, language in [part_and_language(name)]
            if of == part and value and name not in removed
        ]

    def _in_one_language(self, part: str, value: Any) -> Mapping[str, Any]:
        if part == "greeting":
            return {"text": value}
        if part == "ice_breakers":
            questions = [{"question": one["text"], "payload": one["payload"]} for one in value]
            return {"call_to_actions": questions}
        open_to_text = {} if self._platform else {"composer_input_disabled": False}
        return {"call_to_actions": list(map(graph_button, value)), **open_to_text}


def _as_written(part: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yields a part by its languages in the form of automator.yaml; unchanged if it has no
    languages.
    """
    if part == "get_started":
        yield part, as_dict(value).get("payload") or value
        return
    for item in map(as_dict, as_list(value)):
        locale = item.get("locale", _EVERYBODY)
        yield part_for(part, "" if locale == _EVERYBODY else locale), _in_file(part, item)


def _in_file(part: str, item: Mapping[str, Any]) -> Any:
    if part == "greeting":
        return item.get("text")
    pressed = [as_dict(one) for one in as_list(item.get("call_to_actions"))]
    if item.get("composer_input_disabled") or any("call_to_actions" in one for one in pressed):
        return [item]
    return [
        {
            "text": one.get("title") or one.get("question"),
            **{name: one[name] for name in ("url", "payload") if one.get(name)},
        }
        for one in pressed
    ]
