"""What the page about deploying shows, on the real server."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from automator.providers import BUILTIN
from tests.support.commands import command
from tests.support.process import EndedAtItsStartError, ServerProgram

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "deploy.md").read_text("utf-8")


def block(language: str, containing: str) -> str:
    """The block of the page that has this text."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (found,) = [text for text in blocks if containing in text]
    return str(found)


def test_the_first_start_in_a_folder_of_its_own_succeeds(tmp_path: Path) -> None:
    *before, serve = block("sh", "serve --config").splitlines()
    making = [line for line in before if line.startswith("mkdir")]
    for line in making:
        subprocess.run(["/bin/sh", "-c", line], cwd=tmp_path, check=True)
    arguments = shlex.split(serve)[2:]
    assert arguments[-2] == "--data"

    server = ServerProgram(tmp_path, *arguments[:-2], cwd=tmp_path)

    assert "This is the demo" not in server.printed
    nobody = command(tmp_path, "account", "list")
    assert (nobody.returncode, nobody.stdout) == (0, "no accounts\n")
    assert server.terminate() == 0


def test_a_start_that_cannot_reach_postgresql_ends_as_the_page_says(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    said = {int(code) for code in re.findall(r"PostgreSQL ends with (\d+)", PAGE)}
    said |= {int(code) for code in re.findall(r"unavailable ends the start with (\d+)", PAGE)}

    with pytest.raises(EndedAtItsStartError) as ended:
        ServerProgram(tmp_path, "--database", "postgresql+psycopg://x@127.0.0.1:1/x", cwd=tmp_path)

    assert said == {ended.value.exit_code}


def test_the_proxy_of_the_page_takes_the_largest_delivery_over_https() -> None:
    nginx = block("nginx", "proxy_pass")
    taken = int(re.findall(r"client_max_body_size (\d+)m;", nginx)[0]) * 1024 * 1024

    assert "listen 443 ssl;" in nginx
    assert "location /hooks/" in nginx
    assert taken > max(provider.largest_body for provider in BUILTIN.values())
