"""`automator status`: the state of the server on this data folder."""

import asyncio
from collections.abc import Mapping
from typing import Any

from automator.cli.terminal.options import Data, Json
from automator.cli.terminal.output import TRANSLATOR, say, say_json
from automator.cli.terminal.paths import data_folder
from automator.cli.terminal.running_server import require_server
from automator.model import N_

_COMMITS = N_("commits")
_CANNOT_COMMIT = N_("hooks are answered with 503")
_NONE = N_("none")
#: The width to which the names of rows are padded, unless one is longer.
_NAME_WIDTH = 14


def status(data: Data = None, as_json: Json = False) -> None:
    """Show whether a server runs here, its rules, and the last 24 hours."""
    server = require_server(data_folder(data))
    answer = asyncio.run(server.call("GET", "/api/status"))
    if as_json:
        say_json(answer)
    else:
        say(status_text(server.url, answer))


def status_text(url: str, answer: Mapping[str, Any]) -> str:
    """Formats the answer of `/api/status` for people."""
    _ = TRANSLATOR
    rows = [
        (_(N_("server")), _server_text(url, answer)),
        (_(N_("store")), _store_text(answer["store_trouble"])),
        (_(N_("rules")), _rules_text(answer["rules"])),
        (_(N_("connections")), ", ".join(answer["connections"]) or _(_NONE)),
        *_day_rows(answer["last_24_hours"]),
        (_(N_("follow-ups")), _waiting_text(answer["waiting_follow_ups"])),
    ]
    rows += _lasting_rows(answer)
    if answer["backups"] is not None:
        rows.append((_(N_("backup")), _backup_text(answer["backups"])))
    elif answer["backup_note"]:
        rows.append((_(N_("backup")), _advised(answer["backup_note"])))
    rows += [(_(N_("schedule")), _schedule_text(item)) for item in answer["schedules"]]
    if len(answer["nodes"]) > 1:
        rows += [(_(N_("node")), _node_text(node, answer["node"])) for node in answer["nodes"]]
    width = max(_NAME_WIDTH, *(len(name) for name, _text in rows))
    return "\n".join(f"{name:<{width}} {text}" for name, text in rows)


def trouble_rows(answer: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The troubles in the answer of `/api/status` that need a person, as names and texts."""
    _ = TRANSLATOR
    rows = []
    if answer["store_trouble"]:
        rows.append((_(N_("store")), _store_text(answer["store_trouble"])))
    if not answer["connections"]:
        rows.append((_(N_("connections")), _(_NONE)))
    if answer["rules"]["problems"] or not answer["rules"]["count"]:
        rows.append((_(N_("rules")), f"{_rules_text(answer['rules'])}: automator check"))
    rows += _lasting_rows(answer)
    if answer["backups"] is not None and answer["backups"]["failure"]:
        rows.append((_(N_("backup")), _backup_text(answer["backups"])))
    return rows


def _lasting_rows(answer: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The troubles that last until somebody ends them: held runs, lost access, paused targets."""
    _ = TRANSLATOR
    rows = []
    if answer["held"]:
        rows.append((_(N_("held")), f"{_runs(answer['held'])}: automator release --restored"))
    rows += [
        (_(N_("access lost")), f"{name}: {why['text']}")
        for name, why in answer["lost_access"].items()
    ]
    rows += [(_(N_("warning")), _advised(warning)) for warning in answer["store_warnings"]]
    rows += [
        (_(N_("connection")), f"{item['connection']}: {warning['text']}")
        for item in answer["watch"]
        for warning in item["warnings"]
    ]
    rows += [(_(N_("target")), _target_text(item)) for item in answer["targets"]]
    return rows


def _store_text(trouble: Mapping[str, Any] | None) -> str:
    if trouble is None:
        return TRANSLATOR(_COMMITS)
    return f"{TRANSLATOR(_CANNOT_COMMIT)}: {_advised(trouble)}"


def _advised(reason: Mapping[str, Any]) -> str:
    return f"{reason['text']}. {reason['fix']}" if reason["fix"] else str(reason["text"])


def _server_text(url: str, answer: Mapping[str, Any]) -> str:
    text = (
        N_("{url}, version {version}, demo") if answer["demo"] else N_("{url}, version {version}")
    )
    return TRANSLATOR(text, url=url, version=answer["version"])


def _rules_text(rules: Mapping[str, Any]) -> str:
    text = N_("{count} in revision {revision}")
    said = TRANSLATOR(text, count=rules["count"], revision=rules["revision"])
    if not rules["problems"]:
        return said
    return said + TRANSLATOR.counted(
        ", {count} problem in the files", ", {count} problems in the files", rules["problems"]
    )


def _day_rows(day: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Returns the counts of the last 24 hours."""
    from automator.store.log.figures.rollup_log import (  # noqa: PLC0415 - Loads the database, which `doctor` has no use for.
        BOUNDED,
    )

    _ = TRANSLATOR
    runs = ", ".join(
        f"{_shown(count, is_bounded=state in BOUNDED)} {TRANSLATOR.state(state)}"
        for state, count in day["runs"].items()
        if count
    )
    reasons = ", ".join(
        f"{_shown(count, is_bounded=True)} {code}" for code, count in day["reasons"].items()
    )
    happened = _.counted("{count} event; runs: {runs}", "{count} events; runs: {runs}",
                         day["events"], runs=runs or _(_NONE))  # fmt: skip
    rejected = day["rejected_deliveries"]
    return [
        (_(N_("last 24 hours")), happened),
        (_(N_("reasons")), f"{reasons}: automator log reason=CODE" if reasons else _(_NONE)),
        (_(N_("rejected")), _.counted("{count} delivery", "{count} deliveries", rejected)),
    ]


def _waiting_text(count: int) -> str:
    return TRANSLATOR(N_("{count} waiting"), count=_shown(count, is_bounded=True))


def _runs(count: int) -> str:
    return TRANSLATOR.counted("{count} run", "{count} runs", count)


def _shown(count: int, *, is_bounded: bool = False) -> str:
    """Writes a count; "more than …" for a count that stopped at its limit, `MOST_COUNTED`."""
    from automator.store.log.reader import MOST_COUNTED  # noqa: PLC0415 - As above.

    if is_bounded and count > MOST_COUNTED:
        return TRANSLATOR(N_("more than {count}"), count=TRANSLATOR.number(MOST_COUNTED))
    return TRANSLATOR.number(count)


def _backup_text(backups: Mapping[str, Any]) -> str:
    _ = TRANSLATOR
    made = _(N_("none yet"))
    if backups["newest"]:
        made = _(N_("{newest:time}, {kept} kept in {folder}"), **backups)
    if not backups["failure"]:
        return made
    return _(N_("{made}; the last one failed: {failure}"), made=made, failure=backups["failure"])


def _target_text(item: Mapping[str, Any]) -> str:
    _ = TRANSLATOR
    values = {"name": item["name"], "state": TRANSLATOR(item["state"]), "since": item["since"]}
    said = _(N_("{name} {state} since {since:time}"), **values)
    if item["by"]:
        said = _(N_("{name} {state} since {since:time} by {who:author}"), **values, who=item["by"])
    why = f": {TRANSLATOR.stored(item['reason'])}" if item["reason"] else ""
    waiting = _.counted("{count} run waiting", "{count} runs waiting", item["waiting"])
    return f"{said}{why}; {waiting}"


def _schedule_text(item: Mapping[str, Any]) -> str:
    _ = TRANSLATOR
    values = {
        "rule": item["rule"],
        "schedule": item["schedule"],
        "next": item["next_fire_local"] or _(N_("never")),
        "timezone": item["timezone"],
    }
    if item["last_fire"]:
        text = N_("{rule}: {schedule}, next {next}, last {last} ({timezone})")
        return _(text, **values, last=item["last_fire_local"])
    return _(N_("{rule}: {schedule}, next {next} ({timezone})"), **values)


def _node_text(node: Mapping[str, Any], own: str) -> str:
    _ = TRANSLATOR
    text = N_("{name}, version {version}, rules {rules}, last heard of {at:time}")
    rules = node["revision"] or _(N_("not loaded yet"))
    name = _(N_("{name} (this one)"), name=own) if node["name"] == own else node["name"]
    return _(text, name=name, version=node["version"], at=node["heartbeat_at"], rules=rules)
