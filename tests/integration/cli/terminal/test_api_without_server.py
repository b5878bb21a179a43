"""Calls of the API that commands make where no server runs are answered as a server does."""

from pathlib import Path
from typing import Any

from automator.cli.terminal.api_without_server import answer_here
from automator.cli.terminal.output import TRANSLATOR
from automator.model import AutomatorError
from tests.support.site import open_site
from tests.support.store import with_tables

PERSON = "/api/contacts/demo-page/a%2F4711"
NOBODY, UNKNOWN = "/api/contacts/demo-page/1", "0r3kq5v5z0000"
#: Every call that a command makes without a server, in an order in which one prepares the next.
CALLS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("POST", "/api/sign-in-links", {"account": "mai", "role": "editor"}),
    ("POST", "/api/sign-in-links", {"account": "m/ai", "role": None}),
    ("GET", "/api/accounts", {}),
    ("POST", "/api/accounts/mai/role?force=true", {"role": "viewer"}),
    ("DELETE", "/api/accounts/mai", {}),
    ("POST", "/api/tokens", {"name": "ci", "role": "viewer", "days": 3}),
    ("POST", "/api/tokens", {"name": "", "role": "viewer", "days": 3}),
    ("GET", "/api/tokens", {}),
    ("DELETE", "/api/tokens/none", {}),
    ("POST", "/api/held/release", {}),
    ("POST", "/api/held/cancel", {}),
    ("POST", "/api/prune", {}),
    ("POST", "/api/audiences/price-question/stop", {}),
    ("POST", f"{PERSON}/opt-out", {}),
    ("POST", f"{PERSON}/note", {"values": {"city": "Huế"}, "tags": {"add": ["vip"]}}),
    ("POST", f"{PERSON}/note", {"values": {"a b": "Huế"}}),
    ("POST", f"{PERSON}/staff-notes", {"text": "Hẹn thứ sáu"}),
    ("POST", f"{NOBODY}/staff-notes", {"text": "Hẹn thứ sáu"}),
    ("POST", f"{PERSON}/block", {}),
    ("GET", PERSON, {}),
    ("GET", NOBODY, {}),
    (
        "POST",
        "/api/contacts/import",
        {"plan": True, "contacts": [{"connection": "demo-page", "id": "7", "values": {"a": "b"}}]},
    ),
    ("DELETE", PERSON, {}),
    ("GET", "/api/erasures", {}),
    ("POST", "/api/limits/reset", {"id": "none"}),
    ("POST", f"/api/runs/{UNKNOWN}/retry", {}),
    ("POST", f"/api/approvals/{UNKNOWN}/approve", {"text": "Dạ còn ạ"}),
    ("POST", "/api/approvals/decline", {"runs": [UNKNOWN], "because": "trùng đơn"}),
    ("POST", "/api/targets/*/pause", {"reason": "nghỉ lễ"}),
    ("POST", "/api/targets/*/resume", {}),
    ("POST", "/api/targets/none/pause", {}),
)


async def test_a_call_is_answered_alike_with_and_without_a_server(tmp_path: Path) -> None:
    with_tables(tmp_path / "alone")
    async with open_site(tmp_path / "site") as site:
        program = site.program()
        for method, path, body in CALLS:
            reply = await program.json(method, path, body)
            beside = reply.json() if reply.text else None

            try:
                alone = await answer_here(tmp_path / "alone", None, method, path, body)
            except AutomatorError as error:
                wrong, fix = TRANSLATOR.error(error)
                alone = {"error": error.code, "message": wrong, "fix": fix}
                assert alone.items() <= beside.items(), (method, path)
                assert reply.status >= 400, (method, path)
            else:
                assert reply.status < 400, (method, path, beside)
                assert _shape(alone) == _shape(beside), (method, path)


def _shape(value: Any) -> Any:
    """An answer without what differs from one moment to the next: times, ids and secrets."""
    if isinstance(value, dict):
        return {name: _shape(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_shape(one) for one in value]
    return type(value) if isinstance(value, str) else value
