"""The paths of an event that a rule reads: in its conditions, its keys and its steps."""

from collections.abc import Iterable, Iterator

from automator.model import Rule, Step, expressions_of
from automator.rules.meaning.event_paths import paths_of_expression
from automator.rules.references.outputs import texts_in
from automator.rules.templates.inputs import compile_text
from automator.rules.templates.template import is_template


def event_paths_of(rule: Rule) -> frozenset[tuple[str, ...]]:
    """The names behind `event`, as in `("actor", "name")`; no path that a template guards."""
    every = (*_of_texts(_expressions(rule)), *_of_steps((*rule.steps, *rule.on_error_steps)))
    return frozenset(names[1:] for names in every if names[0] == "event" and len(names) > 1)


def _expressions(rule: Rule) -> Iterator[str]:
    yield from (expression.text for expression in expressions_of(rule.conditions))
    yield from (limit.key for limit in rule.limits)
    if rule.rollout is not None:
        yield rule.rollout.key


def _of_texts(texts: Iterable[str]) -> Iterator[tuple[str, ...]]:
    for text in texts:
        yield from paths_of_expression(text)


def _of_steps(steps: Iterable[Step]) -> Iterator[tuple[str, ...]]:
    for step in steps:
        if step.condition:
            yield from paths_of_expression(step.condition)
        for _, text in texts_in(step.inputs, ()):
            if is_template(text):
                template, _ = compile_text(text, is_url=False)
                yield from template.reads if template is not None else ()
        yield from _of_steps(step.steps)
