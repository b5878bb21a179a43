"""Changes by the buttons of a form: adds a rule, and adds, moves and removes actions."""

from collections.abc import Callable, Mapping
from typing import Any

from automator.files.editing import moved, put, remove
from automator.model import N_, UsageError
from automator.rules.editing.edits import RULE_KEYS, data_of, rules_in
from automator.rules.editing.fields import at, without
from automator.rules.editing.form import RuleForm
from automator.rules.editing.notations.follow_up_times import DAYTIME
from automator.rules.editing.step_forms import NEXT, ActionForm, Choices

_HELLO = N_("Hello {{ event.actor.name | default('there') }}, thank you for writing.")
_PHONE = N_("What is your telephone number, please?")
_NO_PHONE = N_("That does not look like a telephone number. Could you write it again?")
_AGAIN = N_("Are you still interested?")
_NO_PLACE = N_("the form has no such place")
_LOAD_AGAIN = N_("Reload the page and try again.")
#: The wait before a new part of a sequence, so short that several parts fit into a day.
_LATER = "2h"
_EVENT_TEXT = "{{ event.text | default('') | truncate(200) }}"
_PAID = N_("We have got your order, thank you.")
#: A guess where an order has the buyer's Messenger id; the author has to correct it.
_RECEIVER = "{{ event.data.psid }}"
#: The actions that a form can add, in the order in which it offers them.
ADDABLE = (
    "reply",
    "answer",
    "private_reply",
    "message",
    "ask",
    "moderate",
    "notify",
    "follow_up",
    "remember",
    "forward",
    "request",
    "set",
    "log",
)
#: The actions for a scheduled rule, which has no message to reply to.
_FIRED = frozenset(ADDABLE) - {"reply", "answer", "private_reply", "moderate"}
#: The kind of message that the connection must be able to send, by action; others need none.
_NEEDS = {
    "reply": "reply",
    "answer": "reply",
    "private_reply": "private_reply",
    "message": "message",
    "ask": "message",
    "moderate": "hide",
    "follow_up": "message",
}


def addable(form: RuleForm, choices: Choices) -> list[str]:
    """The actions that can be added to a rule: each must be possible for one of its connections; a
    message may also go through another connection.
    """
    able = _able(form, choices)
    writes = {"message"} if speaker(form, choices) else set()
    asking = choices.questions(form.trigger.connections) if "message" in able else {}
    of_comments = any(event.startswith("comment") for event in form.trigger.events)
    names = [
        name
        for name in ADDABLE
        if name in choices.actions
        and (name not in _NEEDS or _NEEDS[name] in able or name in writes)
        and (of_comments or name not in ("private_reply", "moderate"))
        and (choices.receivers or name != "notify")
        and (choices.targets or name != "forward")
        and (choices.texts or name != "answer")
        and (not form.trigger.fires or name in _FIRED)
        and (not form.trigger.is_without_person or not choices.actions[name].needs_person)
    ]
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


def with_rule(text: str, like: RuleForm, rule_id: str, say: Callable[[str], str]) -> str:
    """The text with a new rule at the end, which listens to the same events as the rule `like`."""
    trigger = at(data_of(text), (*like.path, "trigger"))
    listens = trigger if isinstance(trigger, dict) else {}
    keys = ("event", "connection", "schedule", "contacts")
    kept = {key: listens[key] for key in keys if key in listens}
    rule = {
        "id": rule_id,
        "name": say(N_("My rule")),
        "trigger": kept or {"event": "comment.created"},
        "actions": [{"log": _EVENT_TEXT}],
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
    step: dict[str, Any] = (
        {"message": {"template": _said(asking.template, say)}}
        if asking
        else _starter(name, say, choices)
    )
    if name == "ask":
        known = [at(one, ("id",)) for one in actions] if isinstance(actions, list) else []
        step["id"] = next(
            one
            for number in range(len(known) + 1)
            if (one := f"answer{number + 1 if number else ''}") not in known
        )
    if name == "message" and via:
        step = {name: {"via": via, "to": _RECEIVER, "text": say(_PAID)}}
    return put(text, (*place, "actions", count), step, order=RULE_KEYS)


def with_later(text: str, form: RuleForm, key: str, say: Callable[[str], str]) -> str:
    """The text with one more follow-up after the last one of a sequence.

    Raises:
        UsageError: nothing can follow there.
    """
    action = _step(form, key)[1]
    if not action.follows:
        raise UsageError(_NO_PLACE, fix=_LOAD_AGAIN)
    more = {"after": _LATER, "actions": [{"message": say(_AGAIN)}]}
    return put(text, (*action.follows, len(action.later)), more)


def without_action(text: str, form: RuleForm, key: str) -> str:
    """The text without the action at this place of the form.

    Raises:
        UsageError: it is the only action of its list.
    """
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


def _starter(name: str, say: Callable[[str], str], choices: Choices) -> dict[str, Any]:
    inputs: dict[str, Any] = {
        "reply": say(_HELLO),
        "answer": next(iter(choices.texts), "shop"),
        "private_reply": say(_HELLO),
        "message": say(_HELLO),
        "ask": {"text": say(_PHONE), "expect": "phone", "retry_text": say(_NO_PHONE)},
        "moderate": "hide",
        "notify": {
            "to": next(iter(choices.receivers), "ops"),
            "title": say(N_("Somebody has written")),
            "text": "{{ event.actor.name | default('?') }}: "
            "{{ event.text | default('') | truncate(500) }}",
        },
        "follow_up": {
            "after": "12h",
            "active": {"times": DAYTIME},
            "cancel_on": {"event": "message.received"},
            "actions": [{"message": say(_AGAIN)}],
        },
        "remember": {"tags": {"add": [say(N_("asked"))]}},
        "forward": {"to": next(iter(choices.targets), "crm")},
        "request": {"url": "https://example.com/orders", "body": {"text": "{{ event.text }}"}},
        "set": {"phone": "phones(event.text)[0]"},
        "log": _EVENT_TEXT,
    }
    if name not in inputs:
        raise UsageError(N_("this action cannot be added here"), fix=N_("Choose one of the list."))
    step: dict[str, Any] = {name: inputs[name]}
    if name == "remember":
        step["if"] = "event.actor.id != null"
    return step
