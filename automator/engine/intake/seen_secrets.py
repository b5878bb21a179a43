"""Leaves out the values that conditions have seen and that hold a known secret."""

import json

from automator.configuration.secrets import Secret, redact
from automator.model import SeenValues


def without_secrets(seen: SeenValues, secrets: tuple[Secret, ...]) -> SeenValues:
    """The values without those that hold a secret: an explanation could not tell them anyway."""
    if not secrets:
        return seen
    going = []
    for path, value in seen.values():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        if redact(text, secrets) != text:
            going.append(path)
    return seen.without(going) if going else seen
