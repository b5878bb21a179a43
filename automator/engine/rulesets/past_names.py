"""The last names of deleted rules, as found in the revisions of the rules."""

from dataclasses import dataclass, field

from automator.caches import SizedCache
from automator.rules.editing.edits import rules_in
from automator.store import Log

#: The approximate number of bytes for remembered names.
_MOST_BYTES = 256 * 1024
#: The bytes that an entry takes in addition to its texts.
_ENTRY_BYTES = 200


@dataclass(slots=True)
class PastNames:
    """The names of deleted rules, each read once, from the newest revision that was asked for."""

    _known: SizedCache[str, tuple[int, str]] = field(
        default_factory=lambda: SizedCache(_MOST_BYTES)
    )

    def of(self, log: Log, rule: str, revision: int) -> str:
        """The name that a rule had in a revision or later; "" if it had none. Blocks."""
        read_in, name = self._known.get(rule) or (0, "")
        if read_in < revision:
            name = _name_in(log, rule, revision)
            weight = _ENTRY_BYTES + 4 * (len(rule) + len(name))
            self._known.put(rule, (revision, name), weight)
        return name


def _name_in(log: Log, rule: str, revision: int) -> str:
    stored = log.ruleset(revision)
    for text in stored.files.values() if stored else ():
        # Only a file that may contain the rule is parsed, since there can be many.
        for one in rules_in(text) if rule in text else ():
            if isinstance(one, dict) and one.get("id") == rule:
                return str(one.get("name") or "")
    return ""
