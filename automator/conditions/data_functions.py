"""Our functions over values: membership, length, JSON."""

import json
from typing import Any, Final

from automator.conditions.budget import Context
from automator.conditions.calls import ARRAY, TEXT, Argument, Function, mismatch, pure
from automator.conditions.values import Evaluate, equals

_SIZED: Final = ("string", "array", "object")


def _one_of(args: tuple[Argument, ...]) -> Evaluate:
    run, run_list = args[0].run, args[1].run
    if args[1].is_literal and isinstance(args[1].literal, list):
        texts = frozenset(item for item in args[1].literal if isinstance(item, str))
        others = [item for item in args[1].literal if not isinstance(item, str)]

        def look_up(value: Any, context: Context) -> bool:
            wanted = run(value, context)
            if wanted.__class__ is str:
                return wanted in texts
            return wanted is not None and any(equals(item, wanted) for item in others)

        return look_up

    def search(value: Any, context: Context) -> bool:
        wanted = run(value, context)
        items = run_list(value, context)
        if items.__class__ is not list:
            raise mismatch("one_of", items, ARRAY)
        context.spend(len(items))
        if wanted.__class__ in (list, dict):
            context.spend_value(wanted)
            context.spend_value(items)
        return wanted is not None and any(equals(item, wanted) for item in items)

    return search


def _len(value: Any) -> int:
    if value is None:
        return 0
    if value.__class__ not in (str, list, dict):
        raise mismatch("len", value, _SIZED)
    return len(value)


def _to_json(args: tuple[Argument, ...]) -> Evaluate:
    run = args[0].run

    def call(value: Any, context: Context) -> str:
        found = run(value, context)
        context.spend_value(found)
        return json.dumps(found, ensure_ascii=False, separators=(",", ":"), default=str)

    return call


def _from_json(args: tuple[Argument, ...]) -> Evaluate:
    run = args[0].run

    def call(value: Any, context: Context) -> Any:
        text = run(value, context)
        if text is None:
            return None
        if text.__class__ is not str:
            raise mismatch("from_json", text, TEXT)
        context.spend_text(len(text))
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return None

    return call


DATA_FUNCTIONS: Final[tuple[Function, ...]] = (
    Function(
        name="one_of",
        usage="one_of(value, list)",
        summary="Whether the list has the value; null is never one of them.",
        least=2,
        most=2,
        make=_one_of,
    ),
    Function(
        name="len",
        usage="len(text_list_or_object)",
        summary="How many characters, elements or names; 0 for null.",
        least=1,
        most=1,
        make=pure("len", [()], _len),
        needs_context=False,
    ),
    Function(
        name="to_json",
        usage="to_json(value)",
        summary="The JSON of a value, as a text.",
        least=1,
        most=1,
        make=_to_json,
    ),
    Function(
        name="from_json",
        usage="from_json(text)",
        summary="The value that a JSON text writes; null when it is not JSON.",
        least=1,
        most=1,
        make=_from_json,
    ),
)
