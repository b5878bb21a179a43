"""A whole server in this process, without its sockets and without its runner, for page tests."""

import contextlib
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

import pytest
from starlette.types import ASGIApp

from automator.clock import Clock, ManualClock, SystemClock
from automator.engine.doctor import credentials
from automator.engine.doctor.signature_schemes import scheme_of
from automator.engine.intake.intake import Accepted
from automator.engine.schedule.schedule_connection import ScheduleProvider
from automator.engine.schedule.schedules import Schedules
from automator.http.types import InboundRequest
from automator.model import format_id
from automator.model.log_filters import RunFilter
from automator.plugins import Provider
from automator.providers.simulator import build_sample, signed_request
from automator.server.access.sign_in_links import new_sign_in_link
from automator.server.access.tokens import create_token
from automator.server.bootstrap import process as starting
from automator.server.bootstrap.app import create_app
from automator.server.bootstrap.assembly import ServeOptions
from automator.server.bootstrap.process import running
from automator.server.reading.config import load_config
from automator.server.shared import sample_paths
from automator.server.shared.sample_paths import shapes_of
from automator.server.web.security import Role
from automator.server.web.services import Services
from tests.support.asgi import Caller, Reply
from tests.support.store import with_tables

URL = "http://127.0.0.1:8080"
RULES = """\
rules:
  - id: price-question
    name: Answer price questions
    trigger: {event: comment.created}
    conditions:
      - keywords(event.text, ['giá', 'bao nhiêu'])
    actions:
      - reply: "Chào {{ event.actor.name }}, shop đã nhắn tin cho bạn ạ."
"""
Found = TypeVar("Found")
_CSRF = re.compile(r'name="csrf" content="([0-9a-f]{64})"')


@dataclass(slots=True)
class Site:
    """A server and what tests do with it."""

    app: ASGIApp
    services: Services
    _serial: int = 1000

    def caller(self) -> Caller:
        """Somebody who is not signed in."""
        return Caller(self.app)

    def program(self, secret: str = "") -> Caller:
        """A program with this API token, or with the one of commands on this machine."""
        caller = self.caller()
        caller.headers["authorization"] = f"Bearer {secret or self.services.control_token}"
        return caller

    async def program_as(self, role: Role) -> Caller:
        """A program with a new API token of this role."""
        store, now_ms = self.services.store, self.services.clock.now_ms()
        _, secret = await create_token(store, name=f"desk-{role.label}", role=role, now_ms=now_ms)
        return self.program(secret)

    async def link(self, **wanted: Any) -> str:
        """A new sign-in link, of the owner where no other account is named."""
        services = self.services
        now_ms = services.clock.now_ms()
        return await new_sign_in_link(services.store, services.outside_url, now_ms=now_ms, **wanted)

    async def signed_in(self, role: Role = Role.ADMIN) -> Caller:
        """Somebody with this role."""
        link = await self.link(account=role.label, role=role)
        caller = self.caller()
        token = link.rpartition("/")[2]
        reply = await caller.post("/sign-in", {"token": token, "next": "/log"})
        assert reply.status == 303, reply.text
        return caller

    def settings_text(self) -> str:
        """The present contents of its automator.yaml."""
        assert self.services.settings_file
        return self.services.settings_file.path.read_text(encoding="utf-8")

    async def csrf(self, caller: Caller) -> str:
        """The token in this person's pages."""
        found = _CSRF.search((await caller.get("/settings")).text)
        assert found
        return found[1]

    async def press(self, caller: Caller, path: str, /, **form: str) -> Reply:
        """Somebody presses a button of a page: its form is sent with the token of the page."""
        return await caller.post(path, {"csrf": await self.csrf(caller), **form})

    async def event(
        self,
        text: str = "Giá bao nhiêu vậy shop?",
        actor_name: str = "Lan",
        sample: str = "comment.created",
        person: str = "",
    ) -> tuple[str, str]:
        """A comment, or another sample, through the whole intake: the ids of its event and of its
        first run.
        """
        self._serial += 1
        now_ms = self.services.clock.now_ms()
        written = build_sample(
            f"facebook/{sample}",
            serial=self._serial,
            now_ms=now_ms,
            text=text,
            changes={"event.actor.id": person} if person else {"event.actor.name": actor_name},
        )
        provider = self.services.connections["demo-page"]
        headers, body = signed_request(provider, written, now_ms, f"test-{self._serial}")
        request = InboundRequest("POST", "", tuple(headers.items()), body, now_ms, "127.0.0.1")
        accepted = await self.services.intake.receive(provider, request)
        assert isinstance(accepted, Accepted)
        event_id = accepted.receipts[0].event_id
        runs = self.services.store.log.runs(RunFilter(event_id=event_id))
        return format_id(event_id), format_id(runs[0].id) if runs else ""

    async def half_an_hour_goes_by(self) -> None:
        """For the schedules of this server; those for contacts take their first portion."""
        services, clock = self.services, ManualClock(SystemClock().now_ms())
        schedules = Schedules(
            provider=ScheduleProvider(),
            rulebook=services.rulebook,
            intake=services.intake,
            store=services.store,
            clock=clock,
            on_firing=services.firings.wake,
        )
        await schedules.fire_due()
        clock.advance(1800)
        await schedules.fire_due()
        await services.firings.go_on()


class _AskedOnce(Generic[Found]):
    """The answers of a function of a provider, which depend on its options alone.

    To look into all samples, and to sign for all connections, takes longer than most tests.
    """

    def __init__(self, ask: Callable[[Provider], Found]) -> None:
        self._ask = ask
        self._answers: dict[tuple[str, str], Found] = {}

    def __call__(self, provider: Provider) -> Found:
        described = (provider.name, repr(provider.options))
        if described not in self._answers:
            self._answers[described] = self._ask(provider)
        return self._answers[described]


_shapes_of = _AskedOnce(shapes_of)
_scheme_of = _AskedOnce(scheme_of)


@contextlib.asynccontextmanager
async def open_site(
    folder: Path,
    rules: str = RULES,
    *,
    clock: Clock | None = None,
    public_url: str = "",
    settings_text: str | None = None,
    database: str | None = None,
) -> AsyncIterator[Site]:
    """A demo server in a folder, or one with an automator.yaml; its rule file is `prices.yaml`.

    `database` is the address of one with tables; otherwise it is a file in the folder. With a clock
    of its own, pages and sign-in go by it; the store stays with the system's.
    """
    (folder / "rules").mkdir(parents=True)
    if database is None:
        with_tables(folder / "data")
    (folder / "rules" / "prices.yaml").write_text(rules, encoding="utf-8")
    path = None if settings_text is None else folder / "automator.yaml"
    if path is not None:
        path.write_text(settings_text or "", encoding="utf-8")
    options = ServeOptions(
        config=path,
        rules=folder / "rules",
        data=folder / "data",
        host="127.0.0.1",
        port=8080,
        demo=path is None,
        database=database,
    )
    config = load_config(path, options.data, path is None, url=URL).require()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sample_paths, "shapes_of", _shapes_of)
        patch.setattr(credentials, "scheme_of", _scheme_of)
        # On a busy machine a delivery may wait longer here than its sender would.
        patch.setattr(starting, "INGEST_TIMEOUT_S", 30.0)
        async with running(options, config, URL, lambda: None) as services:
            if public_url:
                settings = services.settings.model_copy(update={"public_url": public_url})
                services = replace(services, settings=settings)
            if clock is not None:
                services = replace(services, clock=clock)
            yield Site(create_app(services), services)
