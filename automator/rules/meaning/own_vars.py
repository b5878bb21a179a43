"""Finds values in `vars` of a file that are hardly meant as they stand."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from automator.files import Parsed, Path
from automator.model import Reason
from automator.reasons.problems.references import TEMPLATE_IN_VARS, WORD_FOR_FLAG
from automator.rules.references.outputs import texts_in
from automator.rules.templates.template import is_template

#: Words that other versions of YAML read as true and false.
_FLAGS: Final = {
    **dict.fromkeys(("yes", "on"), "true"),
    **dict.fromkeys(("no", "off"), "false"),
}


def odd_vars(parsed: Parsed, own: Mapping[str, Any]) -> Iterator[tuple[Path, Reason]]:
    """`het: no`, which is a text and therefore true; `hello: "Chào {{ event.actor.name }}"`."""
    for path, text in texts_in(own, ("vars",)):
        if is_template(text):
            yield path, TEMPLATE_IN_VARS()
    for path, text in _words(own, ("vars",)):
        place = parsed.positions.value(path)
        # Between quotes it is a text on purpose.
        if parsed.lines[place.line - 1][place.column - 1 :].startswith(text):
            yield path, WORD_FOR_FLAG(text=text, better=_FLAGS[text.lower()])


def _words(values: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, str]]:
    """Texts that may be meant as flags; what stands in a list is one word among others."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _words(value, (*path, name))
        elif isinstance(value, str) and value.lower() in _FLAGS:
            yield (*path, name), value
