"""What `automator profile` prints and asks."""

from collections.abc import Mapping
from typing import Any

import pytest
import typer

from automator.cli.administration import connections as command
from automator.cli.terminal import api_calls

MENU = [{"text": "Xem giá", "payload": "PRICE"}, {"text": "Shop", "url": "https://shop.example"}]
CHANGES = [
    {"part": "menu", "kind": "add", "now": None, "wanted": MENU},
    {"part": "greeting", "kind": "change", "now": "Hi", "wanted": "Chào bạn!"},
    {"part": "ice_breakers", "kind": "remove", "now": [{"locale": "vi_VN"}], "wanted": None},
]


class Server:
    """A server that answers with these changes."""

    def __init__(self, changes: list[dict[str, Any]]) -> None:
        self.changes = changes
        self.calls: list[tuple[str, str]] = []

    async def call(self, method: str, path: str, body: Any) -> Mapping[str, Any]:
        self.calls.append((method, path))
        return {"accounts": [{"connection": "shop-page", "changes": self.changes}]}


def a_server(monkeypatch: pytest.MonkeyPatch, changes: list[dict[str, Any]]) -> Server:
    server = Server(changes)
    monkeypatch.setattr(api_calls, "require_server", lambda _: server)
    return server


def test_a_plan_says_what_would_become_of_each_part_and_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    server = a_server(monkeypatch, CHANGES)

    command.profile("shop-page", plan_only=True)

    assert capsys.readouterr().out == (
        "shop-page:\n"
        "  menu is added: Xem giá → PRICE, Shop → https://shop.example\n"
        "  greeting becomes Chào bạn!; now it is Hi\n"
        "  ice_breakers is taken away; now it is {'locale': 'vi_VN'}\n"
    )
    assert [method for method, _ in server.calls] == ["GET"]


@pytest.mark.parametrize("answer", [True, False])
def test_it_is_set_when_a_person_says_yes(
    answer: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    server = a_server(monkeypatch, CHANGES)

    def confirm(_text: str, *, abort: bool) -> None:
        if abort and not answer:
            raise typer.Abort

    monkeypatch.setattr(typer, "confirm", confirm)
    try:
        command.profile("shop-page")
    except typer.Abort:
        assert not answer

    assert [method for method, _ in server.calls] == ["GET", "POST"][: 1 + answer]
    assert ("the profile of shop-page is set" in capsys.readouterr().out) is answer


def test_where_nothing_differs_nobody_is_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    server = a_server(monkeypatch, [])

    command.profile("shop-page")

    assert capsys.readouterr().out == "shop-page:\n  it matches automator.yaml\n"
    assert server.calls[-1] == ("POST", "/api/connections/shop-page/profile")
