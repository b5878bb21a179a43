"""`automator status`: what the server on this data folder is doing."""

import asyncio
from collections.abc import Mapping
from typing import Any

from automator.cli.terminal.control import require_server
from automator.cli.terminal.options import Data, Json, data_folder
from automator.cli.terminal.output import counted, say, say_json
from automator.store import BOUNDED, MOST_COUNTED


def status(data: Data = None, as_json: Json = False) -> None:
    """Show whether a server runs here, its rules, and the last 24 hours."""
    server = require_server(data_folder(data))
    answer = asyncio.run(server.call("GET", "/api/status"))
    if as_json:
        say_json(answer)
    else:
        say(status_text(server.url, answer))


def status_text(url: str, answer: Mapping[str, Any]) -> str:
    """The answer of `/api/status` for people."""
    rules, day = answer["rules"], answer["last_24_hours"]
    runs = ", ".join(
        f"{_shown(count, is_bounded=state in BOUNDED)} {state}"
        for state, count in day["runs"].items()
        if count
    )
    reasons = ", ".join(
        f"{_shown(count, is_bounded=True)} {code}" for code, count in day["reasons"].items()
    )
    store = "commits" if answer["store_available"] else "cannot commit: hooks are answered with 503"
    problems = (
        f", {counted(rules['problems'], 'problem')} in the files" if rules["problems"] else ""
    )
    rows = [
        ("server", f"{url}, version {answer['version']}{', demo' if answer['demo'] else ''}"),
        ("store", store),
        ("rules", f"{rules['count']} in revision {rules['revision']}{problems}"),
        ("connections", ", ".join(answer["connections"]) or "none"),
        ("last 24 hours", f"{day['events']:,} events; runs: {runs or 'none'}"),
        ("reasons", f"{reasons}: automator log reason=CODE" if reasons else "none"),
        ("rejected", f"{day['rejected_deliveries']:,} deliveries"),
        ("follow-ups", f"{_shown(answer['waiting_follow_ups'], is_bounded=True)} waiting"),
    ]
    if answer["held"]:
        rows.append(("held", f"{counted(answer['held'], 'run')}: automator release --restored"))
    rows += [("access lost", f"{name}: {why}") for name, why in answer["lost_access"].items()]
    rows += [("warning", text) for text in answer["store_warnings"]]
    rows += [
        ("connection", f"{item['connection']}: {text}")
        for item in answer["watch"]
        for text in item["warnings"]
    ]
    if answer["backups"] is not None:
        rows.append(("backup", _backup_text(answer["backups"])))
    elif answer["backup_note"]:
        rows.append(("backup", answer["backup_note"]))
    rows += [("target", _target_text(item)) for item in answer["targets"]]
    rows += [("schedule", _schedule_text(item)) for item in answer["schedules"]]
    if len(answer["nodes"]) > 1:
        rows += [("node", _node_text(node)) for node in answer["nodes"]]
    return "\n".join(f"{name:<14} {text}" for name, text in rows)


def _shown(count: int, *, is_bounded: bool = False) -> str:
    """A number; what waits is not counted to the end."""
    return f"more than {MOST_COUNTED:,}" if is_bounded and count > MOST_COUNTED else f"{count:,}"


def _backup_text(backups: Mapping[str, Any]) -> str:
    newest = backups["newest"]
    made = f"{newest}, {backups['kept']} kept in {backups['folder']}" if newest else "none yet"
    return f"{made}; the last one failed: {backups['failure']}" if backups["failure"] else made


def _target_text(item: Mapping[str, Any]) -> str:
    why = f": {item['reason']}" if item["reason"] else ""
    by = f" by {item['by']}" if item["by"] else ""
    return (
        f"{item['name']} {item['state']} since {item['since']}{by}{why};"
        f" {counted(item['waiting'], 'run')} waiting"
    )


def _schedule_text(item: Mapping[str, Any]) -> str:
    last = f", last {item['last_fire_local']}" if item["last_fire"] else ""
    return (
        f"{item['rule']}: {item['schedule']}, next {item['next_fire_local'] or 'never'}{last}"
        f" ({item['timezone']})"
    )


def _node_text(node: Mapping[str, Any]) -> str:
    return (
        f"{node['name']}, version {node['version']}, rules {node['revision'] or 'not loaded yet'},"
        f" last heard of {node['heartbeat_at']}"
    )
