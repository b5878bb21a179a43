"""PostgreSQL's driver is an extra that an installation may lack."""

import sys

import pytest

from automator.model import SettingsError
from automator.store.database.address import database_of


def test_an_address_of_postgresql_without_its_driver_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "psycopg"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "automator.store.database.postgresql", raising=False)
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(SettingsError) as refused:
        database_of("postgresql+psycopg://user:password@host/database")

    assert refused.value.code == "no-psycopg"
    assert "automator[postgresql]" in refused.value.fix
