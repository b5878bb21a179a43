"""Replaces the person of an event by an invented person, so that nobody can be recognised."""

import json
from collections.abc import Mapping
from typing import Any

_PERSON_ID = "1001"
_PERSON_NAME = "Lan"


def pseudonymized(value: Any, actor: Mapping[str, Any]) -> Any:
    """Returns plain data in which the person's id and name are replaced everywhere."""
    return json.loads(pseudonymized_text(json.dumps(value, ensure_ascii=False), actor))


def pseudonymized_text(text: str, actor: Mapping[str, Any]) -> str:
    """Returns JSON text in which the person's id and name are replaced everywhere."""
    # The name comes first, because it may contain the id.
    for name, other in (("name", _PERSON_NAME), ("id", _PERSON_ID)):
        own = actor.get(name)
        if isinstance(own, str) and len(own) > 1:
            for written in (json.dumps(own, ensure_ascii=False), json.dumps(own)):
                text = text.replace(written[1:-1], other)
    return text
