from typing import Any

import pytest

from automator.cli.inspection import doctor


class Server:
    """A server of which one connection is silent."""

    async def call(self, method: str, path: str) -> Any:
        assert (method, path) == ("GET", "/api/status")
        warnings = [{"code": "silent_during", "text": "Nothing has arrived for 7 h."}]
        return {
            "watch": [
                {"connection": "shop-page", "warnings": warnings},
                {"connection": "orders", "warnings": []},
            ]
        }


def test_the_doctor_begins_with_the_connections_that_are_silent(
    capsys: pytest.CaptureFixture[str],
) -> None:
    doctor._say_connections(Server())  # type: ignore[arg-type]

    assert capsys.readouterr().out == "! shop-page: Nothing has arrived for 7 h.\n"
