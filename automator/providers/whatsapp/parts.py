"""The parts that WhatsApp's events have in common: conversation, phone number, ids of a person."""

from typing import Any

from automator.providers.shared.envelope import part
from automator.providers.shared.reading import as_dict, as_id, as_list, as_text

Value = dict[str, Any]


def phone_of(value: Value) -> dict[str, Any]:
    """The number of the business: its id is what an answer is sent through."""
    metadata = as_dict(value.get("metadata"))
    return {
        "phone": {
            "id": as_id(metadata.get("phone_number_id")),
            "number": as_id(metadata.get("display_phone_number")),
        }
    }


def conversation_of(group: str | None, person: str | None) -> dict[str, Any] | None:
    """The group, or else the conversation with the person."""
    return part(group, kind="group") or part(person, kind="person")


def names_of(value: Value) -> dict[str, str]:
    """The names of the people of a delivery, by each of their ids."""
    names: dict[str, str] = {}
    for contact in as_list(value.get("contacts")):
        name = as_text(as_dict(as_dict(contact).get("profile")).get("name"))
        for key in ("wa_id", "user_id"):
            person = as_id(as_dict(contact).get(key))
            if person and name:
                names[person] = name
    return names


def same_person(*values: Any) -> tuple[str, ...]:
    """The ids among the values, each once; none if there is only one, since it links nothing."""
    found = tuple(dict.fromkeys(known for value in values if (known := as_id(value))))
    return found if len(found) > 1 else ()
