"""Leaves out the values that conditions have seen and that hold a known secret."""

import json

from automator.configuration.secrets import KnownSecrets
from automator.model import SeenValues


def without_secrets(seen: SeenValues, secrets: KnownSecrets) -> SeenValues:
    """The values without those that hold a secret: an explanation could not tell them anyway."""
    going = []
    for path, value in seen.values():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        if secrets.hidden(text) != text:
            going.append(path)
    return seen.without(going) if going else seen
