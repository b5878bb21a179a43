"""Values of the wrong kind whose meaning is certain: `stop: có`, `rollout: 10%`."""

import re
from collections.abc import Sequence
from typing import Any, Final

from automator.reasons import ReasonKind
from automator.reasons.problems import words

_FLAGS: Final = {
    **dict.fromkeys(("yes", "y", "on", "có", "co", "đúng", "dung", "bật", "bat"), "true"),
    **dict.fromkeys(("no", "n", "off", "không", "khong", "sai", "tắt", "tat"), "false"),
}
_NUMBER_WITH_UNIT: Final = re.compile(r"\s*([0-9]{1,6}(?:\.[0-9]+)?)\s*(?:%|[^\W\d_]{1,6})\s*")
_PATH: Final = re.compile(r"(?:event|contact|connection|vars)(?:\.\w+)+")
_EVENT: Final = re.compile(r"(?!event\b|contact\b)[a-z_]+(?:\.[a-z_*]+)+")
_CRON_FIELDS: Final = 5
_LIST: Final = re.compile(r"[\w ]+(?:\s*[,;]\s*[\w ]+)+")


def meant_value(
    kinds: Sequence[ReasonKind], value: Any, usual: tuple[str, str] | None
) -> str | None:
    """The right form of the value that is meant; None where that is not certain.

    `usual` is the key that a mapping usually has, with an example of its value.
    """
    if kinds == [words.KIND_PAIRS] and usual is not None:
        # A name of the key itself is no value of it.
        written = None if value == usual[0] else value
        return f"{{{usual[0]}: {_item(written, usual[1])}}}"
    if not isinstance(value, str):
        return _list_as_text(value) if words.KIND_TEXT in kinds else None
    if words.KIND_BOOLEAN in kinds:
        return _FLAGS.get(value.strip().lower())
    number = _NUMBER_WITH_UNIT.fullmatch(value)
    if number and (words.KIND_NUMBER in kinds or words.KIND_WHOLE_NUMBER in kinds):
        return number[1]
    if words.KIND_LIST in kinds and _LIST.fullmatch(value):
        return f"[{', '.join(part.strip() for part in re.split('[,;]', value))}]"
    return None


def _list_as_text(value: Any) -> str | None:
    """An expression with the quotes without which YAML reads it as a list of paths."""
    items = value if isinstance(value, list) else []
    if not items or not all(isinstance(item, str) and _PATH.fullmatch(item) for item in items):
        return None
    return f'"[{", ".join(items)}]"'


def _item(value: Any, example: str) -> Any:
    """The value below its usual key, as the example is written."""
    if _EVENT.fullmatch(example) and isinstance(value, list) and value:
        are_events = all(isinstance(item, str) and _EVENT.fullmatch(item) for item in value)
        return f"[{', '.join(value)}]" if are_events else example
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return example
    number = _NUMBER_WITH_UNIT.fullmatch(str(value))
    if example.isdecimal() and number:
        return number[1]
    # An example that is a path or a line of cron does not fit another text: `once: 1d`, `schedule:
    # every day`.
    is_like = _PATH.fullmatch(str(value)) or str(value)[:1] in "[`'"
    if _PATH.fullmatch(example) and not is_like:
        return example
    if len(example.split()) == _CRON_FIELDS and len(str(value).split()) != _CRON_FIELDS:
        return example
    return f"[{value}]" if example.startswith("[") and isinstance(value, str) else value
