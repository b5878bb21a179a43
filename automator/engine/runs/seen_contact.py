"""The contact as later steps of a run see it, before the commit of what was remembered."""

from collections.abc import Mapping
from typing import Any

from automator.model import Effect, OptOut, Remember


def after_effects(contact: Mapping[str, Any], effects: tuple[Effect, ...]) -> Mapping[str, Any]:
    """The contact with what a step has just remembered, for the steps that follow it."""
    for effect in effects:
        if isinstance(effect, Remember):
            contact = _remembered(contact, effect)
        elif isinstance(effect, OptOut):
            contact = {**contact, "opted_out": effect.opted_out}
    return contact


def _remembered(contact: Mapping[str, Any], effect: Remember) -> Mapping[str, Any]:
    tags = [tag for tag in contact.get("tags", ()) if tag not in effect.remove_tags]
    tags += [tag for tag in effect.add_tags if tag not in tags]
    return {**contact, "state": {**contact.get("state", {}), **effect.values}, "tags": tags}
