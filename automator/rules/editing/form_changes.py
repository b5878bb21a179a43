"""Changes by the buttons of a form: adds a rule, and adds, moves and removes actions."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from automator.files.editing import moved, put, remove
from automator.model import N_, UsageError, whole_number
from automator.plugins import AnyAction
from automator.rules.editing.edits import RULE_KEYS, data_of, rules_in, with_rule_test
from automator.rules.editing.fields import at, without
from automator.rules.editing.form import RuleForm
from automator.rules.editing.notations import eve_of
from automator.rules.editing.step_forms import NEXT, ActionForm, Choices
from automator.rules.schema.rule_tests import MATCHED

_NO_PLACE = N_("the form has no such place")
_LOAD_AGAIN = N_("Reload the page and try again.")
#: The wait before a new part of a sequence, so short that several parts fit into a day.
_LATER = "2h"
_PAID = N_("We have got your order, thank you.")
#: A guess where an order has the buyer's Messenger id; the author has to correct it.
_RECEIVER = "{{ event.data.psid }}"
#: The kinds of messages that need no message or comment to answer, and those about comments alone.
_UNASKED, _OF_COMMENTS = frozenset({"message"}), frozenset({"private_reply", "hide"})


def addable(form: RuleForm, choices: Choices) -> list[str]:
    """The actions that can be added to a rule: each must be possible for one of its connections; a
    message may also go through another connection.
    """
    trigger, able, via = form.trigger, _able(form, choices), speaker(form, choices)
    asking = choices.questions(trigger.connections) if "message" in able else {}
    of_comments = any(event.startswith("comment") for event in trigger.events)

    def is_possible(name: str, action: AnyAction) -> bool:
        inputs = _example(action, choices)
        kinds = {*_kinds_sent({name: inputs}, choices)} if inputs is not None else set()
        is_sent = kinds <= able or (bool(via) and "via" in action.inputs_model.model_fields)
        needs_person = action.needs_person or action.skips_without_person
        return (
            inputs is not None
            and is_sent
            and (of_comments or not kinds & _OF_COMMENTS)
            and (not trigger.fires or kinds <= _UNASKED)
            and not (trigger.is_without_person and needs_person)
        )

    names = [name for name, action in choices.actions.items() if is_possible(name, action)]
    return [*names, *asking]


def speaker(form: RuleForm, choices: Choices) -> str:
    """The other connection through which a new message has to go; "" if a connection of the rule
    itself can send it, or none can.
    """
    if form.trigger.is_without_person or "message" in _able(form, choices):
        return ""
    return next(iter(choices.speaking), "")


def _able(form: RuleForm, choices: Choices) -> set[str]:
    """The kinds of messages that one of a rule's connections can send."""
    if form.trigger.is_without_person:
        return set()
    names = form.trigger.connections or list(choices.can_send)
    return {kind for name in names for kind in choices.can_send.get(name, ())}


def with_rule(
    text: str, like: RuleForm, rule_id: str, say: Callable[[str], str], choices: Choices
) -> str:
    """The text with a new rule at the end, which listens to the same events as the rule `like`."""
    trigger = at(data_of(text), (*like.path, "trigger"))
    listens = trigger if isinstance(trigger, dict) else {}
    keys = ("event", "connection", "schedule", "contacts")
    kept = {key: listens[key] for key in keys if key in listens}
    rule = {
        "id": rule_id,
        "name": say(N_("My rule")),
        "trigger": kept or {"event": "comment.created"},
        "actions": [{"log": choices.actions["log"].example["text"]}],
    }
    return put(text, ("rules", len(rules_in(text))), rule)


def with_action(
    text: str, form: RuleForm, name: str, say: Callable[[str], str], choices: Choices, key: str = ""
) -> str:
    """The text with one more action, filled in with examples: at the end of the rule, or inside the
    follow-up at the place `key` of the form.

    Raises:
        UsageError: the form has no such place.
    """
    place, via = _step(form, key)[1].holds if key else form.path, speaker(form, choices)
    if not place:
        raise UsageError(_NO_PLACE, fix=_LOAD_AGAIN)
    actions = at(data_of(text), (*place, "actions"))
    count = len(actions) if isinstance(actions, list) else 0
    asking = choices.questions().get(name)
    action = choices.actions.get("message" if asking else name)
    inputs = _example(action, choices) if action else None
    if action is None or inputs is None:
        raise UsageError(N_("this action cannot be added here"), fix=N_("Choose one of the list."))
    inputs = {"template": asking.template} if asking else inputs
    is_short = not asking and inputs.keys() == {action.shorthand}
    said = _said(inputs, say)
    step: dict[str, Any] = {action.name: said[action.shorthand] if is_short else said}
    if action.needs_person and not action.sends(inputs):
        step["if"] = "event.actor.id != null"
    if action.asks:
        known = [at(one, ("id",)) for one in actions] if isinstance(actions, list) else []
        step["id"] = next(
            one
            for number in range(len(known) + 1)
            if (one := f"answer{number + 1 if number else ''}") not in known
        )
    if name == "message" and via:
        step = {name: {"via": via, "to": _RECEIVER, "text": say(_PAID)}}
    return put(text, (*place, "actions", count), step, order=RULE_KEYS)


def with_later(
    text: str, form: RuleForm, key: str, say: Callable[[str], str], choices: Choices
) -> str:
    """The text with one more follow-up after the last one of a sequence.

    Raises:
        UsageError: nothing can follow there.
    """
    action = _step(form, key)[1]
    if not action.follows:
        raise UsageError(_NO_PLACE, fix=_LOAD_AGAIN)
    actions = choices.actions[action.action].example["actions"]
    more = {"after": _LATER, "actions": _said(actions, say)}
    return put(text, (*action.follows, len(action.later)), more)


def with_new_test(text: str, form: RuleForm, say: Callable[[str], str]) -> str:
    """The text with one more test of the rule, which expects it to act on an event or at its time.

    Raises:
        UsageError: the tests are no list, or no event comes in.
    """
    if not form.takes_tests:
        raise UsageError(_NO_PLACE, fix=_LOAD_AGAIN)
    if form.samples:
        sample, about = next(iter(form.samples.items()))
        test = {"name": say(about).rstrip("."), "event": {"sample": sample}, "expect": MATCHED}
    else:
        test = {"name": say(N_("it acts at its time")), **_fire(form), "expect": MATCHED}
    return with_rule_test(text, str(at(data_of(text), (*form.path, "id"))), test)


def _fire(form: RuleForm) -> dict[str, Any]:
    """The keys of a test in which the schedule of a rule fires."""
    known = {one.name: one for one in form.trigger.fields}
    person = {"contacts": [{"id": "1001"}]} if form.trigger.is_for_people else {}
    if "time" in known and (
        eve := eve_of(known["days"].value, known["time"].value, known["time"].zone)
    ):
        return {"given": {"clock": eve, **person}, "run_for": "2m"}
    every = known["schedule.every"].value if "schedule.every" in known else ""
    return {**({"given": person} if person else {}), "run_for": every or "1d"}


def without_action(text: str, form: RuleForm, key: str) -> str:
    """The text without the action, or the test, at this place of the form.

    Raises:
        UsageError: it is the only action of its list.
    """
    number = whole_number(key.removeprefix("t"))
    if key.startswith("t") and number is not None and number < len(form.tests or ()):
        return without(text, (*form.path, "tests", number))
    beside, action = _step(form, key)
    if action.action == NEXT:
        return without(text, action.path)
    if beside == 1:
        raise UsageError(N_("a rule needs at least one action"), fix=N_("Add another one first."))
    return remove(text, action.path)


def with_action_moved(text: str, form: RuleForm, key: str, *, up: bool) -> str:
    """The text with the action at this place of the form moved up or down by one place."""
    return moved(text, _step(form, key)[1].path, up=up)


def _step(form: RuleForm, key: str) -> tuple[int, ActionForm]:
    for beside, action in form.steps():
        if action.key == key:
            return beside, action
    raise UsageError(_NO_PLACE, fix=_LOAD_AGAIN)


def _said(data: Any, say: Callable[[str], str]) -> Any:
    """The data of an example, with its texts in the reader's language."""
    if isinstance(data, Mapping):
        return {key: _said(value, say) for key, value in data.items()}
    return [_said(one, say) for one in data] if isinstance(data, list) else say(data)


def _example(action: AnyAction, choices: Choices) -> Mapping[str, Any] | None:
    """The inputs of a new step; None if one of them has to name something, and there is nothing."""
    found = dict(action.example)
    for key, names in choices.named(action.name).items():
        if action.inputs_model.model_fields[key].is_required():
            if not names:
                return None
            found[key] = names[0]
    return found


def _kinds_sent(step: Mapping[str, Any], choices: Choices) -> Iterator[str]:
    """The kinds of messages that a step sends, with the steps inside it."""
    for name, inputs in step.items():
        given = inputs if isinstance(inputs, Mapping) else {}
        yield from filter(None, [choices.actions[name].sends(given)])
        for inner in given.get("actions", ()):
            yield from _kinds_sent(inner, choices)
