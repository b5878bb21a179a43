"""`automator sandbox`: runs the simulated providers alone."""

from pathlib import Path
from typing import Annotated

import typer

from automator.cli.terminal import WORKING
from automator.cli.terminal.output import TRANSLATOR, say
from automator.model import N_
from automator.server.web.security import allowed_hosts

if WORKING:
    from uvicorn.main import run

    from automator.sandbox import Recorder, sandbox_app
    from automator.server.demo.sandbox_gate import SandboxGate


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
