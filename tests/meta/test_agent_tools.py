"""The tools of agents are calls that the API declares, and one changes rules in shadow mode."""

import subprocess
import sys

import pytest

from automator.cli.serving import agents
from automator.model import UsageError
from automator.reasons import audit as acts
from automator.server.agents import OFFERED, UNTRUSTED, tools_of
from automator.server.api.routes import api_routes
from automator.server.bootstrap import agent_endpoint
from automator.server.openapi import describe
from automator.server.web.security import Role


def test_every_tool_is_a_declared_call_with_its_words_and_parameters() -> None:
    routes = api_routes()
    described = describe(routes)["paths"]

    tools = tools_of(routes).values()

    assert {f"{tool.method} {tool.route.path_format}" for tool in tools} == set(OFFERED)
    for tool in tools:
        declared = described[tool.route.path_format][tool.method.lower()]
        assert str(tool.declared.description).startswith(declared["description"])
        expected = {one["name"] for one in declared["parameters"] if one["in"] != "header"}
        expected |= set(tool.guarded.body.names()) if tool.guarded.body else set()
        assert set(tool.declared.input_schema["properties"]) == expected


def test_one_tool_changes_rules_in_shadow_mode_and_the_others_only_read() -> None:
    tools = tools_of(api_routes())

    writing = tools.pop("put_shadow_file")

    assert (writing.guarded.role, writing.guarded.scope) == (Role.EDITOR, "shadow")
    for tool in tools.values():
        assert tool.method == "GET" or tool.guarded.act is acts.NO_CHANGE
        assert (tool.guarded.role, tool.guarded.scope) == (Role.VIEWER, "read")


def test_a_tool_says_whether_it_only_reads_and_that_its_data_is_from_strangers() -> None:
    for name, tool in tools_of(api_routes()).items():
        assert tool.declared.annotations is not None
        assert tool.declared.annotations.read_only_hint is (name != "put_shadow_file")
        shown = tool.declared.output_schema
        assert shown is not None
        assert shown["required"] == ["notice", "data"]
        assert shown["properties"]["notice"] == {"const": UNTRUSTED}


def test_neither_the_site_nor_a_command_loads_the_package_of_agents() -> None:
    loads = (
        "import sys, automator.server.bootstrap.site, automator.cli.commands as commands\n"
        "commands.program('mcp')\n"
        "sys.exit('mcp' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", loads], check=False).returncode == 0


async def _no_site(*_asgi: object) -> None:
    raise AssertionError("nothing is called")


def test_without_the_extra_there_is_no_address_and_the_command_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (agents, agent_endpoint):
        monkeypatch.setattr(module, "find_spec", lambda _name: None)

    assert agent_endpoint.agent_routes(_no_site, ()) == []
    with pytest.raises(UsageError) as refused:
        agents.mcp()
    assert "pip install 'automator[mcp]'" in refused.value.texts[1]
