"""Renders the plan and the result of a replay for the terminal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from automator.cli.terminal.output import TRANSLATOR, state_word, visible
from automator.model import N_, shortened

_TEXT_WIDTH = 48
_REASON_WIDTH = 60
_REPLAY_STATES = {"going": N_("going"), "done": N_("done"), "stopped": N_("stopped")}
#: Lines that belong to the line above begin with this.
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
    state = state_word(example["state"])
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
    """The result of a replay; `waits` when no server carries it out yet."""
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
