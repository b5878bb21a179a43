"""`automator replay`: new runs from a stored event, with the rules as they are now."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from automator.cli.control import find_server
from automator.cli.database import open_alone, open_log
from automator.cli.options import Config, Data, data_folder, find_config
from automator.cli.output import say
from automator.cli.why import Event, parse_event
from automator.clock import SystemClock
from automator.model import IdSource, NotFoundError, format_id

if TYPE_CHECKING:
    from automator.engine.replay import ReplayPlan
    from automator.engine.rulebook import ActiveRules
    from automator.store import Log


def replay(
    event: Event,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    config: Config = None,
    data: Data = None,
) -> None:
    """Start new runs for a stored event; their steps really act again."""
    from automator.engine.replay import plan_replay
    from automator.server.config import load_config

    folder = data_folder(data)
    event_id = parse_event(event)
    config = find_config(config)
    settings = load_config(config, folder, config is None, resolve_secrets=False).settings
    with open_log(folder) as log:
        active = asyncio.run(_newest_rules(log, settings.vars))
        plan = asyncio.run(plan_replay(log, active, event_id, SystemClock().now_ms()))
    if not plan.rules:
        say(f"no rule matches {event} now; automator why {event} says why")
        return
    say(plan_text(plan))
    if not yes:
        typer.confirm("Start them?", abort=True)
    say(f"started: {', '.join(_start(folder, active, event_id))}")


def plan_text(plan: "ReplayPlan") -> str:
    """What a replay is about to do."""
    rules = "\n".join(f"  {rule}" for rule in plan.rules)
    passed = ", ".join(plan.unlimited)
    limits = f"\nThe limits of {passed} do not hold a replay back; it is counted." if passed else ""
    return (
        f"{plan.event.type} through {plan.event.connection} matches now:\n{rules}\n"
        f"Their steps act again: people may get what they got before.{limits}"
    )


async def _newest_rules(log: "Log", variables: "dict[str, Any]") -> "ActiveRules":
    from automator.actions import builtin_actions
    from automator.engine.revisions import Revisions, rule_loader
    from automator.engine.rulebook import ActiveRules

    newest = log.latest_ruleset()
    if newest is None:
        raise NotFoundError(
            "no rules have been active in this data folder yet", fix="Start the server once."
        )
    revisions = Revisions(log, rule_loader(builtin_actions(), None, variables))
    return ActiveRules(newest.revision, await revisions.of(newest.revision), newest.created_at)


def _start(folder: Path, active: "ActiveRules", event_id: int) -> list[str]:
    server = find_server(folder)
    if server is not None:
        answer = asyncio.run(server.call("POST", f"/api/events/{format_id(event_id)}/replay"))
        return list(answer["runs"])
    return asyncio.run(_start_alone(folder, active, event_id))


async def _start_alone(folder: Path, active: "ActiveRules", event_id: int) -> list[str]:
    """Stores the runs; they are carried out when a server starts."""
    from automator.engine.replay import replay_event

    clock = SystemClock()
    ids = IdSource(clock.now_ms, node=0)
    async with open_alone(folder) as store:
        runs = await replay_event(store, active, ids, clock, event_id)
    return [format_id(run) for run in runs]
