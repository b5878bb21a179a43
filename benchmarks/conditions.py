"""Compiled conditions beside jmespath.py: the same expressions over the same documents.

Run with `.venv/bin/python benchmarks/conditions.py`. Both sides have parsed the expression before;
what is measured is the CPU time of one evaluation: `ParsedResult.search` there,
`CompiledExpression.holds` here, in turns, best of several rounds. An error of jmespath.py is
caught, as a rule engine would have to.

The last column is the time with the recorder of explanations built beside the same expression,
against the time without: explaining must cost nothing where nobody asks.
"""

import math
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import jmespath

from automator.conditions import compile_expression
from automator.conditions.compile import FACTORIES
from automator.conditions.expression import COMPILED

_ROUNDS = 15
_ROUND_S = 0.003
#: The geometric mean over the whole corpus must be at least so many times that of jmespath.py.
_LEAST_MEAN = 15
#: The allowed cost of an unused recorder, as a part of the time; the rest is noise.
_MOST_FOR_RECORDER = 1.03

EVENT: dict[str, Any] = {
    "event": {
        "id": "0000000000001",
        "type": "comment.created",
        "provider": "facebook",
        "connection": "shop-page",
        "text": "Giá bao nhiêu vậy shop ơi, còn size M không ạ?",
        "actor": {"id": "1789", "name": "Nguyễn Thị Hồng", "is_self": False},
        "post": {"id": "123_456", "message": "Áo mới về #sale 50%"},
        "comment": {"id": "123_456_789"},
        "attachments": [
            {"type": "image", "url": "https://example/1.jpg", "size": 12_000},
            {"type": "video", "url": "https://example/2.mp4", "size": 900_000},
        ],
        "data": {
            "total": 250_000,
            "text_total": "250000",
            "status": "paid",
            "ref": "refs/heads/main",
            "customer": {"address": {"city": "Hà Nội", "district": {"name": "Ba Đình"}}},
            "items": [
                {"sku": f"A{n}", "price": 1_000 * n, "qty": n % 4, "tags": ["áo", f"t{n % 5}"]}
                for n in range(30)
            ],
            "labels": [{"name": name} for name in ("bug", "help wanted", "p1")],
            "matrix": [[n, n + 1, [n]] for n in range(20)],
            "counts": {f"k{n}": {"n": n} for n in range(20)},
            "numbers": list(range(100)),
        },
    },
    "contact": {"id": "c1", "tags": ["khách quen", "vip"], "state": {"orders": 3, "zero": 0}},
    "vars": {"shop": "Áo Đẹp", "sale": ["123_456", "123_789"]},
    "now": "2026-11-24T06:01:01.250Z",
}

REALISTIC = [
    "event.type == 'comment.created'",
    "event.connection == 'zalo-oa'",
    "event.text",
    "event.actor.is_self",
    "!(event.actor.is_self)",
    "event.parent",
    "!(event.parent)",
    "event.parent.id == null",
    "event.post.id == '123_456'",
    "event.post.id != '123_456'",
    "'123_456' == event.post.id",
    "event.data.total > `100000`",
    "event.data.total <= `100000`",
    "event.data.total >= `100` && event.data.total < `1000000`",
    "to_number(event.data.text_total) > `100000`",
    "event.data.status == 'paid' && event.data.ref == 'refs/heads/main'",
    "event.type == 'a' || event.type == 'b' || event.type == 'comment.created'",
    "event.type == 'comment.created' && event.post.id == '123_456' && event.actor.id != null",
    "event.type == 'message.received' && contains(event.text, 'giá')",
    "contains(event.post.message, '#sale')",
    "contains(['123_456', '123_789'], event.post.id)",
    "contains(vars.sale, event.post.id)",
    "contains(contact.tags, 'vip')",
    "!contains(contact.tags, 'vip')",
    "starts_with(event.data.ref, 'refs/heads/')",
    "ends_with(event.text, '?')",
    "length(event.attachments) > `1`",
    "length(event.text) > `10`",
    "event.attachments[0].type == 'image'",
    "event.attachments[-1].url",
    "event.attachments[?type == 'image']",
    "event.attachments[?size > `100000`].url | [0]",
    "event.attachments[*].type",
    "contains(event.attachments[*].type, 'video')",
    "event.data.labels[?name == 'bug'] | length(@) > `0`",
    "event.data.labels[*].name | contains(@, 'p1')",
    "event.data.customer.address.city == 'Hà Nội'",
    "event.data.customer.address.district.name",
    "contact.state.orders >= `3`",
    "contact.state.zero == `0`",
    "contact.state.missing || 'none'",
    "not_null(contact.name, event.actor.name)",
    "type(event.data.total) == 'number'",
    "[event.actor.id, event.post.id]",
    "{who: event.actor.id, where: event.post.id}",
    "join('-', [event.actor.id, event.post.id])",
    "event.actor.name == vars.shop",
    "abs(event.data.total) > `5` && floor(event.data.total) < `10`",
    "event.data.status == 'paid' && (contact.state.orders > `2` || contains(contact.tags, 'vip'))",
    "event.data.items[?price > `5000` && qty > `1`].sku",
    "sum(event.data.items[*].price)",
    "max_by(event.data.items, &price).sku",
    "sort_by(event.data.items, &qty)[0].sku",
]
ADVERSARIAL = [
    "event.data.text_total > `100`",
    "length(event.missing)",
    "event.data.items[::0]",
    "starts_with(event.data.total, 'x')",
    "a.b.c.d.e.f.g.h.i.j",
    "event.data.customer.address.district.name.x.y.z",
    "event.data.items[*].tags[]",
    "event.data.items[].tags[] | length(@)",
    "event.data.items[?contains(tags, 't3')].[sku, price]",
    "event.data.items[*].{s: sku, p: price, t: tags[0]}",
    "event.data.matrix[][][]",
    "event.data.matrix[*][2][0]",
    "event.data.counts.*.n",
    "event.data.numbers[?@ > `50`] | [?@ < `60`]",
    "event.data.numbers[10:90:3] | reverse(@)",
    "event.data.numbers[*].to_string(@)",
    "map(&to_string(@), event.data.numbers)",
    "sort(event.data.numbers)[0]",
    "to_string(event)",
    "length(to_string(event.data.items))",
    "keys(event.data.counts) | sort(@) | join(',', @)",
    "merge(event.actor, event.post, {x: `1`})",
    "@|@|@|@|@|@|@|@|@|@|event.text",
    "((((((((((event.text))))))))))",
    "!!!!!!!!!!event.text",
    "[[[[[[event.text]]]]]]",
    "[@,@]|[@,@]|[@,@]|[@,@]|[0][0][0][0].event.text",
    "event == contact",
    "event.data.items == event.data.items",
    "x || y || z || a || b || c || d || e || f || event.text",
]


def _per_call(work: Callable[[Any], Any], count: int) -> float:
    """Seconds of one call, from one round."""
    started = time.thread_time()
    for _ in range(count):
        work(EVENT)
    return (time.thread_time() - started) / count


def _count(work: Callable[[Any], Any]) -> int:
    """The number of calls in a round."""
    return max(3, int(_ROUND_S / _per_call(work, 3)))


def _guarded(search: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The search itself, or with its errors caught when it raises."""

    def caught(data: Any) -> Any:
        try:
            return search(data)
        except Exception:  # noqa: BLE001 - what jmespath.py raises on these documents
            return None

    try:
        search(EVENT)
    except Exception:  # noqa: BLE001 - as above
        return caught
    return search


def compare(text: str) -> tuple[float, float, float]:
    """Seconds per evaluation, best rounds: jmespath.py, ours, ours with a recorder beside it."""
    explained = compile_anew(text)
    explained.explain(EVENT)
    works = (_guarded(jmespath.compile(text).search), compile_anew(text).holds, explained.holds)
    counts = [_count(work) for work in works]
    best = [math.inf] * len(works)
    for _ in range(_ROUNDS):
        for index, work in enumerate(works):
            best[index] = min(best[index], _per_call(work, counts[index]))
    reference, ours, recorded = best
    return reference, ours, recorded


def compile_anew(text: str) -> Any:
    """An expression of its own: compile_expression() keeps what it compiled."""
    COMPILED.clear()
    return compile_expression(text)


def compiling() -> tuple[float, float, float]:
    """Seconds to parse with jmespath.py, to compile a new shape, and one seen before."""
    corpus = REALISTIC + ADVERSARIAL

    def each(work: Callable[[str], Any]) -> float:
        started = time.thread_time()
        for text in corpus:
            work(text)
        return (time.thread_time() - started) / len(corpus)

    def as_new(text: str) -> None:
        FACTORIES.clear()
        compile_anew(text)

    parse = jmespath.parser.Parser().parse

    def parse_as_new(text: str) -> None:
        jmespath.parser.Parser.purge()
        parse(text)

    new = each(as_new)
    each(compile_anew)
    return each(parse_as_new), new, each(compile_anew)


def _mean(ratios: list[float]) -> float:
    return math.exp(sum(map(math.log, ratios)) / len(ratios))


def main() -> int:
    """Prints a line for each expression and the means; exit 1 when a target is missed."""
    warnings.simplefilter("ignore")
    ratios: dict[str, list[float]] = {}
    costs = []
    print(f"{'jmespath':>10} {'ours':>9} {'ratio':>7} {'recorder':>8}  expression")
    for group, corpus in (("realistic", REALISTIC), ("adversarial", ADVERSARIAL)):
        for text in corpus:
            reference, ours, recorded = compare(text)
            ratios.setdefault(group, []).append(reference / ours)
            costs.append(recorded / ours)
            print(
                f"{reference * 1e6:8.2f}us {ours * 1e6:7.2f}us {reference / ours:6.1f}x "
                f"{recorded / ours:8.2f}  {text}"
            )
    every = [ratio for group in ratios.values() for ratio in group]
    for name, found in (*ratios.items(), ("all", every)):
        print(
            f"{name}: {len(found)} expressions, geometric mean {_mean(found):.1f}x, "
            f"slowest {min(found):.1f}x"
        )
    print(f"with the recorder of explanations built beside it: {_mean(costs):.3f} of the time")
    parsing, new, known = (seconds * 1e6 for seconds in compiling())
    print(
        f"once for each expression: jmespath.py parses in {parsing:.0f} us; ours parses and "
        f"compiles in {new:.0f} us, {known:.0f} us when one of that shape was compiled before"
    )
    met = _mean(every) >= _LEAST_MEAN and min(every) >= 1 and _mean(costs) <= _MOST_FOR_RECORDER
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
