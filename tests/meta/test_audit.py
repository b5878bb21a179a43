"""Nobody can add a change without saying what the audit trail records of it."""

import string

import pytest
from starlette.routing import Route

from automator.cli import commands
from automator.reasons import audit as acts
from automator.reasons.audit import NO_CHANGE
from automator.server.access.guard import Calls, Guarded, refuse_unguarded
from automator.server.bootstrap.site import admin_routes
from automator.server.demo.sandbox import sandbox_pages
from automator.server.web.security import Role

#: The commands that change something without a call of the API, and what records it.
ALONE = {
    "replay": "its own change, if no server runs",
    "restore": "a row in the restored database",
    "store": "copies the trail as it is; the source is only read",
    "serve": "the server's own routes",
    "fix": "rule files, which are recorded when they come into force",
    "backup": "only reads",
}
#: The commands that only read, or whose changes are calls of the API.
OTHERS = {
    "status", "version", "help", "check", "test", "try", "intents", "simulate", "backtest", "plan",
    "apply", "promote", "schema", "log", "events", "rules", "why", "doctor", "bundle", "audit",
    "missed", "answers", "funnel", "coverage", "approvals", "approve", "decline", "take-again",
    "run", "audience", "contact", "limit", "subscribe", "profile", "chat-link", "target", "send",
    "sandbox", "fault", "link", "account", "token", "release", "prune", "mcp",
}  # fmt: skip


def changing() -> list[tuple[str, Guarded]]:
    routes = [*admin_routes(), *sandbox_pages(None, None)]  # type: ignore[arg-type]
    return [
        (f"{method} {route.path_format}", route.endpoint)
        for route in routes
        for method in route.methods or ()
        if method not in ("GET", "HEAD") and isinstance(route.endpoint, Guarded)
    ]


def test_every_route_that_changes_something_declares_its_change() -> None:
    assert len(changing()) > 100
    assert [name for name, guarded in changing() if guarded.act is None] == []


def test_a_route_without_a_declaration_stops_the_start() -> None:
    calls = Calls()

    @calls.declare("POST /api/new", Role.ADMIN, group="access")
    async def post_new(_context: object) -> None:  # type: ignore[type-var]
        """Changes something."""

    with pytest.raises(TypeError, match="no change for the audit trail"):
        refuse_unguarded(calls.routes)


def test_values_of_a_change_come_from_the_address_the_body_or_a_note() -> None:
    noted = {"files", "keys", "code", "count", "last", "token", "account", "what", "name", "rule"}
    for name, guarded in changing():
        text = "" if guarded.act is None else guarded.act.text
        places = {place for _, place, _, _ in string.Formatter().parse(text) if place}
        if "person" in places:
            parts = set(name.replace("{id}", "{id:path}").split("/"))
            assert {"{connection}", "{id:path}"} <= parts, name
        unknown = {p for p in places - noted - {"person"} if f"{{{p}" not in name}
        assert unknown == set(), name


def test_every_change_that_is_declared_is_made_somewhere() -> None:
    made = {guarded.act.code for _, guarded in changing() if guarded.act}
    made |= {
        route.endpoint.act.code
        for route in admin_routes()
        if isinstance(route, Route) and isinstance(route.endpoint, Guarded) and route.endpoint.act
    }
    made |= {"sign_in_refused", "audit_rows_ended", "backup_restored"}
    declared = {one.code for one in vars(acts).values() if isinstance(one, acts.ReasonKind)}
    assert declared == made
    assert NO_CHANGE.code == ""


def test_every_command_says_how_its_changes_are_recorded() -> None:
    known = {name for section in commands._SECTIONS.values() for name in section}
    assert known == {*ALONE, *OTHERS}
