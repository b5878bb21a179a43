"""Reads the conditions of a rule, with every expression checked."""

from collections.abc import Mapping
from typing import Any

from automator.conditions import SCOPE_NAMES, check_expression, compile_expression
from automator.files import Path, kind_of, suggest
from automator.files.one_line import inline, scalar_text
from automator.model import Condition, Expression, Group
from automator.reasons.problems import rules
from automator.reasons.problems.files.syntax import CONDITION_WITH_COLON
from automator.reasons.problems.shape import LIST_NEEDS_DASHES
from automator.reasons.problems.words import WORD_KEYS
from automator.rules.reading.collector import Collector
from automator.rules.schema.other_conditions import GROUPS, meant_condition, meant_conditions
from automator.rules.schema.rule_file import NamedConditionSource

#: Characters of the conditions that a problem writes anew, at most.
_LONGEST = 500


def read_conditions(collector: Collector, path: Path, items: Any) -> tuple[Condition, ...]:
    """The conditions of a list; those with a problem are left out."""
    if isinstance(items, Mapping):
        _refuse_mapping(collector, path, items)
    if not isinstance(items, list):
        return ()
    found = [_condition(collector, (*path, index), item) for index, item in enumerate(items)]
    return tuple(condition for condition in found if condition)


def _condition(collector: Collector, path: Path, item: Any) -> Condition | None:
    if isinstance(item, str):
        return _expression(collector, path, path, item, "")
    if not isinstance(item, Mapping):
        collector.at_value(path, rules.NOT_A_CONDITION(found=kind_of(item)))
        return None
    kinds = [key for key in item if key in GROUPS]
    if kinds:
        return _group(collector, path, item, kinds)
    if not item.keys() & {"name", "expr"}:
        _refuse_keys(collector, path, item)
        return None
    named = collector.model(NamedConditionSource, path, dict(item))
    if named is None:
        return None
    return _expression(collector, path, (*path, "expr"), named.expr, named.name)


def _refuse_mapping(collector: Collector, path: Path, item: Mapping[str, Any]) -> None:
    """A mapping in the place of the list: `conditions: {keywords: [giá]}`."""
    found = meant_conditions(item, collector.zone)
    better = inline(found) if found else ""
    is_meant = found == [{key: value} for key, value in item.items()]
    if found and not is_meant and len(better) <= _LONGEST:
        collector.at_value(path, rules.CONDITIONS_AS_PAIRS(better=better))
        return
    collector.at_value(path, LIST_NEEDS_DASHES(key=next(iter(item), "all")))


def _refuse_keys(collector: Collector, path: Path, item: Mapping[str, Any]) -> None:
    """A mapping that is no condition; most often an expression that YAML took for one."""
    key = str(next(iter(item), ""))
    if "(" in key:
        collector.at_key((*path, key), CONDITION_WITH_COLON())
        return
    better = meant_condition(item, collector.zone)
    if better is not None:
        kind = rules.CONDITION_AS_PAIR if len(item) == 1 else rules.CONDITION_AS_PARTS
        collector.at_key((*path, key), kind(better=scalar_text(better)))
        return
    suggestion = suggest(key, (*GROUPS, "name", "expr"), WORD_KEYS)
    reason = rules.CONDITION_WITHOUT_KEY(key=key, suggestion=suggestion)
    collector.at_key((*path, key), reason)


def _group(
    collector: Collector, path: Path, item: Mapping[str, Any], kinds: list[str]
) -> Group | None:
    kind = kinds[0]
    for key in item:
        if key != kind:
            collector.at_key((*path, key), rules.KEY_BESIDE_GROUP(key=key, group=kind))
    items = item[kind]
    here: Path = (*path, kind)
    if kind == "not" and isinstance(items, str):
        expression = _expression(collector, here, here, items, "")
        inner: tuple[Condition, ...] = (expression,) if expression else ()
    elif isinstance(items, list) and items:
        inner = read_conditions(collector, here, items)
    else:
        collector.at_key(here, rules.NOT_CONDITIONS(kind=kind))
        return None
    return Group(kind=kind, items=inner, place=collector.place(here)) if inner else None


def _expression(
    collector: Collector, path: Path, text_path: Path, text: str, name: str
) -> Expression | None:
    if not check_text(collector, text_path, text):
        return None
    return Expression(text=text, place=collector.place(path), name=name)


def check_text(collector: Collector, path: Path, text: str) -> bool:
    """Whether the text at `path` is an expression over names that exist."""
    findings = check_expression(text)
    if findings and collector.is_cut_at_comma(path):
        return False
    for finding in findings:
        collector.inside(path, finding)
    if findings:
        return False
    # People write `null` for the value null. JMESPath reads it as a field that does not exist, and
    # therefore as null.
    compiled = compile_expression(text)
    collector.expressions.append(compiled)
    unknown = compiled.roots - SCOPE_NAMES - {"null"}
    for word in sorted(unknown):
        collector.unknown_name(path, text, word, SCOPE_NAMES)
    return not unknown
