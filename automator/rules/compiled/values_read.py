"""The values that conditions read besides the event: fields of the contact, and `vars`."""

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Any

from automator.conditions import EVERY_FIELD
from automator.model import Condition, Rule, SeenValues, record
from automator.rules.compiled.conditions import fields_of


@record(kw_only=False)
class Reads:
    """The fields of the contact and the `vars` of automator.yaml that conditions read."""

    contact: frozenset[str] = frozenset()
    vars: Mapping[str, Any] = field(default_factory=dict)
    #: `vars` that conditions read but automator.yaml lacks, such as `vars.word`; `vars.*` means
    #: that conditions read all values.
    absent: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.contact or self.vars or self.absent)

    @classmethod
    def of(cls, conditions: Iterable[Condition], rule: Rule) -> "Reads":
        """The values that conditions of a rule read."""
        conditions = tuple(conditions)
        of_contact, names = fields_of(conditions, "contact"), fields_of(conditions, "vars")
        if not of_contact and names <= rule.own_vars:
            return _NOTHING
        if EVERY_FIELD in names:
            names |= rule.vars.keys()
        outside = names - rule.own_vars
        found = {name: rule.vars[name] for name in sorted(outside) if name in rule.vars}
        return cls(of_contact, found, frozenset(f"vars.{name}" for name in outside - found.keys()))

    @classmethod
    def together(cls, parts: Iterable["Reads"]) -> "Reads":
        """The union of several reads."""
        parts = tuple(part for part in parts if part)
        return cls(
            frozenset().union(*(part.contact for part in parts)),
            {name: value for part in parts for name, value in part.vars.items()},
            frozenset().union(*(part.absent for part in parts)),
        )

    @property
    def paths(self) -> frozenset[str]:
        """The paths that are read, such as `contact.state` and `vars.word`."""
        of_contact = (f"contact.{name}" for name in self.contact)
        return frozenset((*of_contact, *(f"vars.{name}" for name in self.vars), *self.absent))

    def seen(self, contact: Mapping[str, Any]) -> SeenValues:
        """The values that the conditions would read now, for this contact."""
        if EVERY_FIELD in self.contact:
            kept, missing = dict(contact), {EVERY_FIELD}
        else:
            kept = {name: contact[name] for name in sorted(self.contact) if name in contact}
            missing = set(self.contact - kept.keys())
        absent = self.absent | {f"contact.{name}" for name in missing}
        return SeenValues(contact=kept, vars=self.vars, absent=absent)


_NOTHING = Reads()
