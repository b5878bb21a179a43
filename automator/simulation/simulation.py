"""A simulation: an engine with its own folder and database, whose clock the caller moves."""

import asyncio
import contextlib
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field, fields, replace
from functools import partial
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from automator.clock import ManualClock
from automator.configuration.settings import Settings
from automator.engine.attempts.dry_http import dry_provider
from automator.engine.attempts.recording import Redactor
from automator.engine.composition import Engine, EngineParts, all_secrets, compose
from automator.engine.intake.intake import Accepted
from automator.engine.intake.stored_deliveries import stored_delivery
from automator.engine.links.tracked_links import TrackedLinks
from automator.engine.outbound.target_gate import TargetGate
from automator.engine.runs.hindrances import CancelMatcher
from automator.model import Claimed, Event, IdSource, Reason, Run, RunState, record
from automator.model.ids import MAX_NODE
from automator.model.speech import AGAIN, ANSWERS
from automator.plugins import AnyAction, Provider
from automator.providers import quota_reader
from automator.reasons.attempts.questions import question_expired, question_refused
from automator.reasons.tryout import test_takes_too_long, test_too_much
from automator.rules import RuleContext, load_rules
from automator.simulation.incoming import Arrival
from automator.simulation.recorder import RecordedPerformer, RecordedStep, Recorder
from automator.store import RunRow, Store, StoreOptions, open_store

#: How many simulated milliseconds to wait for follow-ups, if the caller sets no limit.
LONGEST_MS = 31 * 86_400_000
#: The limit of claims when days pass between two arrivals, in which a schedule may fire often.
MOST_CLAIMS_OF_DAYS = 200_000
#: After how many claims the real time is read again.
_AT_ONCE = 50
_DATABASE = "automator.db"


@record
class SimulationSetup:
    """The parts that all simulations of a rule set share."""

    #: The rule files by name, and then the names that rule files may refer to.
    files: Mapping[str, str]
    rule_context: RuleContext
    settings: Settings
    connections: Mapping[str, Provider]
    actions: Mapping[str, AnyAction]
    #: Finds a stored event by id, for tests that repeat one. Raises NotFoundError.
    stored: Callable[[int], Event] | None = None
    #: How many seconds of real time one simulation may take.
    most_seconds: float = 60.0
    #: How many claims may follow one arrival. Rules that need more are most likely in a loop.
    most_claims: int = 5_000


@record
class Setting:
    """The conditions under which one simulation begins."""

    #: The time at which it begins, in milliseconds since 1970.
    starts_at: int
    #: Values that replace all `vars` of the settings and the rule files.
    vars: Mapping[str, Any] = field(default_factory=dict)
    #: The assumed answers, by the id of the step that asks for them.
    answers: Mapping[str, Any] = field(default_factory=dict)
    #: Returns what a model said when a rule acted on an event, by the id of the step.
    recorded: Callable[[int, str], Mapping[str, Any]] | None = None
    #: True: every rollout includes all people; False: nobody. None: people's keys decide.
    rollout: bool | None = None
    #: What a person decides at once about each step that needs approval: `approved` or `declined`.
    #: `expired`: nobody decides, so that time goes on.
    approval: str = "approved"
    #: Is called with each attempt, which the simulation then does not store.
    watch: Callable[[Claimed, RecordedStep], None] | None = None


class Simulation:
    """A running simulation. Open it with `simulating`."""

    def __init__(
        self,
        setup: SimulationSetup,
        setting: Setting,
        folder: Path,
        store: Store,
        clock: ManualClock,
    ) -> None:
        self.clock = clock
        self.store = store
        self._setup = setup
        self._approval = setting.approval
        connections = {name: dry_provider(item) for name, item in setup.connections.items()}
        redactor = Redactor(all_secrets(setup.connections, setup.settings))
        self.recorder = Recorder(
            connections, redactor, setting.answers, setting.watch, setting.recorded
        )
        # Node number MAX_NODE: no server has it, so new ids differ from the ids of stored events.
        self._ids = IdSource(clock.now_ms, MAX_NODE)
        rule_context = replace(setup.rule_context, assumed=setting.vars, rollout=setting.rollout)
        self.engine: Engine = compose(
            EngineParts(
                settings=setup.settings,
                connections=connections,
                actions=setup.actions,
                rules=folder,
                load=partial(load_rules, rule_context),
                gate=TargetGate(
                    store=store,
                    targets=setup.settings.targets,
                    host_concurrency=setup.settings.egress.concurrency,
                    clock=clock,
                    read_quota=quota_reader(connections.values()),
                ),
                new_http=self.recorder.new_http,
                clock=clock,
                ids=self._ids,
                links=TrackedLinks(setup.settings.public_url),
                is_rehearsal=True,
                new_performer=partial(RecordedPerformer, recorder=self.recorder),
            ),
            store,
        )
        own = self.engine.own
        self._connections = {**connections, own.connection: own}
        self._claims_left = setup.most_claims
        self._deadline = time.monotonic() + setup.most_seconds

    @property
    def is_exhausted(self) -> bool:
        """Whether the simulation ended early, because it did too much or took too long."""
        return self._claims_left <= 0 or self.is_late

    @property
    def why_ended(self) -> Reason | None:
        """Returns the reason why the simulation ended early; None if it did not."""
        if self.is_late:
            return test_takes_too_long(limit=round(self._setup.most_seconds * 1000))
        if self.is_exhausted:
            return test_too_much(most=self._setup.most_claims)
        return None

    @property
    def is_late(self) -> bool:
        """Whether the simulation took more real time than it may."""
        return time.monotonic() > self._deadline

    async def receive(self, arrival: Arrival) -> tuple[int, ...]:
        """Moves time to the arrival, and takes it in. Returns the ids of its events, new or not."""
        self._claims_left = self._setup.most_claims
        await self.run_until(arrival.at)
        provider = self._connections[arrival.connection]
        intake = self.engine.intake
        if not arrival.written:
            accepted: Accepted = await intake.store_trusted(provider, arrival.request)
            receipts = accepted.receipts
        else:
            delivery = stored_delivery(self._ids.next(), arrival.connection, arrival.request)
            receipts = await intake.take_in(
                provider, delivery, *arrival.written, event_ids=arrival.event_ids
            )
        await self.work_off()
        return tuple(receipt.event_id for receipt in receipts)

    async def run_until(self, at: int) -> None:
        """Moves time forward, and performs every run when it is due."""
        while not self.is_exhausted:
            due = self.next_due()
            if due is None or due > at:
                break
            self._go_on_to(due)
            await self.work_off()
        self._go_on_to(at)

    async def play(
        self,
        arrivals: Iterable[Arrival],
        until: int | None,
        is_stopped: Callable[[], bool] = lambda: False,
        longest_ms: int = LONGEST_MS,
    ) -> int:
        """Takes in all arrivals, then moves time on to `until`; returns the number of events.

        If `until` is None, time moves on until no run waits, for `longest_ms` at most. The first
        arrival is taken in even if it is stopped at once.
        """
        count = 0
        for arrival in arrivals:
            is_over = count > 0 and (is_stopped() or self.is_exhausted)
            if is_over or (until is not None and arrival.at > until):
                break
            count += len(await self.receive(arrival))
        longest = self.clock.now_ms() + longest_ms
        while not (is_stopped() or self.is_exhausted):
            due = self.store.next_due() if until is None else self.next_due()
            if due is None or not self.clock.now_ms() < due <= (until or longest):
                break
            await self.run_until(due)
        if until is not None and not (is_stopped() or self.is_exhausted):
            await self.run_until(until)
        return count

    def next_due(self) -> int | None:
        """Returns when the next run is due, as of the last claim; None if no run waits."""
        engine = self.engine
        known = (self.store.next_due(), engine.schedules.next_at, engine.firings.next_at)
        return min((at for at in known if at is not None), default=None)

    def _go_on_to(self, at: int) -> None:
        self.clock.advance(max(0, at - self.clock.now_ms()) / 1000)

    async def work_off(self) -> None:
        """Performs every run that is due now."""
        await self.engine.schedules.fire_due()
        await self.engine.firings.go_on()
        while not self.is_exhausted:
            most = min(_AT_ONCE, self._claims_left)
            done = await self.engine.runner.work_off(most)
            self._claims_left -= done
            if done < most and not await self._decide():
                return

    async def _decide(self) -> bool:
        """Decides about the steps that wait for approval. Returns False if nobody decides."""
        proposed, self.recorder.proposed = self.recorder.proposed, []
        if self._approval == "expired":
            return False
        approvals = self.store.approvals
        judge = approvals.approve if self._approval == "approved" else approvals.decline
        for run_id, step in proposed:
            await judge(run_id, step, "")
        return bool(proposed)


@contextlib.asynccontextmanager
async def simulating(setup: SimulationSetup, setting: Setting) -> AsyncIterator[Simulation]:
    """Opens a simulation in a temporary folder, which is deleted afterwards.

    The caller's event loop must serve simulations only, because it does the work of threads itself.
    """
    asyncio.get_running_loop().set_default_executor(InlineExecutor())
    with tempfile.TemporaryDirectory(prefix="automator-simulation-") as name:
        folder = Path(name)
        (folder / _DATABASE).write_bytes(await _new_database())
        clock = ManualClock(setting.starts_at)
        store = await _open(folder, clock, keeps_attempts=setting.watch is None)
        try:
            await store.membership.join("simulation")
            simulation = Simulation(setup, setting, folder / "rules", store, clock)
            await simulation.engine.rulebook.adopt(setup.files)
            await simulation.work_off()
            yield simulation
        finally:
            await store.close()


async def _open(folder: Path, clock: ManualClock, *, keeps_attempts: bool = True) -> Store:
    return await open_store(
        f"sqlite:///{folder / _DATABASE}",
        clock=clock,
        node="starting",
        options=StoreOptions(
            cancel_matches=CancelMatcher(),
            shares_clock=False,
            is_ephemeral=True,
            keeps_attempts=keeps_attempts,
        ),
    )


#: An empty database with its tables: making it takes longer than most simulations.
_made: list[bytes] = []


async def _new_database() -> bytes:
    if not _made:
        with tempfile.TemporaryDirectory(prefix="automator-tables-") as name:
            await (await _open(Path(name), ManualClock(0))).close()
            _made.append((Path(name) / _DATABASE).read_bytes())
    return _made[0]


# --- The runs of a simulation, as they are at its end ---

_PAGE = 500


@record
class SimulatedRun(Run):
    """A run at the end of a simulation: of a rule (`path` is ""), or of one of its follow-ups."""

    #: The state or outcome as people see it: `answered`, `cancelled`, `sleeping` and so on.
    became: str
    #: What became of the question for whose answer it waits or has waited: `{"status", "value", …}`
    #: as later steps see it; empty if it has no question, or the question is still open.
    answer: Mapping[str, Any]
    steps: tuple[RecordedStep, ...]

    @property
    def is_about_answer(self) -> bool:
        """Whether it is only about one answer: it asks again, or says how that was judged."""
        return AGAIN in self.data


async def runs_of(simulation: Simulation, rule: str | None = None) -> list[SimulatedRun]:
    """Returns the runs of one rule, or of all rules, in the order in which they were stored."""
    log = simulation.store.log
    rows: list[RunRow] = []
    last = 0
    # All runs are read and compared: the log finds the runs of a rule by an index of words, which
    # the database of a simulation lacks.
    while page := await asyncio.to_thread(log.runs, after=last, limit=_PAGE):
        rows += [row for row in page if rule in (None, row.run.rule)]
        last = page[-1].id
    return [_simulated(simulation, row) for row in rows]


def _simulated(simulation: Simulation, row: RunRow) -> SimulatedRun:
    return SimulatedRun(
        **{one.name: getattr(row.run, one.name) for one in fields(row.run)},
        became=row.became,
        answer=_answer(row.run),
        steps=tuple(simulation.recorder.steps.get(row.id, ())),
    )


#: The end of a question → the word for it, as in `steps.ID.output.status`.
_UNANSWERED = {question_expired.code: "expired", question_refused.code: "refused"}


def _answer(run: Run) -> Mapping[str, Any]:
    if not (run.is_of_question and ANSWERS in run.data):
        return {}
    seen: Mapping[str, Any] = run.data["steps"].get(run.path, {}).get("output", {})
    if not seen and run.state is RunState.CANCELLED and run.reason is not None:
        return {"status": _UNANSWERED.get(run.reason.code, "unanswered")}
    return seen


# --- An executor that runs each function at once, in the calling thread ---


P = ParamSpec("P")
T = TypeVar("T")


class InlineExecutor(ThreadPoolExecutor):
    """Replaces the threads of an event loop that only simulations use.

    A simulation waits for each of its reads anyway, and a thread costs more than most reads do.
    """

    def submit(self, function: Callable[P, T], /, *arguments: P.args, **named: P.kwargs) -> Any:
        """Calls the function now, and returns its result as a finished future of the event loop.

        A coroutine that awaits this future goes on at once. The future of a real thread would have
        to wake the event loop.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        try:
            future.set_result(function(*arguments, **named))
        except BaseException as error:  # noqa: BLE001 - whoever waits for it gets it.
            future.set_exception(error)
        return future
