"""Reads and writes the profile of a Page in Messenger or of an account on Instagram.

The API has the whole profile as one object: `messenger-platform/reference/messenger-profile-api`,
and
`instagram-platform/instagram-api-with-instagram-login/messaging-api/{ice-breakers,persistent-menu}`
of developers.facebook.com/docs. The API accepts ten calls for a Page in ten minutes, reads and
writes together. A part is written for all its locales at once.
"""

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from automator.http.types import Http
from automator.model import PermanentError, Reason
from automator.plugins.profiles import AccountProfile, part_and_language, part_for
from automator.providers.meta.buttons import graph_button
from automator.providers.meta.graph import GraphAccount, call_graph
from automator.providers.meta.profile.options import (
    FacebookProfileOptions,
    InstagramProfileOptions,
    ProfileOptions,
)
from automator.providers.shared.payloads import as_dict, as_list
from automator.providers.shared.profile_languages import parts_in, written_of

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
