"""The profile of a Page in Messenger or of an account on Instagram: its greeting and its menu.

Everything is one object of the API: `messenger-platform/reference/messenger-profile-api`, and
`instagram-platform/instagram-api-with-instagram-login/messaging-api/{ice-breakers,persistent-menu}`
of developers.facebook.com/docs. It takes ten calls of a Page in ten minutes, reads and writes
together.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, Field, field_validator, model_validator

from automator.configuration.values import StrictModel
from automator.http.types import Http
from automator.model import N_, PermanentError, Reason, WrongValue
from automator.plugins.profiles import AccountProfile, Press
from automator.providers.meta.account import GraphAccount
from automator.providers.meta.graph import call_graph
from automator.providers.shared.reading import as_dict, as_list
from automator.reasons.problems.addresses import address_without_scheme
from automator.reasons.problems.connections import (
    GREETING_PLACEHOLDER,
    MENU_NEEDS_GET_STARTED,
    PROFILE_TOO_MANY,
)
from automator.reasons.problems.inputs import BUTTON_DOES_ONE_THING

#: Limits of `persistent-menu` (items, their titles and payloads), `ice-breakers` and `greeting`.
#: Menus within menus are shown flat since 2019, and are not described any more.
_MOST_ITEMS, _TITLE, _PAYLOAD = 20, 30, 1000
_MOST_QUESTIONS, _GREETING = 4, 160
#: The placeholders of a greeting that Messenger fills in.
_FILLED_IN = ("{{user_first_name}}", "{{user_last_name}}", "{{user_full_name}}")
_PLACEHOLDER = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_PATH = "me/messenger_profile"
_LOCALE = "default"
#: The title of the button that opens a first conversation.
_GET_STARTED_TITLE = "Get Started"
#: The parts with their names in the API.
_FIELDS: Mapping[str, str] = {
    "greeting": "greeting",
    "get_started": "get_started",
    "menu": "persistent_menu",
    "ice_breakers": "ice_breakers",
}


class MenuItem(StrictModel):
    """An item of the menu beside a conversation."""

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
            raise WrongValue(BUTTON_DOES_ONE_THING())
        if self.url is not None and not self.url.startswith(("https://", "http://")):
            raise WrongValue(address_without_scheme(self.url), at=("url",))
        return self


class IceBreaker(StrictModel):
    """A question that somebody can ask by one tap before the first message."""

    text: str = Field(description=N_("The question."), min_length=1)
    payload: str = Field(
        description=N_("The payload after a tap: `event.button.id` of `button.clicked`."),
        min_length=1,
        max_length=_PAYLOAD,
    )


def _at_most(most: int) -> AfterValidator:
    def check(items: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
        if items is not None and len(items) > most:
            raise WrongValue(PROFILE_TOO_MANY(count=len(items), most=most), at=(most,))
        return items

    return AfterValidator(check)


Menu = Annotated[
    tuple[MenuItem, ...] | None,
    _at_most(_MOST_ITEMS),
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
    _at_most(_MOST_QUESTIONS),
    Field(
        description=N_(
            "Up to four questions for a first tap, each with `text` and `payload`; `[]` takes them"
            " away."
        ),
        json_schema_extra={"maxItems": _MOST_QUESTIONS},
    ),
]


class InstagramProfileOptions(StrictModel):
    """The parts that Instagram shows to people who write to an account."""

    menu: Menu = None
    ice_breakers: IceBreakers = None


class FacebookProfileOptions(StrictModel):
    """The parts that Messenger shows to people who write to a Page."""

    greeting: str | None = Field(
        default=None,
        description=N_(
            "The text before the first message, in up to 160 letters;"
            " `{{user_first_name}}` is their name."
        ),
        min_length=1,
        max_length=_GREETING,
    )
    get_started: str | None = Field(
        default=None,
        description=N_(
            "The payload after a tap on “Get Started” before the first message: "
            "`event.button.id` of `button.clicked`. A menu needs it."
        ),
        min_length=1,
        max_length=_PAYLOAD,
    )
    menu: Menu = None
    ice_breakers: IceBreakers = None

    @field_validator("greeting")
    @classmethod
    def _can_be_filled_in(cls, value: str | None) -> str | None:
        for written in _PLACEHOLDER.findall(value or ""):
            if written not in _FILLED_IN:
                raise WrongValue(GREETING_PLACEHOLDER(written=written, known=_FILLED_IN))
        return value

    @model_validator(mode="after")
    def _has_what_a_menu_needs(self) -> "FacebookProfileOptions":
        if self.menu and self.get_started is None:
            raise WrongValue(MENU_NEEDS_GET_STARTED(), at=("menu",))
        return self


#: The options of either platform.
ProfileOptions = FacebookProfileOptions | InstagramProfileOptions


class GraphProfile(AccountProfile):
    """The profile of the account of a token."""

    def __init__(
        self,
        options: ProfileOptions | None,
        account: GraphAccount,
        *,
        platform: str = "",
        other_owner: Callable[[Http], Awaitable[Reason | None]] | None = None,
        chat_address: str = "",
    ) -> None:
        """`platform` is named to the API where it is not Messenger; `other_owner` tells why the
        token would act for another account.
        """
        written = _written(options)
        known = (InstagramProfileOptions if platform else FacebookProfileOptions).model_fields
        self._parts = tuple(name for name in _FIELDS if name in known)
        self.wanted = {part: written[part] for part in self._parts if part in written}
        self.chat_address = chat_address
        self._account = account
        self._platform = {"platform": platform} if platform else {}
        self._other_owner = other_owner

    async def read(self, http: Http) -> Mapping[str, Any]:
        """The parts that the platform has now.

        Raises:
            StepError: it does not tell, or the token is that of another account.
        """
        other = await self._other_owner(http) if self._other_owner else None
        if other is not None:
            raise PermanentError(other)
        asked = {"fields": ",".join(_FIELDS[part] for part in self._parts), **self._platform}
        answer = await call_graph(http, self._account, _PATH, method="GET", query=asked)
        found: dict[str, Any] = {}
        for item in map(as_dict, as_list(answer.get("data"))):
            if "call_to_actions" in item:
                # Instagram's documentation shows ice breakers like this, without their name.
                found.setdefault("ice_breakers", []).append(item)
            found.update(item)
        return {
            part: _as_written(part, found[field])
            for part in self._parts
            if found.get(field := _FIELDS[part])
        }

    async def write(self, http: Http, parts: Mapping[str, Any], removed: Sequence[str]) -> None:
        """Sets some parts, and takes others away.

        Raises:
            StepError: the API refuses it, or does not answer.
        """
        if parts:
            body = {_FIELDS[part]: self._as_sent(part, value) for part, value in parts.items()}
            await self._call(http, "POST", body)
        if removed:
            await self._call(http, "DELETE", {"fields": [_FIELDS[part] for part in removed]})

    async def _call(self, http: Http, method: str, body: Mapping[str, Any]) -> None:
        fields = {**body, **self._platform}
        await call_graph(http, self._account, _PATH, fields, method=method, query=self._platform)

    def _as_sent(self, part: str, value: Any) -> Any:
        """A part as the API takes it."""
        if part == "get_started":
            return {"payload": value}
        if part == "greeting":
            return [{"locale": _LOCALE, "text": value}]
        if part == "ice_breakers":
            questions = [{"question": one["text"], "payload": one["payload"]} for one in value]
            return [{"locale": _LOCALE, "call_to_actions": questions}]
        menu: dict[str, Any] = {"locale": _LOCALE, "call_to_actions": list(map(_item, value))}
        if not self._platform:
            menu["composer_input_disabled"] = False
        return [menu]


def _item(item: Mapping[str, str]) -> dict[str, str]:
    if "url" in item:
        return {"type": "web_url", "title": item["text"], "url": item["url"]}
    return {"type": "postback", "title": item["text"], "payload": item["payload"]}


def _as_written(part: str, value: Any) -> Any:
    """A part as automator.yaml would say it; as it is where no file could."""
    if part == "get_started":
        return as_dict(value).get("payload") or value
    items = [as_dict(item) for item in as_list(value)]
    if len(items) != 1 or items[0].get("locale", _LOCALE) != _LOCALE:
        return value
    only = items[0]
    if part == "greeting":
        return only.get("text") or value
    pressed = [as_dict(item) for item in as_list(only.get("call_to_actions"))]
    if only.get("composer_input_disabled") or any("call_to_actions" in item for item in pressed):
        return value
    return [
        {
            "text": item.get("title") or item.get("question"),
            **{name: item[name] for name in ("url", "payload") if item.get(name)},
        }
        for item in pressed
    ]


def presses_of(options: ProfileOptions | None) -> Sequence[Press]:
    """The items of a profile that people can tap."""
    written, found = _written(options), []
    if "get_started" in written:
        found.append(Press(("get_started",), _GET_STARTED_TITLE, written["get_started"]))
    for part in ("menu", "ice_breakers"):
        for number, item in enumerate(written.get(part, ())):
            if "payload" in item:
                found.append(Press((part, number), item["text"], item["payload"]))
    return found


def _written(options: ProfileOptions | None) -> Mapping[str, Any]:
    return {} if options is None else options.model_dump(exclude_none=True, mode="json")
