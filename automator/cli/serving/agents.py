"""`automator mcp`: lets an agent on this machine use the API as tools, with or without a server."""

import asyncio
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from automator.cli.serving.starting import ServeArguments, options_of
from automator.cli.terminal import WORKING
from automator.cli.terminal.options import Config, Data, Rules
from automator.cli.terminal.output import TRANSLATOR
from automator.cli.terminal.paths import data_folder
from automator.cli.terminal.running_server import find_server, require_server
from automator.model import N_, AutomatorError, UsageError

if WORKING:
    from automator.cli.terminal.database import open_alone
    from automator.clock import SystemClock
    from automator.engine.network.egress import Egress
    from automator.reasons.runs import COMMAND_LINE
    from automator.server.api.routes import api_routes
    from automator.server.bootstrap.agent_endpoint import call_inside
    from automator.server.bootstrap.assembly import Assembly
    from automator.server.bootstrap.site import create_site
    from automator.server.reading.config import DEFAULT_URL, load_config
    from automator.server.web.request_context import Actor
    from automator.server.web.security import Role, error_json


def mcp(config: Config = None, rules: Rules = None, data: Data = None) -> None:
    """Offer the API to an agent, as tools of MCP over standard input and output.

    An agent starts this command itself. Its tools read, check and try, and save rules in shadow
    mode: on the running server or, if none runs, in the data folder and the rules folder.
    """
    if find_spec("mcp") is None:
        raise UsageError(
            N_("the package for agents is not installed"),
            fix=N_("Install it: pip install 'automator[mcp]'"),
        )
    asyncio.run(_serve(ServeArguments(config=config, rules=rules, data=data)))


async def _serve(arguments: ServeArguments) -> None:
    from mcp.server.stdio import stdio_server  # noqa: PLC0415 - An extra.

    from automator.server.agents import agent_server, tools_of  # noqa: PLC0415 - Needs the extra.

    folder, one_at_a_time = data_folder(arguments.data), asyncio.Lock()

    async def call(method: str, path: str, body: Mapping[str, Any] | None) -> tuple[bool, Any]:
        try:
            async with one_at_a_time:
                if server := find_server(folder):
                    return True, await server.call(method, path, body)
                return await call_alone(arguments, method, path, body)
        except AutomatorError as error:
            return False, error_json(error, TRANSLATOR)

    agents = agent_server(tools_of(api_routes()), call, Actor(COMMAND_LINE, Role.ADMIN))
    async with stdio_server() as (read, write):
        await agents.run(read, write, agents.create_initialization_options())


async def call_alone(
    arguments: ServeArguments, method: str, path: str, body: Mapping[str, Any] | None
) -> tuple[bool, Any]:
    """Makes a call with the parts that a server started here would have. Nothing is sent.

    Raises:
        AutomatorError: a server could not start, another process uses the database, or several
            nodes may share it.
    """
    options = options_of(arguments)
    config = load_config(options.config, options.data, options.demo, resolve_secrets=False)
    async with open_alone(options.data) as store:
        if store.is_shared:
            # Other nodes would follow the rules of this folder.
            require_server(options.data)
        egress = Egress()
        assembly = Assembly(
            options, config.require(), DEFAULT_URL, store, egress, SystemClock(), node=0
        )
        services = await assembly.services(is_running=False)
        token = f"Bearer {services.control_token}".encode()
        headers = [(b"host", DEFAULT_URL.rpartition("/")[2].encode()), (b"authorization", token)]
        scope = {"type": "http", "headers": headers}
        try:
            return await call_inside(create_site(services), scope, method, path, body)
        finally:
            await egress.close()
