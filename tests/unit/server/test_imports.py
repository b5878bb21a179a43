"""A server with a SQLite file and one connection does not load what it does not use."""

import subprocess
import sys

import pytest

from automator.providers import BUILTIN

_SETTINGS = """\
connections:
  page: {provider: facebook, app_secret: env:ONE, verify_token: env:ONE, page_access_token: env:TWO}
targets:
  crm: {url: "https://crm.example/in"}
"""
_RULES = """\
rules:
  - id: orders
    trigger: {event: comment.created, connection: page}
    conditions: ["contains(event.text, 'order')"]
    actions: [{forward: {to: crm}}]
"""
_START = """
import os, signal, sys
from pathlib import Path
from automator.server.bootstrap.assembly import ServeOptions
from automator.server.bootstrap.process import run

folder = Path(sys.argv[1])

def show(ready):
    print("problems", [one.code for one in ready.problems])
    print("modules", *sys.modules)
    print("plugins", sys.modules["pydantic.plugin._loader"]._plugins)
    os.kill(os.getpid(), signal.SIGTERM)

run(
    ServeOptions(
        config=folder / "automator.yaml", rules=folder / "rules", data=folder / "data",
        host="127.0.0.1", port=0, demo=False,
    ),
    show,
)
"""
#: What only some servers need, or some requests.
_UNUSED = {
    "alembic",
    "apscheduler",
    "automator.files.exact",
    "automator.server.access.bodies",
    "automator.server.answer_types",
    "automator.server.bootstrap.site",
    "automator.server.demo.sandbox",
    "automator.server.openapi",
    "defusedxml",
    "html.entities",
    "joserfc",
    "psycopg",
    "re2",
    "ruamel",
    "sqlalchemy.dialects.postgresql",
    "starlette.applications",
    "starlette.requests",
    "urllib.request",
    "webauthn",
    "xml",
    *(f"automator.providers.{name}" for name in BUILTIN if name != "facebook"),
}


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a server says about itself once it answers."""
    folder = tmp_path_factory.mktemp("started")
    (folder / "automator.yaml").write_text(_SETTINGS)
    (folder / "rules").mkdir()
    (folder / "rules" / "rules.yaml").write_text(_RULES)
    done = subprocess.run(
        [sys.executable, "-c", _START, str(folder)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={"ONE": "secret-one-0123456789", "TWO": "secret-two-0123456789"},
    )
    lines = (line.partition(" ") for line in done.stdout.splitlines())
    return {name: told for name, _, told in lines}


def test_a_server_starts_without_importing_what_its_files_do_not_use(
    started: dict[str, str],
) -> None:
    loaded = set(started["modules"].split())

    assert "automator.providers.facebook" in loaded
    assert sorted(loaded & _UNUSED) == []


def test_pydantic_does_not_look_through_all_packages_for_plugins(started: dict[str, str]) -> None:
    assert started["plugins"] == "None"


def test_a_warning_about_the_settings_imports_nothing_more(started: dict[str, str]) -> None:
    assert "shared-secret" in started["problems"]


def test_pages_and_calls_do_not_import_what_describes_the_api() -> None:
    code = "import sys; from automator.server.bootstrap.site import admin_routes; "
    code += "admin_routes(); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )

    loaded = set(done.stdout.split())

    assert "automator.server.api.routes" in loaded
    described = ("automator.server.openapi", "prometheus_client")
    assert [name for name in sorted(loaded) if name.startswith(described)] == []
