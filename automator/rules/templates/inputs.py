"""Compiles the inputs of a step, so that each run only renders the templates in them."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from automator.caches import SizedCache
from automator.conditions import Finding
from automator.model import PermanentError, Step
from automator.plugins import AnyAction
from automator.reasons.attempts.steps import bad_template
from automator.rules.templates.template import (
    RenderError,
    Template,
    begins_with_host,
    compile_template,
    is_template,
)
from automator.rules.templates.template_budget import Plain, TemplateBudget, Track

#: Renders a value for the scope of a step; all templates of the step share the budget.
Render = Callable[[Mapping[str, Any], TemplateBudget], Any]


Compiled = tuple[Template | None, tuple[Finding, ...]]
#: Compiles a text, given its key or index in the mapping or list that contains it.
Compile = Callable[[str, object], Compiled]

#: Bytes of the cache of compiled templates. The rules in force hold their own templates as well.
_MOST_BYTES: Final = 64_000_000
#: The estimated size of a template: a fixed part, and a part for each character.
_BYTES: Final = 4_000
_BYTES_PER_CHARACTER: Final = 40
_BYTES_OF_PARTS: Final = 100_000
_COMPILED: Final[SizedCache[tuple[str, bool, str], Compiled]] = SizedCache(_MOST_BYTES)


def compile_text(text: str, *, is_url: bool, zone: str = "") -> Compiled:
    """Compiles a template like `compile_template`, with a cache."""
    weight = _BYTES + min(_BYTES_PER_CHARACTER * len(text), _BYTES_OF_PARTS + len(text))
    # A template without dates is the same in every zone.
    zone = zone if "date" in text else ""
    key = text, is_url, zone
    return _COMPILED.get_or_make(key, lambda: _compile(text, is_url=is_url, zone=zone), weight)


def _compile(text: str, *, is_url: bool, zone: str) -> Compiled:
    template, findings = compile_template(text, is_url=is_url, zone=zone)
    return template, tuple(findings)


def is_address(action: AnyAction, name: str, key: object, text: str) -> bool:
    """Whether a text of this input is an address, in which values are percent-encoded.

    `key` is its key in a mapping, as in `buttons.url`. An address there may also be a whole value,
    such as an answer to a request, and is then left unchanged.
    """
    return name in action.address_inputs or (
        f"{name}.{key}" in action.address_inputs and begins_with_host(text)
    )


def tracks_links(value: Any) -> bool:
    """Whether a template somewhere in a value makes a tracked link."""
    if isinstance(value, str):
        found = compile_text(value, is_url=False)[0] if is_template(value) else None
        return found is not None and found.tracks
    if isinstance(value, Mapping):
        value = [*value.values()]
    return isinstance(value, list | tuple) and any(map(tracks_links, value))


class Inputs:
    """The inputs of one step."""

    __slots__ = ("_message_inputs", "_templates", "_values")

    def __init__(self, step: Step, action: AnyAction) -> None:
        self._message_inputs = action.message_inputs
        self._values: dict[str, Any] = {}
        self._templates: list[tuple[str, Render]] = []
        for name, value in step.inputs.items():
            render = None
            if name not in action.literal_inputs:
                compiled = partial(_compiled_at, action, name, step.zone)
                render = _prepared(value, f"{step.place}: {step.id}.{name}", compiled)
            self._values[name] = value
            if render is not None:
                self._templates.append((name, render))

    @property
    def is_constant(self) -> bool:
        """Whether no input is a template, so that the inputs are the same for every scope."""
        return not self._templates

    def render(self, scope: Mapping[str, Any], track: Track, plain: Plain | None) -> dict[str, Any]:
        """The inputs for this scope. Parts without a template are shared: do not change them.

        `track` makes the addresses of tracked links, and `plain` removes the markup from values in
        the texts of a message.

        Raises:
            PermanentError: a template cannot be rendered (code `template`).
        """
        if not self._templates:
            return self._values
        rendered = self._values.copy()
        budget = TemplateBudget(track)
        for name, render in self._templates:
            budget.plain = plain if name in self._message_inputs else None
            rendered[name] = render(scope, budget)
        return rendered

    def render_one(self, name: str, scope: Mapping[str, Any]) -> Any:
        """One input for this scope, without tracked links; None if the step does not give it.

        Raises:
            PermanentError: its template cannot be rendered (code `template`).
        """
        render = dict(self._templates).get(name)
        return self._values.get(name) if render is None else render(scope, TemplateBudget())


def _compiled_at(action: AnyAction, name: str, zone: str, text: str, key: object) -> Compiled:
    return compile_text(text, is_url=is_address(action, name, key, text), zone=zone)


def _prepared(value: Any, where: str, compiled: Compile, at: object = None) -> Render | None:
    """The function that renders a value, or None if it contains no template."""
    if isinstance(value, str):
        return _prepared_text(value, where, compiled, at) if is_template(value) else None
    if isinstance(value, Mapping):
        parts = {
            key: _prepared(item, f"{where}.{key}", compiled, key) for key, item in value.items()
        }
        templates = [(key, render) for key, render in parts.items() if render]
        return _into(dict(value), templates) if templates else None
    if isinstance(value, list):
        items = [_prepared(item, f"{where}[{i}]", compiled) for i, item in enumerate(value)]
        places = [(index, render) for index, render in enumerate(items) if render]
        return _into(list(value), places) if places else None
    return None


def _into(values: Any, templates: list[tuple[Any, Render]]) -> Render:
    def render(scope: Mapping[str, Any], budget: TemplateBudget) -> Any:
        made = values.copy()
        for place, inner in templates:
            made[place] = inner(scope, budget)
        return made

    return render


def _prepared_text(text: str, where: str, compiled: Compile, at: object) -> Render | None:
    template, _ = compiled(text, at)
    if template is None:
        return None
    renderer = template.render

    def render(scope: Mapping[str, Any], budget: TemplateBudget) -> Any:
        try:
            return renderer(scope, budget)
        except RenderError as error:
            raise PermanentError(bad_template(where=where, problem=error.reason)) from error

    return render


# --- Texts, and the paths that steps read ---


def texts_in(value: Any, path: tuple[Any, ...]) -> list[tuple[tuple[Any, ...], str]]:
    """Every text inside a value, with its path."""
    if isinstance(value, str):
        return [(path, value)]
    if isinstance(value, Mapping):
        pairs = [(key, inner) for key, inner in value.items()]
    elif isinstance(value, list):
        pairs = list(enumerate(value))
    else:
        return []
    return [found for key, inner in pairs for found in texts_in(inner, (*path, key))]


def paths_read(step: Step, action: AnyAction) -> list[tuple[str, ...]]:
    """The paths that the templates of a step's inputs read, in the order of the text."""
    found: dict[tuple[str, ...], None] = {}
    for name, value in step.inputs.items():
        # The actions of a follow-up are filled in when they are done.
        if name in action.literal_inputs or name == "actions":
            continue
        for place, text in texts_in(value, (name,)):
            is_url = is_address(action, name, place[-1], text)
            template = compile_text(text, is_url=is_url)[0] if is_template(text) else None
            found |= dict.fromkeys(template.paths if template else ())
    return list(found)
