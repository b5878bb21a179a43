"""`automator mcp`: lets an agent on this machine use a running server's API as tools."""

import asyncio
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from automator.cli.terminal.options import Data
from automator.cli.terminal.output import TRANSLATOR
from automator.cli.terminal.paths import data_folder
from automator.cli.terminal.running_server import RunningServer, require_server
from automator.model import N_, AutomatorError, UsageError


def mcp(data: Data = None) -> None:
    """Offer the running server's API to an agent, as tools of MCP over standard input and output.

    An agent starts this command itself. Its tools read, check and try; none changes anything.
    """
    if find_spec("mcp") is None:
        raise UsageError(
            N_("the package for agents is not installed"),
            fix=N_("Install it: pip install 'automator[mcp]'"),
        )
    asyncio.run(_serve(require_server(data_folder(data))))


async def _serve(server: RunningServer) -> None:
    from mcp.server.stdio import stdio_server  # noqa: PLC0415 - An extra.

    from automator.server.agents import agent_server, tools_of  # noqa: PLC0415 - Needs the extra.
    from automator.server.api.routes import api_routes  # noqa: PLC0415 - Other commands need no routes.
    from automator.server.web.security import error_json  # noqa: PLC0415

    async def call(method: str, path: str, body: Mapping[str, Any] | None) -> tuple[bool, Any]:
        try:
            return True, await server.call(method, path, body)
        except AutomatorError as error:
            return False, error_json(error, TRANSLATOR)

    agents = agent_server(tools_of(api_routes()), call)
    async with stdio_server() as (read, write):
        await agents.run(read, write, agents.create_initialization_options())
