"""One event against 10, 100, 1,000 and 10,000 rules, and what loading so many takes.

Run with `.venv/bin/python -m benchmarks.matching [RULES ...]`. Everything is printed from one run:
the median time to decide about an event, beside that with the fewest rules. Every event has a text
that was not seen before, so that folding it is part of the cost.
"""

import gc
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from automator.actions import builtin_actions
from automator.rules import EventFacts, RuleContext, RuleSet, load_rules

_SIZES = (10, 100, 1_000, 10_000)
_IN_ONE_FILE = 500
_NOW_MS = 1_795_478_400_000
_EVENTS = 400
_ROUNDS = 5
#: The page whose events are measured.
_PAGE = "shop-page"
_TYPES = ("comment.created", "comment.created", "message.received", "'comment.*'", "order.paid")
_REST = """    actions:
      - reply: "Chào {{ event.actor.name }}, shop đã nhắn tin cho bạn ạ."
      - private_reply: "Giá hôm nay: 250k. Bạn cần size nào ạ?"
"""


#: Out of twenty rules: a post, words, a part of the text, a beginning, a part of words, any of two.
_KINDS = (0,) * 6 + (1,) * 6 + (2,) * 3 + (3,) + (4,) * 2 + (5,) * 2
_CONDITIONS = (
    """      - event.post.id == 'post-NUMBER'
      - keywords(event.text, ['giá', 'bao nhiêu', 'ib'])
""",
    "      - keywords(event.text, ['mã NUMBER', 'mẫu NUMBER', 'spNUMBER'])\n",
    "      - contains(event.text, '#maNUMBER')\n",
    "      - starts_with(event.text, 'DH-NUMBER')\n",
    "      - \"keywords(event.text, ['aoNUMBERx'], {mode: 'contains'})\"\n",
    """      - any:
          - event.actor.id == 'NUMBER'
          - contains(event.post.message, '#saleNUMBER')
""",
)
_UNINDEXABLE = "      - length(event.text) > `1NUMBER`\n"


def condition(number: int, *, unindexable: bool) -> str:
    """The conditions of a rule; the last of twenty may be one that no index helps."""
    kind = number % len(_KINDS)
    is_last = kind == len(_KINDS) - 1
    text = _UNINDEXABLE if unindexable and is_last else _CONDITIONS[_KINDS[kind]]
    return text.replace("NUMBER", str(number))


def rule_files(count: int, *, unindexable: bool, pages: bool) -> dict[str, str]:
    """So many rules in files of 500; with `pages`, each file is about a connection of its own."""
    files: dict[str, str] = {}
    for number in range(count):
        # Of each kind of condition some listen to each kind of event.
        page = number // _IN_ONE_FILE
        connection = f", connection: {_PAGE if page == 0 else f'page-{page}'}" if pages else ""
        trigger = f"{{event: {_TYPES[number // 20 % len(_TYPES)]}{connection}}}"
        text = f"  - id: rule-{number}\n    trigger: {trigger}\n    conditions:\n"
        name = f"{number // _IN_ONE_FILE:03}.yaml"
        files[name] = (
            files.get(name, "rules:\n") + text + condition(number, unindexable=unindexable) + _REST
        )
    return files


def loaded(count: int, *, unindexable: bool, pages: bool) -> RuleSet:
    """The rule set, loaded under a progress bar."""
    files = rule_files(count, unindexable=unindexable, pages=pages)
    columns = (TextColumn("loading"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=len(files))
        result = load_rules(
            RuleContext(actions=builtin_actions()),
            files,
            on_progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    assert not result.refused, result.problems[:3]
    return result.rule_set


def scopes(seed: int) -> list[dict[str, Any]]:
    """Events that differ; each of them meets a handful of the rules, however many there are."""
    text = "Shop ơi mã {} giá bao nhiêu vậy, còn size M không ạ? {}"
    return [
        {
            "event": {
                "type": "comment.created",
                "text": text.format(number % 10, seed + number),
                "actor": {"id": f"u{number}", "name": "Nguyễn Thị Hoa", "is_self": False},
                "post": {"id": f"post-{number % 5}", "message": "Váy mới về #sale"},
                "data": {"total": 250_000},
            },
            "contact": {},
            "connection": {"name": _PAGE, "provider": "facebook"},
            "now": "2026-11-24T06:01:01.250Z",
            "steps": {},
        }
        for number in range(_EVENTS)
    ]


def measured(rules: RuleSet) -> tuple[float, float]:
    """Median microseconds to decide about an event, and how many rules matched on average."""
    rounds: list[float] = []
    matched = 0
    facts = EventFacts("comment.created", _PAGE, "facebook")
    for turn in range(_ROUNDS):
        times: list[int] = []
        for scope in scopes(turn * _EVENTS):
            began = time.perf_counter_ns()
            found = rules.decide(scope, _NOW_MS, facts)
            times.append(time.perf_counter_ns() - began)
            matched += len(found)
        rounds.append(statistics.median(times) / 1_000)
    return min(rounds), matched / (_ROUNDS * _EVENTS)


def resident_mb() -> float:
    """Memory of this process in MB, where the system tells."""
    gc.collect()
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return float("nan")
    return pages * os.sysconf("SC_PAGE_SIZE") / 1_000_000


def report(mix: str, sizes: tuple[int, ...], *, unindexable: bool, pages: bool = False) -> None:
    """A line for each number of rules."""
    print(
        f"\n{mix}\n{'rules':>7} {'load':>8} {'memory':>8} {'median':>9} {'ratio':>6} {'match':>6}"
    )
    first = 0.0
    for count in sizes:
        before = resident_mb()
        began = time.perf_counter()
        rules = loaded(count, unindexable=unindexable, pages=pages)
        load_s = time.perf_counter() - began
        memory = resident_mb() - before
        median, matched = measured(rules)
        first = first or median
        print(
            f"{count:>7,} {load_s:>6.2f} s {memory:>5.0f} MB {median:>6.1f} us"
            f" {median / first:>5.1f}x {matched:>6.1f}"
        )
        if count == sizes[-1]:
            facts = EventFacts("comment.created", _PAGE, "facebook")
            began = time.perf_counter()
            rules.explain(scopes(0)[0], 0, facts)
            print(f"        explaining one event for all: {time.perf_counter() - began:.3f} s")
            again, _ = measured(rules)
            print(f"        deciding after that, beside before: {again / median:.2f}x")
            print(f"        the whole process: {resident_mb():.0f} MB")
        del rules


def main() -> None:
    sizes = tuple(int(argument) for argument in sys.argv[1:]) or _SIZES
    print(f"load of the machine: {', '.join(f'{one:.1f}' for one in os.getloadavg())}")
    report("indexable rules only, all for one page", sizes, unindexable=False)
    report("5 % that no index helps, 500 rules a page", sizes, unindexable=True, pages=True)
    report("5 % that no index helps, all for one page", sizes, unindexable=True)


if __name__ == "__main__":
    main()
