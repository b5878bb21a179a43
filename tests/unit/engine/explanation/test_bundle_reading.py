"""Bundles that somebody else has made: what is wrong with one is said, and nothing is written."""

import tracemalloc
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from automator.engine.explanation import bundle
from automator.engine.explanation.bundle import BundleError, read_bundle


def a_zip(files: dict[str, str | bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", packing) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


GOOD = {
    "manifest.json": '{"format": 1}',
    "event.json": '{"type": "a", "connection": "b", "provider": "c", "received_at": 1, "body": {}}',
    "decisions.json": '{"rules": []}',
    "settings.json": "{}",
}


def refused(tmp_path: Path, content: bytes) -> str:
    file = tmp_path / "case.zip"
    file.write_bytes(content)
    with pytest.raises(BundleError) as caught:
        read_bundle(file)
    assert not [path for path in tmp_path.rglob("*") if path != file]
    return str(caught.value).splitlines()[0].replace(str(file), "case.zip")


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"../out.yaml": ""}, "../out.yaml: this path leads out of the bundle"),
        ({"rules/../../a.yaml": ""}, "rules/../../a.yaml: this path leads out of the bundle"),
        ({"/etc/rules.yaml": ""}, "/etc/rules.yaml: this path leads out of the bundle"),
        ({"rules/c:a.yaml": ""}, "rules/c:a.yaml: this path leads out of the bundle"),
        ({"rules/a.sh": ""}, "rules/a.sh: a bundle has no such file"),
        ({"rules/a.yaml": "x" * 4_000_001}, "rules/a.yaml: it is too large"),
        (
            {f"rules/{n}.yaml": "x" * 3_900_000 for n in range(6)},
            "rules/5.yaml: it is too large",
        ),
        ({f"rules/{n}.yaml": "" for n in range(500)}, "-: it has too many files"),
        ({"decisions.json": f"[{'[],' * 260_000}[]]"}, "-: it is too large"),
        (dict.fromkeys(GOOD, f"[{'{},' * 70000}[]]"), "-: it is too large"),
        ({"event.json": "{"}, "event.json: it is not JSON"),
        ({"event.json": "[" * 100_000}, "event.json: it is not JSON"),
        ({"event.json": "[]"}, "event.json: it has another form"),
        ({"event.json": "{}"}, "event.json: it has another form"),
        ({"event.json": b"\xff\xfe"}, "event.json: it is no bundle, or is cut off"),
        (
            {"manifest.json": '{"format": 2}'},
            "manifest.json: another version of the program made it",
        ),
        ({"settings.json": '{"vars": 1}'}, "settings.json: it has another form"),
        (
            {"settings.json": '{"time_intervals": {"a": {"x": 1}}}'},
            "settings.json: it has another form",
        ),
    ],
)
def test_what_is_wrong_with_a_bundle_is_said_with_the_file_inside_it(
    files: dict[str, str | bytes], problem: str, tmp_path: Path
) -> None:
    assert refused(tmp_path, a_zip({**GOOD, **files})) == f"case.zip: {problem}"


def test_a_bundle_without_a_part_says_which(tmp_path: Path) -> None:
    for name in GOOD:
        less = {other: text for other, text in GOOD.items() if other != name}
        assert refused(tmp_path, a_zip(less)) == f"case.zip: {name}: it is missing"


def test_a_bundle_that_is_cut_off_at_any_place_is_refused(tmp_path: Path) -> None:
    content = a_zip(GOOD)
    for length in range(0, len(content) - 1, 7):
        assert "it is no bundle, or is cut off" in refused(tmp_path, content[:length])


def test_an_archive_that_is_too_large_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "MOST_PACKED", 100)

    assert refused(tmp_path, a_zip(GOOD)) == "case.zip: -: it is too large"


def test_no_file_of_an_archive_is_unpacked_beyond_its_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int | None] = []
    read = zipfile.ZipExtFile.read

    def noted(opened: zipfile.ZipExtFile, size: int | None = -1) -> bytes:
        asked.append(size)
        return read(opened, size)

    monkeypatch.setattr(zipfile.ZipExtFile, "read", noted)
    bomb = a_zip({**GOOD, "rules/a.yaml": b"0" * 50_000_000})

    assert len(bomb) < 100_000
    assert refused(tmp_path, bomb) == "case.zip: rules/a.yaml: it is too large"
    assert set(asked) == {4_000_001}


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_file_that_is_unpacked_at_once_and_not_in_pieces_is_not_unpacked(
    packing: int, tmp_path: Path
) -> None:
    content = a_zip({**GOOD, "rules/a.yaml": b"#" * 20_000_000}, packing)

    tracemalloc.start()
    said = refused(tmp_path, content)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert said == "case.zip: manifest.json: it is no bundle, or is cut off"
    assert most < 8_000_000
