"""The greeting of a bot and the menu of its commands, in one language or several.

`setMyCommands`, `getMyCommands`, `deleteMyCommands`, `setMyDescription` and `getMyDescription` of
https://core.telegram.org/bots/api, each with a `language_code` of two letters; without one they are
for everybody who has no dedicated ones. A chosen command comes in as a message.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from automator.configuration.values import StrictModel
from automator.http.types import Http
from automator.model import N_, WrongValue
from automator.plugins.profiles import AccountProfile, Press, part_and_language
from automator.providers.shared.calling import send_json
from automator.providers.shared.languages import (
    IN_LANGUAGES,
    at_most,
    check_defaults,
    languages_in,
    parts_in,
    path_of,
    written_of,
)
from automator.providers.shared.outcomes import unreadable, unreadable_look_up
from automator.providers.shared.reading import as_dict, as_list
from automator.providers.telegram.send import BotAccount, error_of
from automator.reasons.problems.configuration.connections import NOT_A_COMMAND, NOT_A_LOCALE

#: Limits of `BotCommand`, `setMyCommands` and `setMyDescription`.
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_MOST_COMMANDS, _DESCRIPTION, _GREETING = 100, 256, 512
_LANGUAGE = re.compile(r"[a-z]{2}")
_PARTS = ("greeting", "menu")


def _command(written: str) -> str:
    command = written.removeprefix("/")
    if not _COMMAND.fullmatch(command):
        raise WrongValue(NOT_A_COMMAND(written=written))
    return command


def _language(written: str) -> str:
    if not _LANGUAGE.fullmatch(written):
        raise WrongValue(NOT_A_LOCALE(written=written, example="en"))
    return written


class CommandItem(StrictModel):
    """An item of the menu of a bot: one of its commands."""

    text: str = Field(
        description=N_("The label, in up to 256 letters."), min_length=1, max_length=_DESCRIPTION
    )
    payload: Annotated[str, AfterValidator(_command)] = Field(
        description=N_(
            "The command, as in `gia`: it comes in as the message `/gia`, with `event.command.id`."
        ),
    )


class TelegramParts(StrictModel):
    """The parts that Telegram shows to people who write to a bot, in one language."""

    greeting: str | None = Field(
        default=None,
        description=N_("The text in a chat that is still empty, in up to 512 letters."),
        min_length=1,
        max_length=_GREETING,
    )
    menu: Annotated[
        tuple[CommandItem, ...] | None,
        at_most(_MOST_COMMANDS),
        Field(
            description=N_(
                "The menu of commands: up to 100, each with `text` and the command as `payload`;"
                " `[]` takes it away."
            ),
            json_schema_extra={"maxItems": _MOST_COMMANDS},
        ),
    ] = None


class TelegramProfileOptions(TelegramParts):
    """The parts that Telegram shows to people who write to a bot."""

    locales: Annotated[
        dict[Annotated[str, AfterValidator(_language)], TelegramParts], *IN_LANGUAGES
    ] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _speaks_to_everybody(self) -> "TelegramProfileOptions":
        check_defaults(self, self.locales)
        return self


class TelegramProfile(AccountProfile):
    """The profile of the bot of a token."""

    def __init__(self, options: TelegramProfileOptions | None, account: BotAccount) -> None:
        self.wanted = parts_in(written_of(options), _PARTS)
        self._account = account

    async def read(self, http: Http, also: Collection[str] = ()) -> Mapping[str, Any]:
        """The parts that are wanted or asked for, as far as Telegram has them.

        Raises:
            StepError: it does not tell.
        """
        names = dict.fromkeys([*self.wanted, *also])
        found = {name: await self._read(http, name) for name in names}
        return {name: value for name, value in found.items() if value}

    async def write(self, http: Http, parts: Mapping[str, Any], removed: Sequence[str]) -> None:
        """Sets some parts, and takes others away.

        Raises:
            StepError: Telegram refuses it, or does not answer.
        """
        for name, value in {**parts, **dict.fromkeys(removed)}.items():
            part, language = part_and_language(name)
            if part == "greeting":
                await self._call(http, "setMyDescription", language, description=value or "")
            elif value:
                commands = [
                    {"command": item["payload"], "description": item["text"]} for item in value
                ]
                await self._call(http, "setMyCommands", language, commands=commands)
            else:
                await self._call(http, "deleteMyCommands", language)

    async def _read(self, http: Http, name: str) -> Any:
        part, language = part_and_language(name)
        if part == "greeting":
            found = await self._call(http, "getMyDescription", language)
            return as_dict(found).get("description")
        items = map(as_dict, as_list(await self._call(http, "getMyCommands", language)))
        return [{"text": one.get("description"), "payload": one.get("command")} for one in items]

    async def _call(self, http: Http, method: str, language: str, **fields: Any) -> Any:
        """The `result` of a method."""
        wanted = {**fields, **({"language_code": language} if language else {})}
        url = f"{self._account.url}/{method}"
        reply = await send_json(http, url, wanted, repeatable_at="Telegram")
        if not reply.is_success:
            raise error_of(reply, self._account.connection, repeatable=True)
        answer = as_dict(reply.json())
        if answer.get("ok") is not True:
            is_question = method.startswith("get")
            raise (unreadable_look_up if is_question else unreadable)("Telegram")
        return answer.get("result")


def presses_of(options: TelegramProfileOptions | None) -> Sequence[Press]:
    """The commands of a menu, in all languages."""
    return [
        Press((*path_of(language, "menu"), number), item["text"], f"/{item['payload']}", "command")
        for language, parts in languages_in(written_of(options))
        for number, item in enumerate(parts.get("menu", ()))
    ]
