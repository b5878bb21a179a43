"""`automator sandbox` runs the simulated providers alone; `fault` makes their next answers fail."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from automator.cli.terminal import WORKING
from automator.cli.terminal.options import Data, Json
from automator.cli.terminal.output import TRANSLATOR, say, say_json, table
from automator.cli.terminal.paths import data_folder
from automator.cli.terminal.running_server import call_json, require_server
from automator.model import N_, NotFoundError, UsageError
from automator.reasons.problems.phrases import word_sandbox_errors, word_sandboxes
from automator.server.web.security import allowed_hosts

if WORKING:
    from uvicorn.main import run

    from automator.files.spelling import suggest
    from automator.sandbox import FAULTS, MEANINGS, Recorder, fault_path, sandbox_app
    from automator.server.demo.sandbox_gate import SandboxGate

_NO_DEMO = N_("Start the demo with `automator serve --demo`, or name a sandbox with --url.")


def fault(
    provider: Annotated[
        str | None, typer.Argument(help="The provider whose API fails, as in zalo; or target.")
    ] = None,
    error: Annotated[str | None, typer.Argument(help="How, as in rate_limit.")] = None,
    times: Annotated[int, typer.Option(help="For how many requests.", min=1, max=1_000_000)] = 1,
    retry_after: Annotated[
        int | None, typer.Option(help="Seconds after which it asks to be tried again.", min=0)
    ] = None,
    delay: Annotated[
        int, typer.Option(help="Milliseconds before it answers.", min=0, max=120_000)
    ] = 0,
    clear: Annotated[bool, typer.Option("--clear", help="Forget the faults that wait.")] = False,
    url: Annotated[
        str | None, typer.Option(help="The sandbox's address; that of the running demo.")
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Let the sandbox's next answers fail; without arguments, list possible and coming failures."""
    wanted: dict[str, Any] = {"clear_faults": clear}
    if provider is not None:
        require_known(provider, error)
        planned = {"error": error, "times": times, "path": fault_path(provider), "delay_ms": delay}
        wanted["next"] = [{**planned, "retry_after": retry_after}]
    address = url or f"{require_server(data_folder(data), fix=_NO_DEMO).url}/sandbox"
    try:
        state = asyncio.run(call_json("POST", f"{address.rstrip('/')}/control", wanted))
    except NotFoundError as error:
        raise NotFoundError(
            N_("there is no sandbox at {url}"), fix=_NO_DEMO, url=address
        ) from error
    if as_json:
        say_json(state)
    elif provider is None and not clear:
        say(f"{faults_text()}\n\n{waiting_text(state)}")
    else:
        say(waiting_text(state))


def require_known(provider: str, error: str | None) -> None:
    """Checks that the sandbox can answer for this provider with this error.

    Raises:
        NotFoundError: there is no such part of the sandbox, or it has no such error.
        UsageError: no error was named.
    """
    if provider not in FAULTS:
        raise NotFoundError(
            N_("the sandbox does not answer for '{provider}'"),
            fix=N_("{suggestion:capital}"),
            provider=provider,
            suggestion=suggest(provider, FAULTS, word_sandboxes),
        )
    if error is None:
        raise UsageError(
            N_("which error is {provider} to answer with?"),
            fix=N_("Its errors are: {known:list}."),
            provider=provider,
            known=list(FAULTS[provider]),
        )
    if error not in FAULTS[provider]:
        raise NotFoundError(
            N_("{provider} has no error '{error}'"),
            fix=N_("{suggestion:capital}"),
            provider=provider,
            error=error,
            suggestion=suggest(error, FAULTS[provider], word_sandbox_errors),
        )


def faults_text() -> str:
    """A table of the errors that each part of the sandbox can answer with, and their meanings."""
    rows = [
        [part if index == 0 else "", error, TRANSLATOR(MEANINGS[error])]
        for part, errors in FAULTS.items()
        for index, error in enumerate(errors)
    ]
    return table(rows, [TRANSLATOR(N_("answers for")), TRANSLATOR(N_("error")), ""])


def waiting_text(state: Mapping[str, Any]) -> str:
    """The faults that the sandbox has yet to answer with, one a line."""
    anybody, slow = TRANSLATOR(N_("anybody")), TRANSLATOR(N_("slow"))
    lines = [
        TRANSLATOR.counted(
            "the next answer of {whose}: {error}",
            "the next {count} answers of {whose}: {error}",
            item["times"],
            whose=item["path"].strip("/") or anybody,
            error=item["error"] or slow,
        )
        for item in state["next"]
    ]
    return "\n".join(lines) or TRANSLATOR(N_("no fault waits"))


def sandbox(
    port: Annotated[int, typer.Option(help="The port on 127.0.0.1.", min=1, max=65535)] = 8081,
    record: Annotated[
        Path | None, typer.Option(help="Also write each request into this file, one a line.")
    ] = None,
) -> None:
    """Run the simulated provider alone: it answers like the real one, and keeps the requests."""
    text = N_("The sandbox answers at {url}; requests that came: /records")
    say(TRANSLATOR(text, url=f"http://127.0.0.1:{port}"))
    gate = SandboxGate(sandbox_app(Recorder(record)), lambda _: allowed_hosts("", None))
    run(gate, host="127.0.0.1", port=port, log_level="warning", lifespan="off")
