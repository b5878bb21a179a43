"""What the page about deploying and its files show, on the real server."""

import re
import shlex
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest
import yaml

from automator.providers import BUILTIN
from tests.acceptance.conftest import SECRETS, Shop
from tests.support.commands import command
from tests.support.faults import unavailable
from tests.support.page_events import comment, delivery, signed
from tests.support.postgresql import PostgreSQLServer
from tests.support.process import EndedAtItsStartError, ServerProgram, call, wait_until

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "how-to" / "deploy.md").read_text("utf-8")
UNIT = (DOCS / "deploy" / "automator.service").read_text("utf-8")
MANIFESTS = (DOCS / "deploy" / "kubernetes.yaml").read_text("utf-8")


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


def directives(name: str) -> list[str]:
    """The words of all lines of the unit with this name."""
    return [
        word for line in re.findall(rf"^{name}=(.*)$", UNIT, re.MULTILINE) for word in line.split()
    ]


@cache
def calls_of(group: str) -> frozenset[str]:
    """The system calls of a group of systemd's."""
    said = subprocess.run(
        ["systemd-analyze", "syscall-filter", "--no-pager", group],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    names = [line.strip() for line in said.splitlines()[1:] if line.startswith("    ")]
    found = {name for name in names if name[0] not in "#@"}
    return frozenset(found.union(*(calls_of(name) for name in names if name[0] == "@")))


@pytest.mark.long
@pytest.mark.acceptance
def test_a_busy_server_does_nothing_that_its_unit_forbids(shop: Shop) -> None:
    for tool, package in (("strace", "strace"), ("systemd-analyze", "systemd")):
        if shutil.which(tool) is None:
            unavailable(f"{tool} is not installed: apt-get install {package}")
    trace, data = shop.folder / "trace", shop.folder / "data"
    shop.config.write_text(shop.config.read_text().replace("//127.0.0.1", "//localhost"))
    # With -D the server is this process's child, and the tracer nobody's.
    server = ServerProgram(
        shop.folder,
        *("--config", str(shop.config), "--rules", str(shop.rules)),
        environ=SECRETS,
        prefix=["strace", "-D", "-f", "-qq", "-y", "-o", str(trace)],
    )
    body = delivery(changes=[comment(1, "1001", "đặt hàng và giá")])
    assert call(server.url, "POST", "/hooks/shop-page", body, signed(body))[0] == 200
    wait_until(lambda: len(shop.sandbox.records()) >= 3, "the answers and the forward")
    (shop.rules / "more.yaml").write_text("rules: []\n")
    server.api("GET", "/api/status")
    server.api("POST", "/api/sign-in-links", {"account": "owner"})
    assert call(server.url, "GET", "/sign-in")[0] == 200
    assert server.terminate() == 0
    traced = wait_until(
        lambda: "exit_group(0)" in (text := trace.read_text(errors="replace")) and text,
        "the end of the trace",
    )

    allowed, *refused = [
        frozenset().union(*(calls_of(group) for group in line.lstrip("~").split()))
        for line in re.findall(r"^SystemCallFilter=(.*)$", UNIT, re.MULTILINE)
    ]
    # SQLite makes this call only as root.
    done = set(re.findall(r"^\d+ +(\w+)\(", traced, re.MULTILINE)) - {"fchown"}
    assert len(done) > 40
    assert sorted(done - allowed.difference(*refused)) == []

    families = set(re.findall(r"\bsocket\((\w+)", traced))
    assert sorted(families - set(directives("RestrictAddressFamilies"))) == []
    # As MemoryDenyWriteExecute= refuses them.
    assert re.findall(r"mprotect\(.*PROT_EXEC.*|mmap\(.*PROT_WRITE\|PROT_EXEC.*", traced) == []

    written = re.findall(r'\bopen(?:at)?\(.*?"(.*?)", (?:O_\w+\|)*O_(?:WRONLY|RDWR|CREAT)', traced)
    own = (str(data), str(shop.rules), str(shop.config), "/dev/")
    assert any(file.startswith(str(data)) for file in written)
    assert [file for file in written if not file.startswith(own)] == []
    # ProcSubset=pid leaves only the processes. glibc does without the setting that it looks for.
    asked = set(re.findall(r'"(/proc/.*?)".* = [0-9]', traced)) - {"/proc/sys/vm/overcommit_memory"}
    assert sorted(file for file in asked if not file.startswith("/proc/self/")) == []


@pytest.mark.acceptance
def test_a_pod_starts_with_an_empty_folder_and_tells_its_probes(
    tmp_path: Path, postgresql: PostgreSQLServer
) -> None:
    resources = {item["kind"]: item for item in yaml.safe_load_all(MANIFESTS)}
    (container,) = resources["Deployment"]["spec"]["template"]["spec"]["containers"]
    secrets = dict.fromkeys(resources["Secret"]["stringData"], "0123456789abcdef0123456789abcdef")
    secrets |= {"AUTOMATOR_DATABASE": postgresql.empty_database()}
    del secrets["AUTOMATOR_SEALING_KEY"]
    (tmp_path / "automator.yaml").write_text(resources["ConfigMap"]["data"]["automator.yaml"])
    # As Kubernetes makes the folders of a pod.
    for name in ("rules", "data"):
        (tmp_path / name).mkdir()
        (tmp_path / name).chmod(0o777)
    command_line, *given = container["args"]
    arguments = dict(zip(given[::2], given[1::2], strict=True))

    server = ServerProgram(tmp_path, "--host", arguments["--host"], environ=secrets, cwd=tmp_path)

    assert command_line == "serve"
    assert sorted(arguments) == ["--data", "--host", "--port"]
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert call(server.url, "GET", container[probe]["httpGet"]["path"])[0] == 200
    assert server.terminate() == 0
    postgresql.drop(secrets["AUTOMATOR_DATABASE"])
