"""No request computes for long on the event loop: deliveries are answered in between.

The work of each turn of the loop is counted in calls of functions, for every page and every call
of the API that reads, over a long rule file and full lists. Threads are not counted.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Route

from automator.server.access.guard import Guarded
from automator.server.bootstrap.site import admin_routes
from automator.server.http.parameters import NumberParameter
from automator.server.pages.activity.live import MOST_PER_ACCOUNT
from automator.server.pages.rules.rule_changes import CHANGES
from automator.server.web.security import Role
from automator.server.web.templates import environment
from tests.integration.server.pages.activity.test_live import watching
from tests.integration.server.pages.test_in_vietnamese import NEEDS_MORE, seeded
from tests.support.asgi import Caller, Reply
from tests.support.site import Site, open_site
from tests.support.statements import STATEMENTS
from tests.support.turns import Turns, counted_turns

#: Calls of functions in one turn, 100 for each rule of the long file. To read it once takes more.
MOST = 40_000
#: The same for a piece of a file, or for new rows of the log, which are made in threads.
MOST_OF_A_PIECE = 6_000
RULE = """\
  - id: rule-{number}
    name: Rule {number}
    trigger: {{event: comment.created}}
    conditions: ["keywords(event.text, ['giá {number}', 'bao nhiêu'])"]
    actions:
      - reply: "Dạ {{{{ event.actor.name }}}}"
      - follow_up: {{after: 2h, actions: [log: nhắc]}}
"""
OTHERS = """\
  - id: watches
    mode: shadow
    rollout: {percent: 100}
    trigger: {event: comment.created}
    actions: [reply: Dạ]
  - id: elsewhere
    trigger: {event: comment.created}
    actions: [forward: {to: demo-target}]
  - id: weekly
    trigger: {schedule: {cron: "0 9 * * mon"}, contacts: {connection: demo-page}}
    actions: [message: chào]
"""
#: Rules of the long file, and of the shorter one for buttons, each of which reads it several times.
LONG, SHORTER = 400, 200
#: Answers that never end.
STREAMS = ("/log/live", "/demo/news")


def addresses(pages: dict[str, list[str]]) -> Iterator[str]:
    """Every address that is read, with one of what stands for its places."""
    places = {
        "{connection}/{id:path}": pages["/contacts/{connection}/{id}"][0],
        "{connection}/{code}": pages["/erasures/{connection}/{code}"][0],
        "{file:path}": "prices.yaml",
        "{name:path}": "app.css",
        "{name}": "demo-page",
        "{rule}": "weekly",
        "{provider}": "facebook",
        "{key}": pages["/rules/gallery/{key}"][0],
        "{token}": "none",
    }
    for route in admin_routes():
        if not isinstance(route, Route) or "GET" not in (route.methods or ()):
            continue
        path = route.path
        if path in STREAMS:
            continue
        beginning = path.removeprefix("/api").partition("{")[0]
        known = pages.get(f"{beginning}{{id}}")
        if known:
            path = path.replace("{id}", known[0].rpartition("/")[2])
        for place, value in places.items():
            path = path.replace(place, value)
        yield NEEDS_MORE.get(path, path)


def lists_of_the_api() -> Iterator[str]:
    """Every list, with as many items as one may ask for."""
    for route in admin_routes():
        guarded = route.endpoint
        assert isinstance(guarded, Guarded)
        for parameter in guarded.parameters or ():
            if isinstance(parameter, NumberParameter):
                yield f"{route.path}?{parameter.name}={parameter.most}".replace("{rule}", "weekly")


def file_of(rules: int) -> str:
    """A file with so many alike rules, and some others."""
    return "rules:\n" + "".join(RULE.format(number=number) for number in range(rules)) + OTHERS


def many_rules(name: str) -> str:
    """A file with rules that no other file has."""
    return "rules:\n" + "".join(
        RULE.format(number=number).replace("rule-", f"{name}-") for number in range(LONG)
    )


class Measured:
    """Asks, and notes each answer that took a turn too long."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self.too_long: list[str] = []

    async def ask(self, said: str, caller: Caller, *sent: Any) -> Reply:
        """One request."""
        self._turns.forget()
        method, _, path = said.partition(" ")
        ask = caller.get if method == "GET" else caller.post
        reply = await ask(path.partition(" ")[0], *sent)
        if self._turns.most >= self._turns.bound:
            self.too_long.append(f"{said}: {self._turns.most} calls, as in {self._turns.place}")
        return reply


@pytest.fixture
async def full(tmp_path: Path, request: pytest.FixtureRequest) -> Any:
    """A server with a long rule file and full lists, on which no page was shown yet."""
    rules = file_of(getattr(request, "param", LONG))
    environment.cache_clear()
    STATEMENTS.clear()
    async with open_site(tmp_path, rules) as site:
        for number in range(80):
            await site.event(f"giá {number} " + "w" * 3000, person=str(10_000 + number))
        yield site


async def test_no_page_and_no_call_that_reads_keeps_the_loop(full: Site) -> None:
    admin = await full.signed_in()
    pages = await seeded(full, admin)
    with counted_turns(MOST) as turns:
        measured = Measured(turns)
        for address in addresses(pages):
            await measured.ask(f"GET {address}", admin)
        for address in lists_of_the_api():
            await measured.ask(f"GET {address}", admin)
        for view in ("text", "form", "form&rule=7", "form&near=900"):
            await measured.ask(f"GET /rules/prices.yaml?view={view}", admin)

    assert not measured.too_long, "\n".join(measured.too_long)


async def test_no_file_to_save_is_made_on_the_loop(full: Site) -> None:
    viewer = await full.signed_in(Role.VIEWER)
    with counted_turns(MOST_OF_A_PIECE) as turns:
        for path in (
            "/log/export.csv",
            "/log/export.ndjson",
            "/contacts/export.csv",
            "/api/contact-data/demo-page/10007",
        ):
            turns.forget()
            reply = await viewer.get(path)

            assert reply.status == 200, path
            assert len(reply.text.splitlines()) > 1, path
            assert turns.most < MOST_OF_A_PIECE, f"{path}: {turns.place}"


async def test_the_rows_of_many_streams_of_the_log_are_made_beside_the_loop(full: Site) -> None:
    viewer = await full.signed_in(Role.VIEWER)
    with counted_turns(MOST_OF_A_PIECE) as turns:
        async with contextlib.AsyncExitStack() as opened:
            streams = [
                await opened.enter_async_context(watching(viewer, "/log/live?after=0.0"))
                for _ in range(MOST_PER_ACCOUNT)
            ]
            for stream in streams:
                await stream.until("giá 7", timeout_s=90)
            await full.event("giá 900")
            for stream in streams:
                await stream.until("giá 900", timeout_s=90)

    assert turns.most < MOST_OF_A_PIECE, turns.place


@pytest.mark.parametrize("full", [SHORTER], indirect=True)
async def test_no_button_over_a_long_file_keeps_the_loop(full: Site) -> None:
    admin = await full.signed_in()
    form = {"csrf": await full.csrf(admin), "file": "prices.yaml", "rule": "3"}
    form["text"] = file_of(SHORTER)
    form["etag"] = (await admin.get("/api/rules/prices.yaml")).json()["etag"]
    with counted_turns(MOST * SHORTER // LONG) as turns:
        measured = Measured(turns)
        for do in ("apply", "text", "show", "new-rule", "add:", "group:any", "remove:0", "up:1"):
            sent = {**form, "do": do, "name": "Another", "action": "log"}
            await measured.ask(f"POST /rules/form {do}", admin, sent)
        for name in ("check", "tests", "try", "preview", "keep"):
            await measured.ask(f"POST /rules/{name}", admin, form)
        for do in ("check", "diff", "compare"):
            await measured.ask(f"POST /rules/prices.yaml {do}", admin, {**form, "do": do})
        for change in CHANGES:
            of = {"csrf": form["csrf"], "file": "prices.yaml", "rule": "rule-9", "name": "Other"}
            await measured.ask(f"POST /rules/{change}", admin, of)

    assert not measured.too_long, "\n".join(measured.too_long)


async def test_new_rules_are_taken_over_and_met_by_the_first_event_without_keeping_the_loop(
    full: Site,
) -> None:
    program, services = full.program(), full.services
    node = services.rulebook
    # The test's own check of answers reads the whole description of the API before the first.
    await program.get("/api/rules")
    with counted_turns(MOST) as turns:
        saved = await program.json(
            "PUT", "/api/rules/saved.yaml", {"text": many_rules("saved")}, {"if-none-match": "*"}
        )
        assert saved.status == 200, saved.text
        await full.event("giá 7")
        node.folder.joinpath("changed.yaml").write_text(many_rules("changed"), encoding="utf-8")
        assert await node.reload_if_changed()
        await full.event("giá 8")
        files = {**node.active.rule_set.files, "published.yaml": many_rules("published")}
        revision = await services.store.rulesets.publish(files, "of another node", "minh")
        assert await node.follow()
        await full.event("giá 9", sample="message.received", person="2002")

        assert turns.most < MOST, turns.place
    assert node.active.revision == revision
    assert len(node.active.rule_set.rules) == 4 * LONG + 3
