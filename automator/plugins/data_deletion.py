"""The names of a person's request to delete their data, which a platform passes on as an event."""

import re

#: The last part of the event's type, after the name of the provider.
DATA_DELETION = "data_deletion"
#: How many letters the code has by which the person and the shop name the request.
CODE_LETTERS = 16
_KEY = re.compile(f"{DATA_DELETION}:([0-9a-f]{{{CODE_LETTERS}}})")


def data_deletion_key(code: str) -> str:
    """Returns the dedupe key of a request's event, made from the code that the person was given."""
    return f"{DATA_DELETION}:{code}"


#: All dedupe keys of requests are between these two.
FIRST_KEY, LAST_KEY = data_deletion_key("0" * CODE_LETTERS), data_deletion_key("f" * CODE_LETTERS)


def data_deletion_page(connection: str, code: str) -> str:
    """Returns the path of a request's page."""
    return f"/erasures/{connection}/{code}"


def data_deletion_code(event_type: str, dedupe_key: str) -> str:
    """Returns the code of the request in an event; "" for other events."""
    found = _KEY.fullmatch(dedupe_key) if event_type.endswith(f".{DATA_DELETION}") else None
    return found[1] if found else ""
