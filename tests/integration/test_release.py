"""A release can be repeated: the same commit gives the same bytes, of packages that are locked."""

import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from automator import __version__

ROOT = Path(__file__).resolve().parents[2]
LOCK, DEV_LOCK = ROOT / "requirements.txt", ROOT / "requirements-dev.txt"
DEPLOYED = (
    "alerts.yml",
    "automator.service",
    "grafana.json",
    "kubernetes.yaml",
    "github-actions.yaml",
)


def pins(lock: Path) -> dict[str, set[str]]:
    """The hashes of each package of a lock file, as it is pinned."""
    found = re.findall(r"^(\S+==.+?) \\\n((?: +--hash.*\n)+)", lock.read_text(), re.MULTILINE)
    return {pin: set(re.findall(r"sha256:\w{64}", hashes)) for pin, hashes in found}


def test_a_server_is_installed_with_the_packages_that_the_tests_have() -> None:
    installed, tested = pins(LOCK), pins(DEV_LOCK)

    assert len(installed) > 40
    assert [pin for pin, hashes in installed.items() if tested.get(pin) != hashes] == []
    assert not {"pytest", "hatchling"} & {pin.partition("==")[0] for pin in installed}


def test_the_lock_files_have_every_package_that_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"]
    of_server = [*project["project"]["dependencies"], *extras["postgresql"], *extras["traces"]]
    declared = {LOCK: of_server, DEV_LOCK: of_server + project["dependency-groups"]["dev"]}

    for lock, packages in declared.items():
        wanted = {re.split(r"[\[<>=;~ ]", name)[0].replace(".", "-") for name in packages}
        assert wanted - {pin.partition("==")[0].partition("[")[0] for pin in pins(lock)} == set()


def sources(folder: Path) -> Path:
    """A copy of the files that the repository keeps, as they are now."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    kept = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, kept.split("\0")):
        if (ROOT / name).is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target)
    # Its SHA-256 is in web/editor.sha256; building it takes a registry.
    if (ROOT / "web/static/vendor/.built").exists():
        shutil.copytree(ROOT / "web/static/vendor", folder / "web/static/vendor")
    return folder


def build(target: str, source: Path, into: Path, umask: int = 0o022, **environ: str) -> Path:
    """Builds an archive as `make release` does; returns its file."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(into)],
        cwd=source,
        env={**os.environ, "CI": "", "SOURCE_DATE_EPOCH": "1790000000", **environ},
        umask=umask,
        check=True,
        capture_output=True,
        timeout=200,
    )
    (made,) = into.iterdir()
    return made


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.mark.long
def test_two_builds_of_the_same_sources_share_their_hashes(tmp_path: Path) -> None:
    one, other = sources(tmp_path / "one"), sources(tmp_path / "elsewhere" / "other")
    for number, file in enumerate(other.rglob("*")):
        os.utime(file, (number, number))
    elsewhere = {"TZ": "Asia/Ho_Chi_Minh", "LC_ALL": "C", "PYTHONHASHSEED": "7"}

    wheel = build("wheel", one, tmp_path / "wheel")
    archive = build("sdist", one, tmp_path / "sdist")
    again = [
        build(target, other, tmp_path / f"{target}-again", 0o077, **elsewhere)
        for target in ("wheel", "sdist")
    ]
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    of_archive = build("wheel", unpacked, tmp_path / "of-archive")

    assert wheel.name == f"automator-{__version__}-py3-none-any.whl"
    assert [digest(file) for file in again] == [digest(wheel), digest(archive)]
    assert digest(of_archive) == digest(wheel)
    packed_names = zipfile.ZipFile(wheel).namelist()
    for file in (
        "licenses/LICENSE",
        "automator/_web/help.zip",
        *(f"share/automator/{name}" for name in DEPLOYED),
    ):
        assert [name for name in packed_names if name.endswith(file)], file


@pytest.mark.long
def test_no_package_of_the_server_is_known_to_be_vulnerable() -> None:
    """A skip names the service that cannot be reached from here."""
    try:
        socket.create_connection(("api.osv.dev", 443), 5).close()
    except OSError as error:
        pytest.skip(f"OSV cannot be reached: {error}")
    audit = ["-m", "pip_audit", "--vulnerability-service", "osv", "--disable-pip", "--strict"]

    done = subprocess.run(
        [sys.executable, *audit, "--require-hashes", "--requirement", str(LOCK)],
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.long
def test_no_package_of_the_editor_is_known_to_be_vulnerable() -> None:
    """A skip says what the registry answered."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")

    done = subprocess.run(
        [npm, "audit", "--package-lock-only", "--json", "--fetch-retries=0"],
        cwd=ROOT / "web",
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    answer = json.loads(done.stdout)
    if "vulnerabilities" not in answer:
        pytest.skip(f"the npm registry has no audit here: {answer.get('message', answer)}")

    assert answer["vulnerabilities"] == {}


@pytest.mark.long
def test_a_release_lists_what_is_in_it_and_the_sums_of_its_files(tmp_path: Path) -> None:
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    clone = ["git", "clone", "--quiet", "--depth=1", f"file://{ROOT}", str(tmp_path / "clone")]
    subprocess.run(clone, check=True, timeout=100)
    venv = Path(sys.executable).parents[1]

    subprocess.run(
        ["make", "-o", str(venv / ".installed"), "release", f"VENV={venv}"],
        cwd=tmp_path / "clone",
        check=True,
        timeout=280,
    )

    made = tmp_path / "clone" / "dist"
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=made, check=True)
    listed = {line.split()[1] for line in (made / "SHA256SUMS").read_text().splitlines()}
    assert listed == {file.name for file in made.iterdir()} - {"SHA256SUMS"}
    server = {item["name"].lower() for item in contents(made / "server.cdx.json")}
    assert {"starlette", "psycopg", "opentelemetry-proto", "cffi"} <= server
    assert not {"pytest", "hatchling", "pip"} & server
    editor = json.loads((ROOT / "web/package.json").read_text())["dependencies"]
    assert editor.keys() <= {item["name"] for item in contents(made / "editor.cdx.json")}


def contents(bill: Path) -> list[dict[str, str]]:
    """The components of a bill of materials."""
    made = json.loads(bill.read_text())
    assert made["bomFormat"] == "CycloneDX"
    return list(made["components"])
