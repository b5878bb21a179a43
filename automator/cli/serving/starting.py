"""Starts the server after the arguments of `automator serve` are read, and prints the welcome.

This module does not import Typer, because a running server would keep Typer in memory.
"""

import contextlib
import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automator.cli.terminal.output import LINK_HERE, TRANSLATOR, problems_in_words, say
from automator.cli.terminal.paths import (
    DEFAULT_CONFIG,
    DEFAULT_RULES,
    data_folder,
    demo_rules,
    find_config,
    zone_of,
)
from automator.configuration.environment import Environment
from automator.garbage import collect_nothing
from automator.model import N_, UsageError, record

if TYPE_CHECKING:
    from automator.server.bootstrap.assembly import ServeOptions
    from automator.server.bootstrap.welcome_facts import Ready

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8080
MAX_PORT = 65535
#: How many connections the welcome of a demo lists. The demo has one for each provider: too many to
#: read.
_SHOWN_OF_DEMO = 4
#: What the demo is, and how to connect a real Page.
_ABOUT_DEMO = (
    N_("This is the demo: example rules, every sender simulated, nothing leaves this machine."),
    N_("Your own Page: Connections, in the page; how: /help/how-to/connect-a-facebook-page.html"),
)
#: The width to which the names of rows are padded.
_NAME_WIDTH = 11


@record
class ServeArguments:
    """The arguments of `automator serve`."""

    config: Path | None = None
    rules: Path | None = None
    data: Path | None = None
    database: str | None = None
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    demo: bool = False
    plain_http: bool = False


def start(arguments: ServeArguments) -> int:
    """Runs the server until it is stopped; returns the exit code.

    Raises:
        AutomatorError: it cannot start; the error has a fix.
    """
    collect_nothing()

    # Garbage collection is off while the imports that follow make objects that stay for ever.
    from automator.server.bootstrap.process import run  # noqa: PLC0415 - After the line above.

    host, rules = arguments.host, arguments.rules
    config = find_config(arguments.config)
    folder = data_folder(arguments.data)
    demo = arguments.demo or config is None
    if demo and not is_loopback(host) and not is_every_address(host):
        raise UsageError(
            N_("the demo talks to itself over loopback, and {host} is another address"),
            fix=N_("Leave --host out; in a container use --host 0.0.0.0."),
            host=host,
        )
    if rules is not None:
        require_folder(rules, is_made=demo)
    if not arguments.plain_http:
        refuse_plain_http(host, config, folder, demo=demo)
    options = options_of(arguments)
    return run(options, on_ready=lambda ready: welcome(ready, folder))


def options_of(arguments: ServeArguments) -> "ServeOptions":
    """The options of a server with these arguments."""
    from automator.server.bootstrap.assembly import ServeOptions  # noqa: PLC0415 - As in `start`.

    config, folder = find_config(arguments.config), data_folder(arguments.data)
    options = ServeOptions(
        config=config,
        rules=arguments.rules or DEFAULT_RULES,
        data=folder,
        database=arguments.database,
        host=arguments.host,
        port=arguments.port,
        demo=False,
    )
    if not arguments.demo and config is not None:
        return options
    own = replace(options, config=DEFAULT_CONFIG) if config is None else None
    rules = arguments.rules or demo_rules(folder)
    return replace(options, rules=rules, demo=True, after_demo=own)


def refuse_plain_http(host: str, config: Path | None, data: Path, *, demo: bool) -> None:
    """Refuses to listen on a network address while `public_url` is not https.

    Raises:
        UsageError: other machines can reach `host` without encryption.
    """
    from automator.server.reading.config import load_config  # noqa: PLC0415 - As in `start`.

    if is_loopback(host):
        return
    settings = load_config(config, data, demo, resolve_secrets=False).settings
    if not settings.public_url.startswith("https://"):
        raise UsageError(
            N_("{host} can be reached from outside, and no HTTPS in front of it is configured"),
            fix=N_(
                "Set `public_url: https://…` in automator.yaml, or add --i-understand-plain-http."
            ),
            host=host,
        )


def require_folder(rules: Path, *, is_made: bool) -> None:
    """Makes sure that the named rules folder exists.

    A server without its rules would acknowledge everything and do nothing.

    With `is_made`, the folder may be missing: the demo makes and fills its folder.

    Raises:
        UsageError: the path does not exist, or is not a folder.
    """
    if rules.exists() and not rules.is_dir():
        raise UsageError(
            N_("the rules {rules} are no folder"),
            fix=N_("Name the folder of the rule files: --rules FOLDER"),
            rules=rules,
        )
    if not is_made and not rules.exists():
        raise UsageError(
            N_("the rules folder {rules} does not exist"),
            fix=N_("Compare the path, or make the folder first: mkdir {rules}"),
            rules=rules,
        )


def is_loopback(host: str) -> bool:
    """Whether only programs on this machine can reach `host`."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def is_every_address(host: str) -> bool:
    """Whether `host` means all addresses of this machine, including loopback."""
    return host in ("0.0.0.0", "::")  # noqa: S104 - nothing is bound here


def welcome(ready: "Ready", folder: Path) -> None:
    """Shows the address, how to sign in and the connections once the server answers.

    If the output cannot be written, as with a file on a full disk, the server runs on.
    """
    with contextlib.suppress(OSError):
        say(welcome_text(ready, folder))


def welcome_text(ready: "Ready", folder: Path) -> str:
    """The welcome that the terminal shows once the server answers."""
    _ = TRANSLATOR
    lines = [_(N_("automator answers at {url}"), url=ready.url), ""]
    if ready.demo:
        lines += [*map(_, _ABOUT_DEMO), ""]
    # A command in another terminal finds the server through the data folder.
    elsewhere = "" if folder.resolve() == data_folder(None).resolve() else f" --data {folder}"
    sign_in = ready.sign_in_link or f"automator link{elsewhere}"
    if ready.is_watched and not ready.sign_in_link:
        sign_in = _(N_("automator link, when the store can commit again"))
    rules = (
        _(N_("{count:number} loaded"), count=ready.rules)
        if ready.rules
        else _(N_("none yet; the page Rules offers a first one"))
    )
    rows = [(_(N_("Sign in")), sign_in)]
    if ready.local_link:
        rows.append(("", _(LINK_HERE, url=ready.local_link)))
    rows.append((_(N_("Rules")), rules))
    shown = ready.connections[:_SHOWN_OF_DEMO] if ready.demo else ready.connections
    rows += [(_(N_("Receives")), f"{url}  ({provider})") for _name, provider, url in shown]
    if more := len(ready.connections) - len(shown):
        rows.append(("", _.counted("and {count} more sender", "and {count} more senders", more)))
    lines += [f"  {name:<{_NAME_WIDTH}} {said}" for name, said in rows]
    if ready.problems:
        lines += ["", problems_in_words(ready.problems)]
    next_one = _(
        N_("Next: automator send --list    then: {command}"), command=f"automator log{elsewhere}"
    )
    lines += ["", next_one, _(N_("Stop: Ctrl-C"))]
    return "\n".join(lines)


def read_plainly(arguments: Sequence[str]) -> ServeArguments | None:
    """Reads the arguments after `serve` without Typer; None if Typer has to read or explain them.

    Loading Typer takes a tenth of the start, and 1.3 MB while the server runs.
    """
    given: dict[str, Any] = {}
    following = iter(arguments)
    for argument in following:
        name, equals, value = argument.partition("=")
        if argument in _FLAGS:
            given[_FLAGS[argument]] = True
            continue
        if name not in _VALUES:
            return None
        value = value if equals else next(following, "")
        read = None if value.startswith("-") else _VALUES[name](value)
        if read is None:
            return None
        given[name.removeprefix("--")] = read
    if "config" not in given:
        given["config"] = _path(Environment.read().config)
    return ServeArguments(**given)


def serve_plainly(arguments: ServeArguments) -> int:
    """Runs the server as the command does; returns the exit code, 130 after Ctrl-C."""
    config = arguments.config or DEFAULT_CONFIG
    TRANSLATOR.choose(TRANSLATOR.language, zone_of(config))
    try:
        return start(arguments)
    except KeyboardInterrupt:
        return 130


def _path(text: str) -> Path | None:
    return Path(text) if text else None


def _text(text: str) -> str | None:
    return text or None


def _port(text: str) -> int | None:
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_PORT))):
        return None
    return int(text) if int(text) <= MAX_PORT else None


_FLAGS = {"--demo": "demo", "--i-understand-plain-http": "plain_http"}
_VALUES: dict[str, Callable[[str], Any]] = {
    "--config": _path,
    "--rules": _path,
    "--data": _path,
    "--database": _text,
    "--host": _text,
    "--port": _port,
}
