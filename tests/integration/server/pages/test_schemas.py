"""The JSON Schemas of the files, as editors fetch them and the command prints them."""

import json
from pathlib import Path

from tests.support.commands import command
from tests.support.site import Site


async def test_everybody_may_fetch_the_schemas(site: Site) -> None:
    caller = site.caller()

    for name in ("rules", "automator"):
        reply = await caller.get(f"/schemas/{name}.json")
        assert reply.status == 200
        assert reply.headers["content-type"] == "application/json"
        assert json.loads(reply.body)["$schema"].startswith("http://json-schema.org/draft-07/")


async def test_the_command_prints_what_the_server_shows(site: Site, tmp_path: Path) -> None:
    for name, word in (("rules", "rules"), ("automator", "settings")):
        shown = await site.caller().get(f"/schemas/{name}.json")
        printed = command(tmp_path, "schema", word)

        assert printed.returncode == 0
        assert json.loads(printed.stdout) == json.loads(shown.body)
