"""An engine over a real database, with a clock that is moved by hand and a scripted outside."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from automator.actions import WRITE, builtin_actions
from automator.clock import ManualClock
from automator.configuration.secrets import Secret
from automator.configuration.settings import Budgets, Settings
from automator.configuration.target import Model, Target
from automator.configuration.time_intervals import TimeInterval
from automator.engine.attempts.performer import StepPerformer
from automator.engine.attempts.recording import RecordingHttp, Redactor
from automator.engine.composition import EngineParts, all_secrets, compose
from automator.engine.intake.intake import Accepted, Intake
from automator.engine.intake.written_messages import WrittenMessages
from automator.engine.links.clicks import Clicks
from automator.engine.links.link_tokens import LinkKeys
from automator.engine.links.tracked_links import TrackedLinks
from automator.engine.outbound.gated_http import GatedHttp
from automator.engine.outbound.target_gate import TargetGate
from automator.engine.rulesets.rulebook import RuleBook
from automator.engine.runs.hindrances import CancelMatcher
from automator.engine.runs.runner import Runner
from automator.engine.schedule.firings import Firings
from automator.engine.schedule.schedules import Schedules
from automator.http.types import InboundRequest
from automator.model import IdSource, Run, RunState, StoreUnavailableError
from automator.plugins import Provider
from automator.providers import quota_reader
from automator.providers.facebook import FacebookProvider
from automator.providers.simulator import SampleRequest, signed_request
from automator.rules import RuleContext, load_rules
from automator.store import RunDetail, Store, StoreOptions, open_store
from tests.support.http import ScriptedHttp
from tests.support.page_events import SECRET, comment, delivery, echo, message, signed
from tests.support.store import with_tables

CONNECTION = "shop-page"
#: A lease of this many seconds has run out by the time that the tests have moved the clock so far.
LEASE_S = 30.0
#: The tracked links of all worlds.
LINKS = TrackedLinks("https://bot.example", LinkKeys([b"the key of all worlds"]))
_DATABASE = "database"
_PATIENCE_S = 60.0
#: Looks in a row without any change; each lets the runner claim and the writer commit once.
_QUIET_LOOKS = 2
#: As above while something is due, which may have to wait for its lane.
_QUIET_LOOKS_WHILE_DUE = 25


@dataclass(kw_only=True)
class World:
    """The actions and the observations of a scenario."""

    clock: ManualClock
    http: ScriptedHttp
    store: Store
    rulebook: RuleBook
    intake: Intake
    clicks: Clicks
    written: WrittenMessages
    schedules: Schedules
    firings: Firings
    performer: StepPerformer
    runner: Runner
    gate: TargetGate
    provider: FacebookProvider

    async def comments(self, number: int, person: str, text: str) -> Accepted:
        """Somebody comments under a post."""
        said = comment(number, person, text, at=self.clock.now_ms())
        return await self.receives(delivery(changes=[said]))

    async def writes(self, number: int, person: str, text: str) -> Accepted:
        """Somebody writes a message to the Page."""
        said = message(number, person, text, at=self.clock.now_ms())
        return await self.receives(delivery(messaging=[said]))

    async def handles_comment(self, number: int, person: str, text: str) -> Accepted:
        """Somebody comments under a post, and everything that is due then is done."""
        accepted = await self.comments(number, person, text)
        await self.settled()
        return accepted

    async def handles_message(self, number: int, person: str, text: str) -> Accepted:
        """Somebody writes a message to the Page, and everything that is due then is done."""
        accepted = await self.writes(number, person, text)
        await self.settled()
        return accepted

    async def receives_messages(self, *messages: Mapping[str, Any]) -> Accepted:
        """Several messages in one delivery."""
        return await self.receives(delivery(messaging=list(messages)))

    async def arrives(self, provider: Provider, sample: SampleRequest) -> Accepted:
        """A sample comes in through one of the other connections."""
        now_ms = self.clock.now_ms()
        headers, body = signed_request(provider, sample, now_ms, sample.name)
        request = InboundRequest("POST", "", tuple(headers.items()), body, now_ms)
        accepted = await self.intake.receive(provider, request)
        assert isinstance(accepted, Accepted)
        return accepted

    async def answers_by_hand(
        self, number: int, person: str, *, app_id: int | None = None
    ) -> Accepted:
        """Somebody of the shop writes to a person, not through this server."""
        sent = echo(number, person, "Em là nhân viên ạ", at=self.clock.now_ms(), app_id=app_id)
        return await self.receives(delivery(messaging=[sent]))

    async def settled(self) -> None:
        """Until no run is under way and nothing changes any more, though the runner looks."""
        deadline = time.monotonic() + _PATIENCE_S
        before: list[Run] = []
        quiet = 0
        enough = _QUIET_LOOKS
        while quiet < enough:
            assert time.monotonic() < deadline, f"still busy: {before}"
            self.runner.wake()
            await asyncio.sleep(0.01)
            await self.committed()
            rows = await asyncio.to_thread(self.store.log.runs, limit=200)
            now = [row.run for row in rows]
            is_busy = any(run.state is RunState.RUNNING for run in now)
            is_due = any(
                run.state is RunState.QUEUED and run.run_at <= self.clock.now_ms() for run in now
            )
            enough = _QUIET_LOOKS_WHILE_DUE if is_due else _QUIET_LOOKS
            quiet = 0 if is_busy or now != before else quiet + 1
            before = now

    async def committed(self) -> None:
        """Until all that the store was asked for before this is done, however slow the disk is."""
        with contextlib.suppress(StoreUnavailableError):
            await self.store.return_runs(())

    async def passes(self, seconds: float) -> None:
        """Time goes by, with a beat of this node at its end, and what is due is done."""
        await self.moves_clock(seconds)
        await self.settled()

    async def moves_clock(self, seconds: float) -> None:
        """Time goes by, with a beat of this node and a look at what fires by itself at its end."""
        self.clock.advance(seconds)
        await self.runner.renew_leases(self.rulebook.active.revision)
        await self.schedules.fire_due()
        await self.firings.go_on()

    async def runs(self) -> list[RunDetail]:
        """Every run with its attempts, the oldest first."""
        rows = await asyncio.to_thread(self.store.log.runs, limit=200)
        found = [await asyncio.to_thread(self.store.log.run, row.id) for row in reversed(rows)]
        return [detail for detail in found if detail is not None]

    async def receives(self, body: bytes) -> Accepted:
        """A delivery of the Page comes in."""
        request = InboundRequest(
            method="POST",
            query="",
            raw_headers=tuple(signed(body).items()),
            body=body,
            received_at=self.clock.now_ms(),
        )
        accepted = await self.intake.receive(self.provider, request)
        assert isinstance(accepted, Accepted)
        return accepted


async def until(holds: Callable[[], bool]) -> None:
    """Waits for something that another task does."""
    deadline = time.monotonic() + _PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        await asyncio.sleep(0.01)


def keep_in(folder: Path, url: str) -> None:
    """The worlds of this folder keep everything in this database, instead of a file beside it."""
    (folder / _DATABASE).write_text(url, encoding="utf-8")


def database_in(folder: Path) -> str:
    """The address of the database of a folder's worlds."""
    chosen = folder / _DATABASE
    if chosen.exists():
        return chosen.read_text(encoding="utf-8")
    return with_tables(folder)


@contextlib.asynccontextmanager
async def a_world(
    folder: Path,
    rules: str,
    *,
    clock: ManualClock | None = None,
    node: int = 1,
    intervals: Mapping[str, TimeInterval] | None = None,
    targets: Mapping[str, Target] | None = None,
    budgets: Budgets | None = None,
    others: Mapping[str, Provider] | None = None,
    variables: Mapping[str, Any] | None = None,
    notify: Mapping[str, Secret] | None = None,
    model: Model | None = None,
    shop_texts: Mapping[str, str] | None = None,
) -> AsyncIterator[World]:
    """A running engine on a folder; it may be opened again after it was closed.

    `others` are connections beside that of the Page, `variables` the `vars` of automator.yaml.

    Runs that an earlier world has left claimed are taken over first: at once if one process has the
    database, else as soon as the lease is over.
    """
    clock = clock or ManualClock()
    (folder / "rules").mkdir(exist_ok=True)
    (folder / "rules" / "shop.yaml").write_text(rules, encoding="utf-8")
    for name, text in (shop_texts or {}).items():
        (folder / "rules" / "knowledge").mkdir(exist_ok=True)
        (folder / "rules" / "knowledge" / f"{name}.md").write_text(text, encoding="utf-8")
    store = await open_store(
        database_in(folder),
        clock=clock,
        node="starting",
        options=StoreOptions(cancel_matches=CancelMatcher(), lease_s=LEASE_S, shares_clock=False),
    )
    await store.membership.join("a test")
    await store.recover()
    settings = Settings(
        targets={"crm": Target(url="https://crm.example/in"), **(targets or {})},
        notify=dict(notify or {}),
        budgets=budgets or Budgets(),
        model=model,
        workers=8,
    )
    rule_context = RuleContext(
        actions=builtin_actions(),
        time_intervals=intervals or {},
        vars=variables or {},
    )
    world = await _assemble(folder, store, clock, node, settings, rule_context, others or {})
    working = asyncio.create_task(world.runner.run())
    try:
        yield world
    finally:
        await world.runner.stop()
        await working
        with contextlib.suppress(StoreUnavailableError):
            await store.membership.leave()
        await store.close()


@contextlib.asynccontextmanager
async def two_worlds(
    folder: Path,
    url: str,
    rules: str,
    clock: ManualClock,
    *,
    budgets: Budgets | None = None,
    model: Model | None = None,
    shop_texts: Mapping[str, str] | None = None,
) -> AsyncIterator[tuple[World, World]]:
    """Two nodes with a folder each, which share a database and a clock."""
    for name in ("a", "b"):
        (folder / name).mkdir()
        keep_in(folder / name, url)
    shared: dict[str, Any] = {"budgets": budgets, "model": model, "shop_texts": shop_texts}
    async with (
        a_world(folder / "a", rules, clock=clock, node=1, **shared) as first,
        a_world(folder / "b", rules, clock=clock, node=2, **shared) as second,
    ):
        yield first, second


async def _assemble(
    folder: Path,
    store: Store,
    clock: ManualClock,
    node: int,
    settings: Settings,
    rule_context: RuleContext,
    others: Mapping[str, Provider],
) -> World:
    options = FacebookProvider.options_model.model_validate(
        {
            "provider": "facebook",
            "app_secret": SECRET,
            "verify_token": "verify-token-for-tests",
            "page_access_token": "page-token-for-tests",
            "graph_url": "http://127.0.0.1:1/facebook/v26.0",
        }
    )
    provider = FacebookProvider(CONNECTION, options)
    connections: dict[str, Provider] = {CONNECTION: provider, **others}
    names = {name: item.name for name, item in connections.items()}
    rule_context = replace(rule_context, connections=names)
    http = ScriptedHttp()
    redactor = Redactor(all_secrets(connections, settings))
    gate = TargetGate(
        store=store,
        targets=settings.targets,
        host_concurrency=4,
        clock=clock,
        read_quota=quota_reader(connections.values()),
    )
    performers: list[StepPerformer] = []

    def new_performer(**ports: Any) -> StepPerformer:
        performers.append(StepPerformer(**ports))
        return performers[0]

    engine = compose(
        EngineParts(
            settings=settings,
            connections=connections,
            actions=rule_context.actions,
            write=WRITE,
            rules=folder / "rules",
            load=partial(load_rules, rule_context),
            gate=gate,
            new_http=lambda is_retry, has_reservation, event: RecordingHttp(
                GatedHttp(gate, http, is_retry=is_retry, has_reservation=has_reservation),
                redactor,
                gate.destinations.name_of,
                event,
            ),
            clock=clock,
            ids=IdSource(clock.now_ms, node),
            links=LINKS,
            new_performer=new_performer,
        ),
        store,
    )
    await engine.rulebook.open()
    return World(
        clock=clock,
        http=http,
        store=store,
        rulebook=engine.rulebook,
        intake=engine.intake,
        clicks=engine.clicks,
        written=engine.written,
        schedules=engine.schedules,
        firings=engine.firings,
        performer=performers[0],
        runner=engine.runner,
        gate=gate,
        provider=provider,
    )
