"""The doctor begins with what is wrong with the whole server."""

from typing import Any

import pytest

from automator.cli.inspection import doctor
from automator.cli.inspection.status import trouble_rows
from tests.unit.cli.inspection.test_status import BACKUPS, PAUSED, answer

SILENT = {"code": "silent_during", "text": "Nothing has arrived for 7 h."}


class Server:
    """A server of which one connection is silent."""

    async def call(self, method: str, path: str) -> Any:
        assert (method, path) == ("GET", "/api/status")
        watch = [
            {"connection": "shop-page", "warnings": [SILENT]},
            {"connection": "orders", "warnings": []},
        ]
        return answer(watch=watch)


def test_the_doctor_begins_with_the_connections_that_are_silent(
    capsys: pytest.CaptureFixture[str],
) -> None:
    doctor._say_troubles(Server())  # type: ignore[arg-type]

    assert capsys.readouterr().out == "! connection: shop-page: Nothing has arrived for 7 h.\n"


def test_of_a_server_that_does_well_the_doctor_says_nothing() -> None:
    assert trouble_rows(answer(backups=BACKUPS)) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"store_trouble": {"text": "the disk is full", "fix": "Make room."}}, "Make room."),
        ({"connections": []}, "none"),
        ({"rules": {"count": 0, "revision": 2, "problems": 0}}, "0 in revision 2"),
        ({"rules": {"count": 3, "revision": 2, "problems": 1}}, "1 problem in the files"),
        ({"held": 3}, "automator release --restored"),
        ({"lost_access": {"shop-oa": {"text": "Zalo says: no"}}}, "shop-oa: Zalo says: no"),
        ({"store_warnings": [{"text": "fsync is off", "fix": "Set it."}]}, "Set it."),
        ({"backups": {**BACKUPS, "failure": "no room"}}, "no room"),
        ({"targets": [PAUSED]}, "crm paused since"),
    ],
)
def test_each_thing_that_keeps_a_server_from_answering_is_one_line(
    changes: dict[str, Any], said: str
) -> None:
    [(name, text)] = trouble_rows(answer(**changes))

    assert name
    assert said in text
