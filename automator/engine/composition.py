"""Joins the parts of an engine around one store: the intake of events and the runner of runs.

The server, simulations and tests all make their engines here, so all engines work alike.
"""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from automator.clock import Clock
from automator.configuration.secrets import (
    KnownSecrets,
    Secret,
    secrets_of_address,
)
from automator.configuration.settings import Settings
from automator.engine.attempts.look_ups import (
    LookUps,
    NameLookups,
    NewHttp,
    PartLookups,
    earlier_lines,
)
from automator.engine.attempts.next_step import Receivers, StepPorts
from automator.engine.attempts.performer import Permissions, StepPerformer
from automator.engine.figures.summary import summary_of
from automator.engine.intake.intake import Intake
from automator.engine.intake.written_messages import WrittenMessages
from automator.engine.links.clicks import Clicks
from automator.engine.links.tracked_links import TrackedLinks
from automator.engine.network.proxy import Proxy
from automator.engine.outbound.target_gate import TargetGate
from automator.engine.rulesets.revisions import RuleLoader
from automator.engine.rulesets.rulebook import RuleBook
from automator.engine.runs.progress import Settler
from automator.engine.runs.run_carrier import EmittedEvents, RunCarrier
from automator.engine.runs.runner import Runner
from automator.engine.schedule.firings import Firings
from automator.engine.schedule.schedule_connection import ScheduleProvider
from automator.engine.schedule.schedules import Schedules
from automator.model import Delivery, IdSource, PermanentError, record
from automator.plugins import AnyAction, Provider
from automator.reasons.attempts.steps import no_delivery
from automator.rules import rule_by_hand
from automator.store import Store


@record
class EngineParts:
    """The parts from which an engine is made, in addition to its store."""

    settings: Settings
    connections: Mapping[str, Provider]
    actions: Mapping[str, AnyAction]
    #: The action that sends people's handwritten messages; None where nobody writes by hand.
    write: AnyAction | None = None
    #: The folder of the rule files; below, the function that loads them.
    rules: Path
    load: RuleLoader
    #: The same without warnings, for moments when loading has to be quick.
    load_quickly: RuleLoader | None = None
    gate: TargetGate
    #: Makes the recorded HTTP port of one attempt.
    new_http: NewHttp
    clock: Clock
    ids: IdSource
    links: TrackedLinks
    #: Whether nothing is really carried out, as in a test of rules or a simulation.
    is_rehearsal: bool = False
    #: Makes the performer of attempts. A simulation replaces it to observe the attempts.
    new_performer: Callable[..., StepPerformer] = StepPerformer


def all_secrets(connections: Mapping[str, Provider], settings: Settings) -> tuple[Secret, ...]:
    """Every secret of a configuration. These are removed from everything that is stored."""
    proxy = Proxy.of(settings.egress)
    return (
        *(secret for item in connections.values() for secret in item.secrets()),
        *(secret for _, place in settings.places() for secret in place.secrets()),
        *(part for address in settings.notify.values() for part in secrets_of_address(address)),
        *(item.known() for item in settings.secrets.values()),
        *settings.links.secret,
        *([settings.sign_in.oidc.client_secret] if settings.sign_in.oidc else ()),
        *(proxy.secrets() if proxy else ()),
    )


@record
class Engine:
    """The parts of an engine. Its `rulebook` is not open yet, and its `runner` is not started."""

    rulebook: RuleBook
    intake: Intake
    clicks: Clicks
    written: WrittenMessages
    schedules: Schedules
    firings: Firings
    runner: Runner
    #: The provider of events that schedules and the server itself raise.
    own: ScheduleProvider


def compose(parts: EngineParts, store: Store) -> Engine:
    """Makes the parts of an engine and joins them around a store."""
    rulebook = RuleBook(
        parts.rules,
        store=store,
        load=parts.load,
        load_quickly=parts.load_quickly,
        clock=parts.clock,
    )
    own = ScheduleProvider()
    lookups = PartLookups(parts.clock)
    intake = _intake(parts, store, rulebook, lookups)
    firings = _firings(parts, store, rulebook, intake)
    performer = _performer(parts, store, own, lookups)
    return Engine(
        rulebook=rulebook,
        intake=intake,
        clicks=Clicks(
            connections=parts.connections,
            intake=intake,
            store=store,
            clock=parts.clock,
            ids=parts.ids,
        ),
        written=WrittenMessages(
            connections=parts.connections,
            intake=intake,
            rulebook=rulebook,
            store=store,
            clock=parts.clock,
            ids=parts.ids,
        ),
        schedules=_schedules(parts, store, rulebook, intake, own, firings),
        firings=firings,
        runner=_runner(parts, store, rulebook, performer, intake),
        own=own,
    )


def _intake(parts: EngineParts, store: Store, rulebook: RuleBook, lookups: PartLookups) -> Intake:
    return Intake(
        connections=parts.connections,
        rulebook=rulebook,
        store=store,
        clock=parts.clock,
        ids=parts.ids,
        learn_post=lookups.learn,
        secrets=KnownSecrets(all_secrets(parts.connections, parts.settings)),
        traces=parts.settings.traces is not None,
    )


def _firings(parts: EngineParts, store: Store, rulebook: RuleBook, intake: Intake) -> Firings:
    return Firings(
        connections=parts.connections,
        actions=parts.actions,
        budgets=parts.settings.budgets,
        rulebook=rulebook,
        intake=intake,
        store=store,
        clock=parts.clock,
        ids=parts.ids,
    )


def _schedules(
    parts: EngineParts,
    store: Store,
    rulebook: RuleBook,
    intake: Intake,
    own: ScheduleProvider,
    firings: Firings,
) -> Schedules:
    return Schedules(
        provider=own,
        rulebook=rulebook,
        intake=intake,
        store=store,
        clock=parts.clock,
        on_firing=firings.wake,
        summarize=partial(_summary, parts, store, rulebook),
    )


def _summary(parts: EngineParts, store: Store, rulebook: RuleBook, days: int) -> Mapping[str, Any]:
    """The figures of the last `days` days, for the event of a schedule. Blocks."""
    names = {rule.spec.id: rule.spec.name for rule in rulebook.active.rule_set.rules}
    settings = parts.settings
    wanted, now_ms = settings.missed_buyers, parts.clock.now_ms()
    return summary_of(store.log, names, wanted, now_ms, settings.zone, days=days)


def _performer(
    parts: EngineParts, store: Store, own: ScheduleProvider, lookups: PartLookups
) -> StepPerformer:
    written = {} if parts.write is None else {parts.write.name: parts.write}
    return parts.new_performer(
        ports=StepPorts(
            actions={**parts.actions, **written},
            connections={**parts.connections, own.connection: own},
            targets=parts.settings.targets,
            notify=parts.settings.notify,
            secrets=parts.settings.secrets,
            model=parts.settings.model,
            earlier=partial(earlier_lines, store.log),
            load_delivery=lambda event_id: _load_delivery(store, event_id),
            links=parts.links,
            trace_ratio=parts.settings.traces.ratio if parts.settings.traces else None,
            is_rehearsal=parts.is_rehearsal,
        ),
        new_http=parts.new_http,
        clock=parts.clock,
        permissions=Permissions(
            ask=store.ask_to_speak,
            recall=store.log.variant,
            budgets=parts.settings.budgets,
            clock=parts.clock,
        ),
        look_ups=LookUps(names=NameLookups(parts.clock), parts=lookups, new_http=parts.new_http),
        receivers=Receivers(contact=store.log.contact),
    )


def _runner(
    parts: EngineParts, store: Store, rulebook: RuleBook, performer: StepPerformer, intake: Intake
) -> Runner:
    settler = Settler(store, parts.gate)
    emitted = EmittedEvents(
        connections=performer.ports.connections,
        take_in=intake.take_in,
        settler=settler,
        clock=parts.clock,
        ids=parts.ids,
    )
    carrier = RunCarrier(
        store=store,
        revisions=rulebook.revisions,
        performer=performer,
        settler=settler,
        emitted=emitted,
        clock=parts.clock,
        ids=parts.ids,
        still_waits=rulebook.still_waits,
        by_hand=None if parts.write is None else rule_by_hand(parts.write),
        secrets=KnownSecrets(all_secrets(parts.connections, parts.settings)),
    )
    return Runner(
        store=store,
        carrier=carrier,
        settler=settler,
        gate=parts.gate,
        clock=parts.clock,
        workers=parts.settings.workers,
    )


async def _load_delivery(store: Store, event_id: int) -> Delivery:
    detail = await asyncio.to_thread(store.log.event, event_id)
    if detail is None or detail.delivery is None or not detail.delivery.headers:
        # The delivery also carried an event of a person who was erased since.
        raise PermanentError(no_delivery())
    return detail.delivery
