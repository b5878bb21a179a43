"""Files that are no rule files: one rule alone, settings, or a file of another program."""

from collections.abc import Mapping
from typing import Any, Final

from automator.files import did_you_mean
from automator.model import Reason
from automator.reasons.problems import shape
from automator.rules.schema.rule_file import RuleFileSource, RuleSource

#: Keys of other programs, of which a file has all.
_PROGRAMS: Final = (
    ({"on", "jobs"}, "GitHub Actions"),
    ({"nodes", "connections"}, "n8n"),
    ({"trigger", "action", "alias"}, "Home Assistant"),
    ({"triggers", "actions", "alias"}, "Home Assistant"),
    ({"services"}, "Docker Compose"),
)
#: Keys of automator.yaml that are none of a rule.
_SETTINGS: Final = frozenset({"connections", "targets", "notify", "egress", "time_intervals"})
#: The parts of a rule, of which somebody who writes one alone writes two.
_PARTS: Final = frozenset({"id", "trigger", "conditions", "actions"})


def other_file(data: Any) -> tuple[str, Reason] | None:
    """The key at which the mistake is told, and the mistake; None where the file has rules, or
    nobody knows what it is.
    """
    if not isinstance(data, Mapping) or not data or data.keys() & {"rules"}:
        return None
    first = next(iter(data))
    for keys, program in _PROGRAMS:
        if keys <= data.keys():
            return first, shape.FILE_OF_ELSEWHERE(program=program)
    settings = next((key for key in data if key in _SETTINGS), None)
    if settings is not None:
        return settings, shape.FILE_OF_SETTINGS(key=settings)
    others = [key for key in data if key not in RuleFileSource.model_fields]
    fields = [*RuleSource.model_fields]
    meant = {key if key in fields else did_you_mean(key, fields) for key in others}
    if len(meant & _PARTS) > 1:
        return others[0], shape.RULE_ALONE(key=others[0])
    return None
