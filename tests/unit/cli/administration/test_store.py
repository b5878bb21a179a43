"""What `automator store copy` takes for a place, and what it says at the end."""

from pathlib import Path

import pytest

from automator.cli.administration.store import address_of, copied_text
from automator.language import ENGLISH, Translator
from automator.model import SettingsError
from automator.store.transfer.copy import Copied, TableSum


def test_a_place_is_an_address_a_folder_or_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEW_DATABASE", "postgresql://db/shop")

    assert address_of("postgresql+psycopg://db/shop") == "postgresql+psycopg://db/shop"
    assert address_of("env:NEW_DATABASE") == "postgresql://db/shop"
    assert address_of("/var/lib/automator") == "sqlite:////var/lib/automator/automator.db"
    assert address_of("data") == f"sqlite:///{Path.cwd() / 'data' / 'automator.db'}"
    assert address_of("/backup/a.db") == "sqlite:////backup/a.db"
    with pytest.raises(SettingsError) as unset:
        address_of("env:OTHER")
    assert Translator(ENGLISH).error(unset.value) == (
        "the environment variable OTHER is not set",
        "Set it before the start: export OTHER=…",
    )


@pytest.mark.parametrize(
    ("verified", "said"), [(True, "the same checksum"), (False, "Not verified: say --verify")]
)
def test_the_end_shows_each_table_and_whether_it_was_compared(verified: bool, said: str) -> None:
    text = copied_text(Copied({"events": TableSum(1200, "ab" * 16)}, 3, verified))

    assert "events  1,200  abababababababab" in text
    assert "1,200 rows copied.\nWaiting there: 3 follow-ups." in text
    assert said in text
