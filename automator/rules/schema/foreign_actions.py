"""Recognises actions that are written as in other programs, or with Vietnamese names.

`written_otherwise` reads a whole item of `actions`, `called_otherwise` a single key.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from automator.configuration.everyday_times import meant_duration
from automator.files import as_name, called, did_you_mean, plain_name
from automator.files.one_line import inline
from automator.model import Reason
from automator.plugins import AnyAction
from automator.reasons.problems import inputs, shape
from automator.rules.schema.rule_file import STEP_KEYS, RuleFileSource, RuleSource

_LATER: Final = frozenset(
    {"wait", "delay", "sleep", "pause", "after", "smart_delay", "cho", "doi", "hen_gio"}
)
_ELSE: Final = frozenset({"else", "otherwise", "elif"})
_BRANCHES: Final = ("then", "else", "otherwise")
_STOPS: Final = frozenset({"stop", "break", "exit", "return", "dung"})
#: The value of `moderate` for each name that other programs use.
_MODERATES: Final = {
    **{do: do for do in ("hide", "unhide", "delete", "like", "ban", "unban")},
    **dict.fromkeys(("hide_comment", "an", "an_binh_luan"), "hide"),
    **dict.fromkeys(("delete_comment", "remove_comment", "xoa", "xoa_binh_luan"), "delete"),
    **dict.fromkeys(("like_comment", "thich"), "like"),
    **dict.fromkeys(("ban_user", "block_user", "chan"), "ban"),
}
#: The input of `remember` for each name of an action that adds or removes tags.
_TAGS: Final = {
    **dict.fromkeys(("tag", "add_tag", "set_tag", "label", "add_label"), "add"),
    **dict.fromkeys(("gan_the", "gan_nhan", "the", "nhan", "them_nhan"), "add"),
    **dict.fromkeys(("remove_tag", "untag", "bo_nhan", "xoa_nhan", "go_the"), "remove"),
}
#: Keys of other programs that name the result of a step.
_SAVES: Final = frozenset({"save_as", "save", "store_as", "variable", "register", "luu_vao"})
#: Keys of other programs whose value is the name of an action.
_NAMES_STEP: Final = ("type", "action", "service", "kind", "uses", "step", "do", "app", "loai")
_HOLDS_INPUTS: Final = frozenset({"data", "with", "params", "parameters", "inputs", "payload"})
#: Keys of other programs that name the app in which a step acts.
_NAMES_APP: Final = frozenset({"app", "platform", "channel", "ung_dung", "nen_tang", "kenh"})
_Found = tuple[str, Reason] | None
_USUAL_WAIT: Final = "5m"
_LONGEST: Final = 500
#: How many steps after a wait the fix writes out.
_MOST_BEHIND: Final = 5


def called_otherwise(key: str) -> Reason | None:
    """The reason for a key that is no action here; None if its meaning is uncertain."""
    name = plain_name(key)
    if name in _LATER:
        return inputs.rule_action_later(key=key, after=_USUAL_WAIT)
    if name in _MODERATES:
        return inputs.rule_action_moderates(key=key, do=_MODERATES[name])
    if name in _STOPS:
        return inputs.rule_action_stops(key=key)
    return inputs.rule_action_else(key=key) if name in _ELSE else None


def names_app(key: str) -> bool:
    """Whether the key names the app for a step, which is not needed here."""
    return plain_name(key) in _NAMES_APP


def written_otherwise(
    item: Mapping[str, Any], behind: Sequence[Any], actions: Mapping[str, AnyAction]
) -> tuple[str, Reason] | None:
    """The key at which to report an item, and the reason with the steps that it means; None if the
    meaning is uncertain. `behind` are the items after it.
    """
    found: _Found = None
    for find in _FINDERS:
        # A value with an infinite number cannot be written.
        with suppress(ValueError):
            found = find(item, behind, actions)
        if found is not None and len(str(found[1].params["better"])) <= _LONGEST:
            return found
    return None


def _of_branches(item: Mapping[str, Any], _: Sequence[Any], __: Mapping[str, AnyAction]) -> _Found:
    """Reads `if: …`, `then: […]`, `else: […]`."""
    condition = item.get("if")
    branches = [key for key in item if plain_name(key) in _BRANCHES]
    if not branches or not isinstance(condition, str):
        return None
    steps = [
        {"if": condition if key not in _BRANCHES[1:] else f"!({condition})", **step}
        for key, value in item.items()
        for step in (_steps(value) if key in branches else [{key: value}])
        if key not in STEP_KEYS
    ]
    better = " ".join(f"- {inline(step)}" for step in steps)
    return (
        (branches[0], inputs.rule_steps_of_branches(key=branches[0], better=better))
        if steps
        else None
    )


def _later(item: Mapping[str, Any], behind: Sequence[Any], _: Mapping[str, AnyAction]) -> _Found:
    """Reads `- wait: 10m` before other items, and `delay: 5s` beside an action."""
    key = next((one for one in item if plain_name(one) in _LATER and one not in STEP_KEYS), None)
    if key is None:
        return None
    seconds = f"{item[key]}s" if isinstance(item[key], int) and item[key] > 0 else _USUAL_WAIT
    after = meant_duration(str(item[key])) or seconds
    rest = {name: value for name, value in item.items() if name != key}
    steps = [rest] if rest else behind[: _MOST_BEHIND + 1]
    is_many = len(steps) > _MOST_BEHIND
    if is_many or not steps or not all(isinstance(step, Mapping) for step in steps):
        return key, inputs.rule_steps_later(
            key=key, better=f"follow_up: {{after: {after}, actions: […]}}"
        )
    better = _step({"follow_up": {"after": after, "actions": steps}})
    kind = inputs.rule_step_later if rest else inputs.rule_steps_later
    return key, kind(key=key, better=better)


def _by_name(item: Mapping[str, Any], _: Sequence[Any], actions: Mapping[str, AnyAction]) -> _Found:
    """Reads `{type: reply, text: Chào}`, `{service: notify, data: {message: Chào}}`."""
    named = {
        one: name
        for one, value in item.items()
        if plain_name(one) in _NAMES_STEP
        and isinstance(value, str)
        and (name := did_you_mean(value.rpartition(".")[2], actions))
    }
    if not named or item.keys() & actions.keys():
        return None
    # An app can have the name of an action, so `action: reply` wins over `app: slack`.
    key = min(named, key=names_app)
    name = named[key]
    given: dict[str, Any] = {}
    for other, value in item.items():
        if isinstance(value, Mapping) and plain_name(other) in _HOLDS_INPUTS:
            given |= value
        elif other not in (key, *STEP_KEYS) and not names_app(other):
            given[other] = value
    better = _step({**_common(item), name: _inputs(actions[name], given)})
    return key, inputs.rule_step_otherwise(key=key, better=better)


def _saved(item: Mapping[str, Any], _: Sequence[Any], actions: Mapping[str, AnyAction]) -> _Found:
    """Reads `ask: …` with `save_as: ngay`."""
    key = next((one for one in item if plain_name(one) in _SAVES), None)
    better = as_name(str(item[key]), "_") if key is not None else ""
    if key is None or not better or "id" in item or not item.keys() & actions.keys():
        return None
    return key, inputs.rule_step_saves(key=key, better=better)


def _tagged(item: Mapping[str, Any], _: Sequence[Any], actions: Mapping[str, AnyAction]) -> _Found:
    """Reads `tag: vip`, `remove_tag: [vip, lead]`."""
    for key, value in item.items():
        change = _TAGS.get(plain_name(key))
        tags = value if isinstance(value, list) else [value]
        if change and key not in actions and all(isinstance(tag, str) for tag in tags):
            better = _step({**_common(item), "remember": {"tags": {change: tags}}})
            return key, inputs.rule_step_otherwise(key=key, better=better)
    return None


def _by_other_name(
    item: Mapping[str, Any], _: Sequence[Any], actions: Mapping[str, AnyAction]
) -> _Found:
    """Reads `email: {subject: …, body: …}`, `webhook: https://…` with `data: …` beside it."""
    key = next((one for one in item if one not in STEP_KEYS), "")
    name = called(key, actions)
    beside = {one: value for one, value in item.items() if one not in (key, *STEP_KEYS)}
    is_whole = isinstance(item.get(key), Mapping) or bool(beside)
    if name is None or name == key or not is_whole or item.keys() & actions.keys():
        return None
    action = actions[name]
    short = action.shorthand or next(iter(action.inputs_model.model_fields))
    value = item[key]
    given = {**(value if isinstance(value, Mapping) else {short: value}), **beside}
    better = _step({**_common(item), name: _inputs(action, given)})
    return key, inputs.rule_step_otherwise(key=key, better=better)


def _with_inputs_beside(
    item: Mapping[str, Any], _: Sequence[Any], actions: Mapping[str, AnyAction]
) -> _Found:
    """Reads `notify: ops` with `text: …` beside it, `follow_up: 1d` with `message: …`."""
    name = next((key for key in item if key in actions), None)
    beside = {key: value for key, value in item.items() if key not in (name, *STEP_KEYS)}
    if name is None or not beside or not isinstance(item[name], str | int | float):
        return None
    fields = actions[name].inputs_model.model_fields
    first = actions[name].shorthand or next(iter(fields))
    given: dict[str, Any] = {first: item[name]}
    for key, value in beside.items():
        if "actions" in fields and key in actions:
            given.setdefault("actions", []).append({key: value})
            continue
        field = key if key in fields else did_you_mean(key, fields)
        if field is None or field in given:
            return None
        given[field] = value
    better = _step({**_common(item), name: given})
    return next(iter(beside)), inputs.rule_step_with_inputs(action=name, better=better)


_FINDERS: Final = (
    _of_branches, _later, _saved, _by_name, _tagged, _by_other_name, _with_inputs_beside,
)  # fmt: skip


def _steps(value: Any) -> list[Mapping[str, Any]]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, Mapping)]


def _common(item: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in item.items() if key in STEP_KEYS}


def _inputs(action: AnyAction, given: Mapping[str, Any]) -> Any:
    """The inputs with the names of this program; in the short form if there is only one."""
    fields = action.inputs_model.model_fields
    named = {called(key, fields) or key: value for key, value in given.items()}
    needed = {name: "…" for name, field in fields.items() if field.is_required()}
    short = action.shorthand
    return named[short] if short and list(named) == [short] else {**needed, **named}


def _step(step: Mapping[str, Any]) -> str:
    """A step on one line."""
    text = inline(step)
    return text[1:-1] if len(step) == 1 else text


# --- Files that are no rule files: a single rule, settings, or a file of another program ---


#: Programs with the keys by which their files are recognised: a file has all keys of a set.
_PROGRAMS: Final = (
    ({"on", "jobs"}, "GitHub Actions"),
    ({"nodes", "connections"}, "n8n"),
    ({"trigger", "action", "alias"}, "Home Assistant"),
    ({"triggers", "actions", "alias"}, "Home Assistant"),
    ({"services"}, "Docker Compose"),
)
#: Keys of automator.yaml that no rule has.
_SETTINGS: Final = frozenset({"connections", "targets", "notify", "egress", "time_intervals"})
#: The parts of a rule; two of them show that a file is a single rule.
_PARTS: Final = frozenset({"id", "trigger", "conditions", "actions"})


def other_file(data: Any) -> tuple[str, Reason] | None:
    """The key at which to report a file that is no rule file, and the reason; None if it has rules,
    or is not recognised.
    """
    if not isinstance(data, Mapping) or not data or data.keys() & {"rules"}:
        return None
    first = next(iter(data))
    for keys, program in _PROGRAMS:
        if keys <= data.keys():
            return first, shape.rule_file_of_elsewhere(program=program)
    settings = next((key for key in data if key in _SETTINGS), None)
    if settings is not None:
        return settings, shape.rule_file_of_settings(key=settings)
    others = [key for key in data if key not in RuleFileSource.model_fields]
    fields = [*RuleSource.model_fields]
    meant = {key if key in fields else did_you_mean(key, fields) for key in others}
    if len(meant & _PARTS) > 1:
        return others[0], shape.rule_alone(key=others[0])
    return None
