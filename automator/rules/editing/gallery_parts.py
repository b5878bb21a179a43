"""The parts of the ready-made rules of the gallery: each function makes those of one rule."""

from typing import Any

from automator.conditions import fold
from automator.model import N_
from automator.rules.editing.expressions import Words
from automator.rules.editing.gallery import Filled
from automator.rules.editing.lines.times import DAYS, cron_at
from automator.rules.editing.lines.waits import DAYTIME

_PERSON = "event.actor.id"
_HAS_PERSON = "event.actor.id != null"
#: As many as arm() takes.
_MOST_STAFF = 20

#: Rules that answer questions leave the conversation to the person who has answered by hand.
_QUIET = {"pause_on": {"human_reply": "12h"}}


def _once(key: str, period: str | None = None) -> dict[str, Any]:
    return {"once": {"key": key, **({"period": period} if period else {})}}


def _says(filled: Filled) -> list[Any]:
    """A condition: the event has one of the words of the field `words`."""
    return [str(Words(filled.words("words")))]


def price(filled: Filled) -> dict[str, Any]:
    """An answer, under a comment also a private one."""
    actions: list[Any] = [{"reply": filled.text("answer")}]
    if filled.is_comment and filled.can("private_reply"):
        actions.append({"private_reply": filled.text("private")})
    return {"conditions": _says(filled), **_QUIET, "actions": actions}


def hidden_phone(filled: Filled) -> dict[str, Any]:
    """Hides a comment with a telephone number."""
    actions: list[Any] = [{"moderate": "hide"}]
    if filled.can("private_reply"):
        actions.append({"private_reply": filled.text("private")})
    return {"conditions": ["phones(event.text)"], "actions": actions}


def hidden_link(_filled: Filled) -> dict[str, Any]:
    """Hides a comment with a link."""
    return {"conditions": ["links(event.text)"], "actions": [{"moderate": "hide"}]}


def kept_phone(filled: Filled) -> dict[str, Any]:
    """Keeps a telephone number with the contact, and writes it into the log; nobody is answered."""
    note = filled.say(N_("Phone number: {{ event.text | phones | join(', ') }}"))
    phone = {"phone": "{{ event.text | phones | first }}"}
    return {
        "conditions": ["phones(event.text)"],
        "actions": [{"remember": phone, "if": _HAS_PERSON}, {"log": note}],
    }


def taken_lead(filled: Filled) -> dict[str, Any]:
    """Keeps what somebody has filled in with the contact, and tells who looks after buyers."""
    is_lead = filled.event == "lead.created"
    name, phone = ("full_name", "phone_number") if is_lead else ("name", "phone")
    part = "event.lead" if is_lead else "event.info"
    who = f"{{{{ {part}.{name} | default('?') }}}}, {{{{ {part}.{phone} | default('?') }}}}"
    note = f"{filled.text('note')} {who}"
    kept = {
        "phone": f"{{{{ {part}.{phone} }}}}",
        "tags": {"add": [filled.say(N_("lead"))]},
    }
    actions: list[Any] = [{"remember": kept, "if": f"{part}.{phone}"}, {"log": note}]
    for receiver in filled.around.receivers[:1]:
        notice = {"to": receiver, "title": filled.say(N_("New lead")), "text": note}
        actions.append({"notify": notice, "on_error": "continue"})
    return {"actions": actions}


def asked_phone(filled: Filled) -> dict[str, Any]:
    """A question for the phone number, which is kept, and told to who looks after buyers."""
    phone = "{{ steps.phone.output.value }}"
    question = {
        "text": filled.text("question"),
        "expect": "phone",
        "retry_text": filled.text("again"),
        "expires": "2h",
    }
    note = filled.say(N_("{{ event.actor.name | default('Somebody') }} left a phone number:"))
    actions: list[Any] = [
        {"id": "phone", "ask": question},
        {"remember": {"phone": phone}},
        {"message": filled.text("answer")},
        {"log": f"{note} {phone}"},
    ]
    for receiver in filled.around.receivers[:1]:
        notice = {"to": receiver, "text": f"{note} {phone}"}
        actions.append({"notify": notice, "on_error": "continue"})
    return {
        "conditions": _says(filled),
        "limits": _once(_PERSON, "1d"),
        **_QUIET,
        "actions": actions,
    }


def shared_people(filled: Filled) -> dict[str, Any]:
    """Gives each new person one of the staff, by a value and a tag, and tells that one of them who
    can be told, or else who looks after buyers.
    """
    names = [name.replace("'", "’") for name in filled.words("names")[:_MOST_STAFF]]
    listed = ", ".join(f"'{name}'" for name in names)
    who = f"{{{{ {_PERSON} | arm('staff', [{listed}]) }}}}"
    note = filled.say(N_("{{ event.actor.name | default('Somebody new') }} has written, for"))
    actions: list[Any] = [
        {"remember": {"assignee": who, "tags": {"add": [who]}}},
        {"log": f"{note} {who}"},
    ]
    known = {fold(receiver): receiver for receiver in filled.around.receivers}
    told = {name: known[fold(name)] for name in names if fold(name) in known}
    for name, receiver in told.items():
        is_theirs = f"contact.state.assignee == '{name}'"
        notice = {"to": receiver, "text": f"{note} {name}"}
        actions.append({"notify": notice, "if": is_theirs, "on_error": "continue"})
    for receiver in () if told else filled.around.receivers[:1]:
        notice = {"to": receiver, "text": f"{note} {who}"}
        actions.append({"notify": notice, "on_error": "continue"})
    return {"conditions": [_HAS_PERSON, "contact.state.assignee == null"], "actions": actions}


def opening_hours(filled: Filled) -> dict[str, Any]:
    """An answer, once an hour to each person."""
    return {
        "conditions": _says(filled),
        "limits": _once(f"[{_PERSON}, event.connection]", "1h"),
        **_QUIET,
        "actions": [{"reply": filled.text("answer")}],
    }


def complaint(filled: Filled) -> dict[str, Any]:
    """An apology, a tag, a warning, and a notice to who looks after it; later rules keep quiet."""
    actions: list[Any] = [{"reply": filled.text("answer")}]
    if filled.is_comment and filled.can("private_reply"):
        actions.append({"private_reply": filled.text("private")})
    note = filled.say(N_("Complaint: {{ event.text | truncate(200) }}"))
    actions += [
        {"remember": {"tags": {"add": [filled.say(N_("complaint"))]}}, "if": _HAS_PERSON},
        {"log": {"text": note, "level": "warning"}},
    ]
    for receiver in filled.around.receivers[:1]:
        title = filled.say(N_("Complaint"))
        notice = {"to": receiver, "title": title, "text": "{{ event.text | truncate(500) }}"}
        actions.append({"notify": notice, "on_error": "continue"})
    return {"priority": 10, "stop": True, "conditions": _says(filled), "actions": actions}


def asked_again(filled: Filled) -> dict[str, Any]:
    """A message later, in the daytime, unless the person has written meanwhile."""
    follow_up = {
        "after": filled.text("after"),
        "active": {"times": DAYTIME},
        "cancel_on": {"event": "message.received"},
        "actions": [{"message": filled.text("answer")}],
    }
    return {
        "conditions": _says(filled),
        "limits": _once(_PERSON, "3d"),
        **_QUIET,
        "actions": [{"follow_up": follow_up}],
    }


def written_to_many(filled: Filled) -> dict[str, Any]:
    """A message to each contact with a tag, at the times of a schedule, once a week at most."""
    days = next(key for key, label in DAYS.items() if label == filled.text("days"))
    contacts = {"connection": filled.around.connection, "tag": filled.text("tag")}
    return {
        "trigger": {
            "schedule": {"cron": cron_at(days, filled.text("time"))},
            "contacts": {key: value for key, value in contacts.items() if value},
        },
        "limits": _once("contact.id", "6d"),
        **_QUIET,
        "actions": [{"message": filled.text("answer")}],
    }


def price_link(filled: Filled) -> dict[str, Any]:
    """A message with a tracked link, and another one to whoever has not opened it."""
    follow_up = {
        "after": filled.text("after"),
        "cancel_on": {"event": ["link.clicked", "message.received"]},
        "actions": [{"message": filled.text("again")}],
    }
    return {
        "conditions": _says(filled),
        "limits": _once(_PERSON, "3d"),
        **_QUIET,
        "actions": [{"message": filled.text("answer")}, {"follow_up": follow_up}],
    }


def welcome(filled: Filled) -> dict[str, Any]:
    """An answer to the first message of each person."""
    return {"limits": _once(_PERSON), **_QUIET, "actions": [{"reply": filled.text("answer")}]}


def not_understood(filled: Filled) -> dict[str, Any]:
    """An answer where no other rule has one, once a day to each person."""
    return {
        "fallback": True,
        "limits": _once(_PERSON, "1d"),
        **_QUIET,
        "actions": [{"reply": filled.text("answer")}],
    }


def out_of_hours(filled: Filled) -> dict[str, Any]:
    """An answer at times at which the shop is closed."""
    first, last = filled.text("opens"), filled.text("closes")
    open_now = f"between(now, '{first}', '{last}', '{filled.around.zone}')"
    return {
        "conditions": [{"not": [open_now]}],
        "limits": _once(_PERSON, "8h"),
        **_QUIET,
        "actions": [{"reply": filled.text("answer")}],
    }


def giveaway(filled: Filled) -> dict[str, Any]:
    """A private message, once for each person and post."""
    actions: list[Any] = [{"moderate": "like"}] if filled.can("like") else []
    actions += [
        {"private_reply": filled.text("private")},
        {"remember": {"tags": {"add": [filled.say(N_("giveaway"))]}}, "if": _HAS_PERSON},
    ]
    return {
        "conditions": _says(filled),
        "limits": _once(f"[{_PERSON}, event.post.id]"),
        "actions": actions,
    }


def order_status(filled: Filled) -> dict[str, Any]:
    """An answer, and a line in the log."""
    note = filled.say(N_("Order asked about: {{ event.text | truncate(200) }}"))
    return {
        "conditions": _says(filled),
        "limits": _once(_PERSON, "10m"),
        **_QUIET,
        "actions": [{"reply": filled.text("answer")}, {"log": note}],
    }


def thanks(filled: Filled) -> dict[str, Any]:
    """Likes and thanks for a comment, and notes every review."""
    under_comment = "event.comment != null"
    actions: list[Any] = []
    if filled.can("like"):
        actions.append({"moderate": "like", "if": under_comment})
    note = filled.say(N_("Praise: {{ event.text | default('') | truncate(200) }}"))
    actions += [{"reply": filled.text("answer"), "if": under_comment}, {"log": note}]
    praise = _says(filled)
    if "review.created" in filled.around.events:
        praise = [{"any": ["event.type == 'review.created'", *praise]}]
    return {"conditions": praise, "actions": actions}


def no_more(filled: Filled) -> dict[str, Any]:
    """The last answer to a person, who is then left alone."""
    words = Words(filled.words("words"), mode="exact")
    return {
        "priority": 10,
        "stop": True,
        "conditions": [str(words)],
        "actions": [
            {"reply": filled.text("answer")},
            {"remember": {"opted_out": True}},
            {"cancel_follow_ups": {}},
        ],
    }
