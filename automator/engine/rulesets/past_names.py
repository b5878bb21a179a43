"""Finds the last names of deleted rules, in earlier revisions of the rules."""

from dataclasses import dataclass, field

from automator.caches import SizedCache
from automator.rules.editing.edits import rules_in
from automator.store import Log

#: How many bytes the remembered names may take, approximately.
_MOST_BYTES = 256 * 1024
#: How many bytes an entry takes besides its texts.
_ENTRY_BYTES = 200


@dataclass(slots=True)
class PastNames:
    """Reads the names of deleted rules, each once, and remembers them."""

    _known: SizedCache[str, tuple[int, str]] = field(
        default_factory=lambda: SizedCache(_MOST_BYTES)
    )

    def of(self, log: Log, rule: str, revision: int) -> str:
        """The last name of a rule, from this revision on; "" if it had no name. Blocks."""
        read_in, name = self._known.get(rule) or (0, "")
        if read_in < revision:
            name = _name_in(log, rule, revision)
            weight = _ENTRY_BYTES + 4 * (len(rule) + len(name))
            self._known.put(rule, (revision, name), weight)
        return name


def _name_in(log: Log, rule: str, revision: int) -> str:
    stored = log.ruleset(revision)
    for text in stored.files.values() if stored else ():
        # There can be many files, so only a file that may contain the rule is parsed.
        for one in rules_in(text) if rule in text else ():
            if isinstance(one, dict) and one.get("id") == rule:
                return str(one.get("name") or "")
    return ""
