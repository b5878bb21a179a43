"""Replaces the person of an event by an invented one, so that nobody can be recognised."""

import json
from collections.abc import Mapping
from typing import Any

_PERSON_ID = "1001"
_PERSON_NAME = "Lan"


def pseudonymized(value: Any, actor: Mapping[str, Any]) -> Any:
    """Plain data with another id and another name wherever those of the person stand."""
    return json.loads(pseudonymized_text(json.dumps(value, ensure_ascii=False), actor))


def pseudonymized_text(text: str, actor: Mapping[str, Any]) -> str:
    """JSON text with another id and another name wherever those of the person stand."""
    # A name may have the id in it.
    for name, other in (("name", _PERSON_NAME), ("id", _PERSON_ID)):
        own = actor.get(name)
        if isinstance(own, str) and len(own) > 1:
            for written in (json.dumps(own, ensure_ascii=False), json.dumps(own)):
                text = text.replace(written[1:-1], other)
    return text
