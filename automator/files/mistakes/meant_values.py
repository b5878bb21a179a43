"""Values of the wrong kind whose meaning is certain: `stop: có`, `rollout: 10%`."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from automator.files.one_line import inline, scalar_text
from automator.reasons import ReasonKind
from automator.reasons.problems import words

_FLAGS: Final = {
    **dict.fromkeys(("yes", "y", "on", "có", "co", "đúng", "dung", "bật", "bat"), "true"),
    **dict.fromkeys(("no", "n", "off", "không", "khong", "sai", "tắt", "tat"), "false"),
}
_NUMBER_WITH_UNIT: Final = re.compile(r"\s*([0-9]{1,6}(?:\.[0-9]+)?)\s*(?:%|[^\W\d_]{1,6})\s*")
_PATH: Final = re.compile(r"(?:event|contact|connection|vars)(?:\.\w+)+")
_EVENT: Final = re.compile(r"(?!event\b|contact\b)[a-z_]+(?:\.[a-z_*]+)+")
_SPAN: Final = re.compile(r"[0-9]+[smhdw]")
_CRON_FIELDS: Final = 5
_ITEM: Final = re.compile(r"[\w ]+")


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
        return _of_collection(kinds, value)
    if words.KIND_BOOLEAN in kinds:
        return _FLAGS.get(value.strip().lower())
    number = _NUMBER_WITH_UNIT.fullmatch(value)
    if number and (words.KIND_NUMBER in kinds or words.KIND_WHOLE_NUMBER in kinds):
        return number[1]
    return _text_as_list(value) if words.KIND_LIST in kinds else None


def _text_as_list(value: str) -> str | None:
    """`Có, Không`, whose items are words."""
    items = [item.strip() for item in re.split("[,;]", value)]
    if len(items) > 1 and all(map(_ITEM.fullmatch, items)):
        return f"[{', '.join(items)}]"
    return None


def _of_collection(kinds: Sequence[ReasonKind], value: Any) -> str | None:
    if words.KIND_LIST in kinds and isinstance(value, Mapping):
        return _set_as_list(value)
    return _list_as_text(value) if words.KIND_TEXT in kinds else None


def is_like_example(word: str, example: str) -> bool:
    """Whether a word is written like the example: both name an event, a path, or a time."""
    forms = (_EVENT, _PATH, _SPAN)
    return any(form.fullmatch(example) and form.fullmatch(word) for form in forms)


def _set_as_list(value: Mapping[str, Any]) -> str | None:
    """`{Có, Không}`, which is a mapping of names without values to YAML."""
    if not value or any(inner is not None for inner in value.values()):
        return None

    return inline(list(value))


def _list_as_text(value: Any) -> str | None:
    """An expression with the quotes without which YAML reads it as a list of paths."""
    items = value if isinstance(value, list) else []
    if not items or not all(isinstance(item, str) and _PATH.fullmatch(item) for item in items):
        return None
    return f'"[{", ".join(items)}]"'


def _item(value: Any, example: str) -> Any:
    """The value below its usual key, as the example is written."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        items = value if isinstance(value, list) and _EVENT.fullmatch(example) else []
        are_events = all(isinstance(item, str) and _EVENT.fullmatch(item) for item in items)
        return f"[{', '.join(items)}]" if items and are_events else example
    if example.isdecimal() and (number := _NUMBER_WITH_UNIT.fullmatch(str(value))):
        return number[1]
    # An example that is a path or a line of cron does not fit another text: `once: 1d`, `schedule:
    # every day`.
    is_like = _PATH.fullmatch(str(value)) or str(value)[:1] in "[`'"
    if _PATH.fullmatch(example) and not is_like:
        return example
    if len(example.split()) == _CRON_FIELDS:
        return f'"{value if len(str(value).split()) == _CRON_FIELDS else example}"'
    if example.startswith("[") and isinstance(value, str):
        return f"[{value}]"

    return value if is_like else scalar_text(value, in_brackets=True)
