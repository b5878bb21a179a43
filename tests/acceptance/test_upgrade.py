"""The program is upgraded while its server runs: what is not loaded yet says so."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.process import ServerProgram, call

pytestmark = pytest.mark.acceptance

ROOT = Path(__file__).parents[2]


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A copy of the program, which a test may change."""
    folder = tmp_path / "program"
    shutil.copytree(ROOT / "automator", folder / "automator")
    (folder / "web").symlink_to(ROOT / "web")
    (folder / "rules").symlink_to(ROOT / "rules")
    return folder


@pytest.fixture
def server(tmp_path: Path, program: Path) -> Iterator[ServerProgram]:
    """A server of that copy, of which nobody has seen a page yet."""
    config = tmp_path / "automator.yaml"
    config.write_text("connections: {}\n")
    running = ServerProgram(tmp_path, "--config", str(config), cwd=program)
    yield running
    running.terminate()


def test_pages_that_are_not_loaded_yet_ask_for_a_restart_and_hooks_go_on(
    server: ServerProgram, program: Path
) -> None:
    for module in (program / "automator").rglob("*.py"):
        module.write_text(module.read_text(encoding="utf-8") + "\n# Another version.\n")

    status, page = call(server.url, "GET", "/log")
    api_status, answer = call(server.url, "GET", "/api/runs")

    assert (status, page.decode().splitlines()) == (
        503,
        [
            "máy chủ đã được nâng cấp trong lúc đang chạy, và phần này chưa được nạp trước đó",
            "Khởi động lại máy chủ.",
            "",
            "the server was upgraded while it runs, and has not loaded this part before",
            "Restart the server.",
        ],
    )
    assert (api_status, json.loads(answer)["error"]) == (503, "installation_changed")
    assert call(server.url, "GET", "/healthz")[0] == 200
    assert call(server.url, "POST", "/hooks/nobody")[0] == 404
