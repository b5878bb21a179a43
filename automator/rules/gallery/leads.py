"""Rules that make leads of people: they ask for phone numbers, keep them, and tell the staff."""

from typing import Any

from automator.conditions import fold
from automator.model import N_
from automator.rules.gallery.common_parts import (
    ANSWER,
    HAS_PERSON,
    PERSON,
    QUIET,
    notice,
    notices,
    once,
    says,
    words_field,
)
from automator.rules.gallery.gallery_rule import Filled, GalleryField, GalleryRule

#: As many as arm() takes.
_MOST_STAFF = 20


def _asked_phone(filled: Filled) -> dict[str, Any]:
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
        *notices(filled, f"{note} {phone}"),
    ]
    return {
        "conditions": says(filled),
        "limits": once(PERSON, "1d"),
        **QUIET,
        "actions": actions,
    }


ASK_PHONE_NUMBER = GalleryRule(
    key="ask_phone_number",
    title=N_("Ask buyers for their phone number"),
    about=N_(
        "A person who wants to buy is asked for a phone number, and asked again if the "
        "answer has none. The number is kept with the contact, and the people under "
        "Connections, “Who is told”, get a notice."
    ),
    events=("message.received",),
    needs=frozenset({"message"}),
    fields=(
        words_field(N_("buy, order, take one, consult")),
        GalleryField("question", N_("What to ask"), N_("Which phone number may we call you at?")),
        GalleryField(
            "again",
            N_("What to say when it is no phone number"),
            N_("This does not look like a phone number. Could you send it once more?"),
        ),
        GalleryField("answer", ANSWER, N_("Thank you, we will call you soon.")),
    ),
    make=_asked_phone,
    sample=N_("I want to order one"),
)


def _kept_phone(filled: Filled) -> dict[str, Any]:
    """Keeps a telephone number with the contact, and writes it into the log; nobody is answered."""
    note = filled.say(N_("Phone number: {{ event.text | phones | join(', ') }}"))
    phone = {"phone": "{{ event.text | phones | first }}"}
    return {
        "conditions": ["phones(event.text)"],
        "actions": [{"remember": phone, "if": HAS_PERSON}, {"log": note}],
    }


KEEP_PHONE_NUMBERS = GalleryRule(
    key="keep_phone_numbers",
    title=N_("Keep the phone numbers that people write"),
    about=N_(
        "The number stands with the contact as “phone”, for later rules, and in the log;"
        " nobody is answered."
    ),
    events=("message.received", "comment.created"),
    needs=frozenset(),
    fields=(),
    make=_kept_phone,
    sample=N_("Call me on 0901 234 567"),
    hears_all=True,
)


def _taken_lead(filled: Filled) -> dict[str, Any]:
    """Keeps the answers of a form with the contact, and notifies those who look after buyers."""
    is_lead = filled.event == "lead.created"
    name, phone = ("full_name", "phone_number") if is_lead else ("name", "phone")
    part = "event.lead" if is_lead else "event.info"
    who = f"{{{{ {part}.{name} | default('?') }}}}, {{{{ {part}.{phone} | default('?') }}}}"
    note = f"{filled.text('note')} {who}"
    kept = {
        "phone": f"{{{{ {part}.{phone} }}}}",
        "tags": {"add": [filled.say(N_("lead"))]},
    }
    return {
        "actions": [
            {"remember": kept, "if": f"{part}.{phone}"},
            {"log": note},
            *notices(filled, note, title=filled.say(N_("New lead"))),
        ]
    }


TAKE_LEADS = GalleryRule(
    key="take_leads",
    title=N_("Take the leads of your forms"),
    about=N_(
        "A person who fills in a form is a contact with a phone number, and the receivers"
        " named under Connections, “Who is told”, are told at once."
    ),
    events=("lead.created", "contact.submitted_info"),
    needs=frozenset(),
    fields=(GalleryField("note", N_("What to write to us"), N_("New lead:")),),
    make=_taken_lead,
    sample="",
)


def _shared_people(filled: Filled) -> dict[str, Any]:
    """Gives each new person one of the staff, by a value and a tag, and tells that one of them who
    can be told, or else who looks after buyers.
    """
    names = [name.replace("'", "’") for name in filled.words("names")[:_MOST_STAFF]]
    listed = ", ".join(f"'{name}'" for name in names)
    who = f"{{{{ {PERSON} | arm('staff', [{listed}]) }}}}"
    note = filled.say(N_("{{ event.actor.name | default('Somebody new') }} has written, for"))
    actions: list[Any] = [
        {"remember": {"assignee": who, "tags": {"add": [who]}}},
        {"log": f"{note} {who}"},
    ]
    known = {fold(receiver): receiver for receiver in filled.around.receivers}
    told = {name: known[fold(name)] for name in names if fold(name) in known}
    for name, receiver in told.items():
        is_theirs = f"contact.state.assignee == '{name}'"
        actions.append({**notice(receiver, f"{note} {name}"), "if": is_theirs})
    if not told:
        actions += notices(filled, f"{note} {who}")
    return {"conditions": [HAS_PERSON, "contact.state.assignee == null"], "actions": actions}


SHARE_PEOPLE = GalleryRule(
    key="share_people",
    title=N_("Share new people among your staff"),
    about=N_(
        "Each new person gets one of the names, as a tag and as the value “assignee”, and "
        "keeps it. Use the names of accounts, so that everybody finds their own contacts. A "
        "receiver with that name under Connections, “Who is told”, gets a notice."
    ),
    events=("message.received",),
    needs=frozenset(),
    fields=(GalleryField("names", N_("The names, separated by commas"), "lan, mai, hoa", "line"),),
    make=_shared_people,
    sample=N_("Hello"),
)
