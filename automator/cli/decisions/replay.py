"""`automator replay`: plans and starts new runs for stored events or runs."""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from automator.cli.terminal import WORKING
from automator.cli.terminal.options import Config, Data, Json, Where
from automator.cli.terminal.output import TRANSLATOR, say, say_json, visible
from automator.cli.terminal.paths import data_folder, find_config
from automator.cli.terminal.progress import progress_bar
from automator.cli.terminal.running_server import RunningServer, find_server
from automator.clock import SystemClock
from automator.model import N_, IdSource, NotFoundError, StepError, UsageError, format_id, shortened
from automator.model.ids import copied_id
from automator.reasons.runs import COMMAND_LINE

if WORKING:
    from automator.cli.terminal.database import FolderSource, open_alone, open_log
    from automator.engine.replay.decisions import ReplayReader
    from automator.engine.replay.filter_syntax import split_words
    from automator.engine.replay.replays import Replays, plan_replay
    from automator.engine.replay.request import read_request
    from automator.engine.rulesets.revisions import Revisions
    from automator.reasons.audit import replay_started
    from automator.server.shared.replays import replay_json
    from automator.store import Log
    from automator.store.batch.audit import Change, under_way

#: Seconds between two requests for the progress of the replay.
_POLL_S = 0.5
#: How often a request without an answer is repeated. A plan is still confirmed only once.
_TRIES = 5

What = Annotated[
    list[str] | None,
    typer.Argument(
        help="An event's or a run's id, or filters such as state=dead since=2d.",
        metavar="[ID | FILTER]...",
        show_default=False,
    ),
]

Events = Annotated[
    bool, typer.Option("--events", help="Replay events, not runs: the rules match them anew.")
]
Begin = Annotated[
    str, typer.Option("--from", help="step: go on where a run failed; start: do all steps.")
]
Rules = Annotated[str, typer.Option(help="now: the rules as they are; then: as they were.")]
Again = Annotated[
    bool,
    typer.Option(
        "--again", help="Also runs and events that were replayed, or that have acted before."
    ),
]
Rate = Annotated[int, typer.Option(help="Runs a second, at most.", min=1, max=500)]
PlanOnly = Annotated[
    bool, typer.Option("--plan", help="Show the changes that it would make, and end.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def replay(
    what: What = None,
    where: Where = None,
    events: Events = False,
    begin: Begin = "step",
    rules: Rules = "now",
    again: Again = False,
    rate: Rate = 20,
    plan_only: PlanOnly = False,
    yes: Yes = False,
    config: Config = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Start new runs for a stored event or run, or for many; their steps really act again."""
    folder = data_folder(data)
    server = find_server(folder)
    planner = _Server(server) if server else _Alone(folder, config)
    asked = _asked(what or (), where or (), planner, events=events)
    request = {"from": begin, "rules": rules, "rate": rate, **asked}
    request["again"] = again or bool(asked.get("again"))
    plan = planner.plan(request)
    if as_json and plan_only:
        say_json(plan)
        return
    if not as_json:
        say(plan_text(plan))
    if plan_only or not plan["starts"]:
        return
    if not yes:
        typer.confirm(TRANSLATOR(N_("Start them?")), abort=True)
    done = planner.carry_out(plan)
    if as_json:
        say_json(done)
    else:
        say(replay_text(done, waits=server is None))


def _asked(
    what: Sequence[str], where: Sequence[str], planner: "_Server | _Alone", *, events: bool
) -> dict[str, Any]:
    """The parts of the request that the arguments set: a filter, or one event or run."""
    over = "events" if events else "runs"
    ids = [word for word in what if "=" not in word]
    if not ids:
        return {"over": over, "filters": split_words([*where, *what])}
    number = copied_id(ids[0])
    if len(ids) > 1 or len(what) > 1 or where or number is None:
        raise UsageError(
            N_("'{ids}' is neither an id nor a filter"),
            fix=N_("Name one event or run by its 13 letters and digits, or write name=value."),
            ids=" ".join(ids),
        )
    kind = "run" if planner.is_run(number) else "event"
    return {"over": f"{kind}s", "filters": {kind: format_id(number)}, "again": True}


class _Server:
    """Plans and carries out replays through the server that works on the data folder."""

    def __init__(self, control: RunningServer) -> None:
        self._control = control

    def is_run(self, number: int) -> bool:
        for kind in ("run", "event"):
            try:
                self._call("GET", f"/api/{kind}s/{format_id(number)}")
            except NotFoundError:
                continue
            return kind == "run"
        raise _neither(number)

    def plan(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return self._call("POST", "/api/replays/plan", request)

    def carry_out(self, plan: Mapping[str, Any]) -> dict[str, Any]:
        replay = self._call("POST", "/api/replays", plan["request"])
        with progress_bar(TRANSLATOR(N_("replaying"))) as show:
            while replay["state"] == "going":
                started = TRANSLATOR.counted(
                    "{count} run started", "{count} runs started", replay["started"]
                )
                show(replay["seen"], plan["found"], started)
                time.sleep(_POLL_S)
                replay = self._call("GET", f"/api/replays/{replay['id']}")
        rows = self._call("GET", f"/api/runs?replay={replay['id']}&limit=20")
        return {**replay, "runs": [row["id"] for row in rows["items"]][::-1]}

    def _call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        for tries_left in reversed(range(_TRIES)):
            try:
                answer: dict[str, Any] = asyncio.run(self._control.call(method, path, body))
            except StepError:
                # Asking again is safe: none of these calls does anything twice.
                if not tries_left:
                    raise
                time.sleep(_POLL_S)
            else:
                return answer
        raise AssertionError("unreachable")


class _Alone:
    """Plans and stores replays while no server runs; the next server carries them out."""

    def __init__(self, folder: Path, config: Path | None) -> None:
        self._folder, self._config = folder, find_config(config)

    def is_run(self, number: int) -> bool:
        with open_log(self._folder) as log:
            if log.run(number) is not None:
                return True
            if log.event(number) is not None:
                return False
        raise _neither(number)

    def plan(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return asyncio.run(self._plan(request))

    def carry_out(self, plan: Mapping[str, Any]) -> dict[str, Any]:
        return asyncio.run(self._begin(plan["request"]))

    async def _plan(self, request: Mapping[str, Any]) -> dict[str, Any]:
        now_ms = SystemClock().now_ms()
        with open_log(self._folder) as log:
            newest = log.latest_revision()
            if not newest:
                raise NotFoundError(
                    N_("no rules have been active in this data folder yet"),
                    fix=N_("Start the server once."),
                )
            wanted = read_request(request, now_ms=now_ms, revision=newest)
            reader = ReplayReader(log, self._revisions(log), wanted)
            return (await plan_replay(reader, now_ms)).as_data()

    async def _begin(self, request: Mapping[str, Any]) -> dict[str, Any]:
        clock = SystemClock()
        wanted = read_request(request, now_ms=clock.now_ms(), revision=request["revision"])
        async with open_alone(self._folder) as store:
            ids = IdSource(clock.now_ms, node=0)
            replays = Replays(store, self._revisions(store.log), ids, clock)
            announced = await replays.announced(wanted, COMMAND_LINE)
            with under_way(Change(replay_started.code, COMMAND_LINE)):
                stored, _ = await store.replays.begin(announced)
        return {**replay_json(stored), "runs": []}

    def _revisions(self, log: "Log") -> "Revisions":
        return FolderSource(log, self._config, self._folder).revisions


def _neither(number: int) -> NotFoundError:
    return NotFoundError(
        N_("there is no event and no run {id}"),
        fix=N_("Copy the id from the log."),
        id=format_id(number),
    )


# --- The plan and the result of a replay, for the terminal ---


_TEXT_WIDTH = 48
_REASON_WIDTH = 60
_REPLAY_STATES = {"going": N_("going"), "done": N_("done"), "stopped": N_("stopped")}
#: The indentation of lines that belong to the line above.
_BELOW = " " * 10


def plan_text(plan: Mapping[str, Any]) -> str:
    """The plan of a replay: the runs it would start and leave out, with examples."""
    _ = TRANSLATOR
    lines = [_title(plan)]
    if not plan["starts"]:
        lines.append(_(N_("nothing would be started")))
    for group in plan["groups"]:
        lines += _group_lines(group)
    if plan["skipped"]:
        lines.append(_(N_("left out:")))
    for skip in plan["skipped"]:
        lines.append(f"  {_.number(skip['count']):>6}  {visible(_.stored(skip['reason']))}")
        lines += [_BELOW + _example(example) for example in skip["examples"][:1]]
    if plan["starts"]:
        lines += _consequences(plan)
    return "\n".join(lines)


def _title(plan: Mapping[str, Any]) -> str:
    request, found = plan["request"], plan["found"]
    values = {"id": plan["id"], "filter": _words(request["filters"])}
    if request["over"] == "events":
        return TRANSLATOR.counted(
            "plan {id}: {count} event fits {filter}",
            "plan {id}: {count} events fit {filter}",
            found,
            **values,
        )
    return TRANSLATOR.counted(
        "plan {id}: {count} run fits {filter}",
        "plan {id}: {count} runs fit {filter}",
        found,
        **values,
    )


def _group_lines(group: Mapping[str, Any]) -> Iterator[str]:
    _ = TRANSLATOR
    name = f" ({visible(group['name'])})" if group["name"] else ""
    marks = [
        *([_(N_("the finished steps are kept"))] if group["keeps"] else []),
        *([_(N_("shadow: nothing is sent"))] if group["shadow"] else []),
        *_revisions(group["revisions"]),
    ]
    steps = "; ".join([", ".join(group["steps"]), *marks])
    yield f"  {_.number(group['count']):>6}  {group['rule']}{name}: {steps}"
    if group["held_back"]:
        text = N_("{count:number} of them are outside the rule's hours")
        yield _BELOW + _(text, count=group["held_back"])
    if group["unlimited"]:
        yield _BELOW + _(N_("its limits do not hold a replay back; it is counted"))
    if group["unsure"]:
        text = N_("{count:number} of them may have worked: that would be done twice")
        yield _BELOW + _(text, count=group["unsure"])
    for example in group["examples"]:
        yield _BELOW + _example(example)


def _revisions(numbers: Sequence[int]) -> Iterator[str]:
    """The revisions of a rule with which runs are carried out."""
    if len(numbers) == 1:
        yield TRANSLATOR(N_("revision {revision}"), revision=numbers[0])
    elif numbers:
        yield TRANSLATOR(N_("revisions {first} to {last}"), first=numbers[0], last=numbers[-1])


def _consequences(plan: Mapping[str, Any]) -> list[str]:
    _, request = TRANSLATOR, plan["request"]
    started = _.counted("{count} new run", "{count} new runs", plan["starts"])
    rules = N_("with the rules as they were then")
    if request["rules"] == "now":
        rules = N_("with the rules as they are now")
    text = N_("at most {rate} a second: {length:duration} or more")
    rate = _(text, rate=request["rate"], length=1000 * max(1, plan["seconds"]))
    return [
        f"{started}, {_(rules)}; {rate}.",
        _(N_("Their steps act again: people may get the same messages again.")),
    ]


def _example(example: Mapping[str, Any]) -> str:
    text = shortened(visible(example["text"] or ""), _TEXT_WIDTH)
    reason = shortened(visible(TRANSLATOR.stored(example["reason"])), _REASON_WIDTH)
    state = TRANSLATOR.state(example["state"])
    parts = [
        visible(example["actor_name"] or ""),
        f"“{text}”" if text else "",
        f"{state}: {reason}" if reason else state,
        f"[{example['event']}]",
    ]
    return "  ".join(part for part in parts if part)


def _words(filters: Mapping[str, str]) -> str:
    return " ".join(
        f"{name}='{visible(value)}'" if " " in value else f"{name}={visible(value)}"
        for name, value in filters.items()
    )


def replay_text(replay: Mapping[str, Any], *, waits: bool) -> str:
    """The result of a replay; `waits` means that no server carries it out yet."""
    _ = TRANSLATOR
    if waits:
        text = N_("replay {id} is stored; it begins when a server starts")
        return _(text, id=replay["id"])
    lines = [
        _.counted(
            "replay {id} is {state}: {count} run started",
            "replay {id} is {state}: {count} runs started",
            replay["started"],
            id=replay["id"],
            state=_(_REPLAY_STATES[replay["state"]]),
        )
    ]
    for skip in replay["skipped"]:
        why = _(N_("left out: {reason}"), reason=visible(_.stored(skip["reason"])))
        lines.append(f"  {_.number(skip['count']):>6}  {why}")
    runs = replay["runs"]
    if runs and len(runs) == replay["started"]:
        lines.append(_(N_("started: {runs}"), runs=", ".join(runs)))
    elif replay["started"]:
        lines.append(_(N_("see them: automator log replay={id}"), id=replay["id"]))
    return "\n".join(lines)
