"""What people read about options of connections that do not fit. GOLDEN_UPDATE=1 writes it anew."""

import os
from pathlib import Path

import pytest

from automator.server.reading.config import load_config
from tests.support.words import rendered

_FOLDER = Path(__file__).parent / "connections"
_SECRETS = {"SHORT": "short", "LONG": "0123456789abcdef", "KEY43": "k" * 43}


@pytest.mark.parametrize(
    "case", ["addresses", "options", "profiles", "references", "sign_in", "traces"]
)
@pytest.mark.parametrize(("language", "ending"), [("en", "out"), ("vi", "vi.out")])
def test_settings_that_do_not_fit_read_as_recorded(
    case: str, language: str, ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, text in _SECRETS.items():
        monkeypatch.setenv(variable, text)
    file = tmp_path / "automator.yaml"
    file.write_bytes((_FOLDER / f"{case}.yaml").read_bytes())

    config = load_config(file, tmp_path, demo=False)

    written = rendered(config.problems, language).replace(str(file), "automator.yaml") + "\n"
    expected = _FOLDER / f"{case}.{ending}"
    if os.environ.get("GOLDEN_UPDATE"):
        expected.write_text(written, encoding="utf-8")
    assert written == expected.read_text(encoding="utf-8")
    assert config.connections == {}
