"""Names that come from the text itself or are always there: `vars`, `steps`, `contact`."""

import json
import re
from collections.abc import Mapping

from automator.rules.assistance.cursor import entries

#: The fields of a contact that rules see.
_CONTACT = (
    "id", "name", "state", "tags", "first_seen", "last_inbound_at", "opted_out", "blocked",
    "human_reply_at", "window_opened_at",
)  # fmt: skip
_ALWAYS = (
    *(f"contact.{name}" for name in _CONTACT),
    "connection.name",
    "connection.provider",
)
_ID = re.compile(
    r"^(?P<indent>[ ]*(?:- +)?)id:\s*['\"]?(?P<id>[a-z][a-z0-9_]*)['\"]?\s*$", re.MULTILINE
)
_REMEMBERED = re.compile(r"\bremember:\s*\{(?P<pairs>[^}\n]*)")
_NAME = re.compile(r"[A-Za-z_]\w*$")
#: Names of a text that are offered, at most.
_MOST = 200


def own_names(text: str) -> dict[str, list[str]]:
    """Paths that rules of a file can read beside those of events, with values where it has them."""
    found: dict[str, list[str]] = {path: [] for path in _ALWAYS}
    found |= {f"vars.{name}": [value] for name, value in _vars(text).items()}
    for step in _steps(text)[:_MOST]:
        found |= {f"steps.{step}.{part}": [] for part in ("status", "output")}
    for remembered in list(_REMEMBERED.finditer(text))[:_MOST]:
        names = (pair.partition(":")[0].strip() for pair in remembered["pairs"].split(","))
        found |= {f"contact.state.{name}": [] for name in names if _NAME.fullmatch(name)}
    return found


def _steps(text: str) -> list[str]:
    """The ids of actions; those of rules stand further to the left."""
    ids = [(len(found["indent"]), found["id"]) for found in _ID.finditer(text)]
    of_rules = min((column for column, _ in ids), default=0)
    return [name for column, name in ids if column > of_rules]


def _vars(text: str) -> Mapping[str, str]:
    """The names below `vars` of a file, with their values on the same line, as JSON."""
    found: dict[str, str] = {}
    is_inside, column = False, None
    for line in text.split("\n"):
        keys = [entry for entry in entries(line) if entry.name is not None]
        if not keys or len(found) >= _MOST:
            continue
        key = keys[-1]
        if key.column == 0:
            is_inside, column = key.name == "vars", None
        elif is_inside and (column is None or key.column == column):
            column = key.column
            value = line[key.value :].split(" #")[0].strip().strip("'\"")
            found[str(key.name)] = json.dumps(value, ensure_ascii=False) if value else ""
    return {name: value for name, value in found.items() if _NAME.fullmatch(name)}
