"""A person's request to delete their data: its event type, dedupe key, code and page."""

import re

#: The last part of the event's type, after the name of the provider.
DATA_DELETION = "data_deletion"
#: How many letters the code of a request has. The person and the shop name the request by its code.
CODE_LETTERS = 16
_KEY = re.compile(f"{DATA_DELETION}:([0-9a-f]{{{CODE_LETTERS}}})")


def data_deletion_key(code: str) -> str:
    """Returns the dedupe key of a request's event, made from the request's code."""
    return f"{DATA_DELETION}:{code}"


#: The first and the last possible dedupe key of a request, for a search in the store.
FIRST_KEY, LAST_KEY = data_deletion_key("0" * CODE_LETTERS), data_deletion_key("f" * CODE_LETTERS)


def data_deletion_page(connection: str, code: str) -> str:
    """Returns the path of a request's page."""
    return f"/erasures/{connection}/{code}"


def data_deletion_code(event_type: str, dedupe_key: str) -> str:
    """Returns the code of the request in an event; "" for other events."""
    found = _KEY.fullmatch(dedupe_key) if event_type.endswith(f".{DATA_DELETION}") else None
    return found[1] if found else ""
