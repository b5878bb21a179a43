"""Renders the plan and the result of a replay for the terminal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from automator.cli.terminal.output import counted, in_words, shorten, visible
from automator.configuration.values import format_duration
from automator.model import Reason

_TEXT_WIDTH = 48
_REASON_WIDTH = 60


def plan_text(plan: Mapping[str, Any]) -> str:
    """What a replay would start and leave out, with examples."""
    request = plan["request"]
    over = request["over"].removesuffix("s")
    lines = [f"plan {plan['id']}: {counted(plan['found'], over)} fit {_words(request['filters'])}"]
    if not plan["starts"]:
        lines.append("nothing would be started")
    for group in plan["groups"]:
        lines += _group_lines(group)
    if plan["skipped"]:
        lines.append("left out:")
    for skip in plan["skipped"]:
        lines.append(f"  {skip['count']:>6,}  {visible(skip['reason'])}")
        lines += [f"          {_example(example)}" for example in skip["examples"][:1]]
    if plan["starts"]:
        lines += _consequences(plan)
    return "\n".join(lines)


def _group_lines(group: Mapping[str, Any]) -> Iterator[str]:
    name = f" ({visible(group['name'])})" if group["name"] else ""
    kept = "; what was done before is kept" if group["keeps"] else ""
    shadow = "; shadow: nothing is sent" if group["shadow"] else ""
    steps = ", ".join(group["steps"])
    with_revision = _revisions(group["revisions"])
    yield f"  {group['count']:>6,}  {group['rule']}{name}: {steps}{kept}{shadow}{with_revision}"
    if group["held_back"]:
        yield f"          {group['held_back']:,} of them are outside the rule's hours"
    if group["unlimited"]:
        yield "          its limits do not hold a replay back; it is counted"
    if group["unsure"]:
        yield f"          {group['unsure']:,} of them may have worked: that would be done twice"
    for example in group["examples"]:
        yield f"          {_example(example)}"


def _revisions(numbers: Sequence[int]) -> str:
    """With which revisions of a rule runs are done."""
    if len(numbers) == 1:
        return f"; revision {numbers[0]}"
    return f"; revisions {numbers[0]} to {numbers[-1]}" if numbers else ""


def _consequences(plan: Mapping[str, Any]) -> list[str]:
    request = plan["request"]
    rules = "as they are now" if request["rules"] == "now" else "as they were then"
    takes = format_duration(max(1, plan["seconds"]))
    rate = f"at most {request['rate']} a second: {takes} or more"
    return [
        f"{counted(plan['starts'], 'new run')}, with the rules {rules}; {rate}.",
        "Their steps act again: people may get what they got before.",
    ]


def _example(example: Mapping[str, Any]) -> str:
    text = shorten(visible(example["text"] or ""), _TEXT_WIDTH)
    because = example["reason"] and Reason.from_json(example["reason"])
    reason = shorten(visible(in_words(because)), _REASON_WIDTH)
    parts = [
        visible(example["actor_name"] or ""),
        f"“{text}”" if text else "",
        f"{example['state']}: {reason}" if reason else example["state"],
        f"[{example['event']}]",
    ]
    return "  ".join(part for part in parts if part)


def _words(filters: Mapping[str, str]) -> str:
    return " ".join(
        f"{name}='{visible(value)}'" if " " in value else f"{name}={visible(value)}"
        for name, value in filters.items()
    )


def replay_text(replay: Mapping[str, Any], *, waits: bool) -> str:
    """How a replay ended; `waits` when no server carries it out yet."""
    if waits:
        return f"replay {replay['id']} is stored; it begins when a server starts"
    lines = [f"replay {replay['id']} is {replay['state']}: {counted(replay['started'], 'run')}"]
    lines[0] += " started"
    lines += [
        f"  {count:>6,}  left out: {visible(why)}" for why, count in replay["skipped"].items()
    ]
    runs = replay["runs"]
    if runs and len(runs) == replay["started"]:
        lines.append(f"started: {', '.join(runs)}")
    elif replay["started"]:
        lines.append(f"see them: automator log replay={replay['id']}")
    return "\n".join(lines)
