"""Leaves out values that conditions have seen if they contain a known secret."""

import json

from automator.configuration.secrets import KnownSecrets
from automator.model import SeenValues


def without_secrets(seen: SeenValues, secrets: KnownSecrets) -> SeenValues:
    """The values without secrets: an explanation could not show a secret anyway."""
    going = []
    for path, value in seen.values():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        if secrets.hidden(text) != text:
            going.append(path)
    return seen.without(going) if going else seen
