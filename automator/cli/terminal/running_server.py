"""Finds and calls the server that runs on this machine, by the address and token in `control.json`.

One process owns an SQLite database. A command that changes something therefore asks the running
server; only if none runs does the command open the database itself.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from automator.cli.terminal import WORKING
from automator.cli.terminal.output import TRANSLATOR
from automator.model import N_, AutomatorError, ConflictError, NotFoundError, UsageError, record
from automator.server.bootstrap.control_file import CONTROL_FILE, is_held

if WORKING:
    from automator.engine.network.address_guard import place_of_url
    from automator.engine.network.egress import Egress

_NO_JSON = N_("{url} answered {status}, and not as this program does")
_NO_JSON_FIX = N_("Compare the address: something else may answer there.")


@record(kw_only=False)
class RunningServer:
    """A running server, with its address and token."""

    url: str
    token: str
    pid: int

    async def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Calls the server's API and returns the JSON answer.

        Raises:
            AutomatorError: the server reported an error, or does not answer.
        """
        return await call_json(method, self.url + path, body, token=self.token)


async def call_json(
    method: str, url: str, body: Mapping[str, Any] | None, *, token: str = ""
) -> Any:
    """Calls an address that a person has given, on this or another machine; returns the JSON
    answer.

    Raises:
        AutomatorError: the server reported an error, or does not answer.
    """
    headers = {"content-type": "application/json", "accept-language": TRANSLATOR.language}
    if token:
        headers["authorization"] = f"Bearer {token}"
    place = place_of_url(url)
    egress = Egress(allow=() if place is None else (f"{place[0]}:{place[1]}",))
    try:
        reply = await egress.request(
            method, url, headers=headers, body=b"" if body is None else orjson.dumps(body)
        )
    finally:
        await egress.close()
    answer = reply.json()
    if reply.status < 400:
        return answer
    said = answer if isinstance(answer, dict) else {}
    raise _error_class(reply.status)(
        str(said.get("message") or TRANSLATOR(_NO_JSON, url=url, status=reply.status)),
        fix=str(said.get("fix") or ("" if said else TRANSLATOR(_NO_JSON_FIX))),
        code=str(said.get("error") or ""),
    )


def _error_class(status: int) -> type[AutomatorError]:
    kinds: dict[int, type[AutomatorError]] = {
        400: UsageError,
        404: NotFoundError,
        409: ConflictError,
    }
    return kinds.get(status, AutomatorError)


def find_server(data: Path) -> RunningServer | None:
    """The running server of this data folder, or None.

    Raises:
        AutomatorError: a server runs, and its `control.json` cannot be read.
    """
    try:
        with (data / CONTROL_FILE).open("rb") as file:
            if not is_held(file):
                return None
            fields = orjson.loads(file.read())
        return RunningServer(fields["url"], fields["token"], fields["pid"])
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise AutomatorError(
            N_("{file} cannot be read"),
            fix=N_("Stop the server, delete the file, and start the server again."),
            file=data / CONTROL_FILE,
        ) from error


def require_server(
    data: Path,
    *,
    fix: str = N_(
        "Start one: automator serve. Of one that works on another folder, name that: --data FOLDER"
    ),
) -> RunningServer:
    """Finds the running server of this data folder.

    Raises:
        AutomatorError: no server runs; the error advises `fix`.
    """
    server = find_server(data)
    if server is None:
        raise AutomatorError(N_("no server works on {folder}"), fix=fix, folder=data)
    return server
