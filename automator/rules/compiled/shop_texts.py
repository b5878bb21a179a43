"""The shop's own texts, from which `answer` answers: files `knowledge/NAME.md` beside the rules."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, Final

#: The action that answers from them.
ANSWER: Final = "answer"
#: How many characters all texts of one action may have, with the `vars`. So a whole call of the
#: model fits into the attempt that is stored.
MOST_CHARACTERS: Final = 12_000
_FOLDER: Final = "knowledge"


def shop_text_file(name: str) -> str:
    """The file of a text, as rule files include others."""
    return f"{_FOLDER}/{name}.md"


def is_shop_text(file: str) -> bool:
    """Whether a file is a text from which rules may answer, by its name."""
    path = PurePosixPath(file)
    return path.suffix == ".md" and path.parent.name == _FOLDER


def texts_named(item: Any) -> tuple[str, ...]:
    """The names of the texts in an item of a list of actions; empty if it is no `answer`."""
    written = item.get(ANSWER) if isinstance(item, Mapping) else None
    written = written.get("texts") if isinstance(written, Mapping) else written
    names = written if isinstance(written, list) else [written]
    return tuple(name for name in names if isinstance(name, str))


def as_one_text(texts: Mapping[str, str], names: Sequence[str], values: Mapping[str, Any]) -> str:
    """Everything that an answer may come from: the named texts, and the `vars` of files."""
    parts = [f"# {name}\n{texts[name].strip()}" for name in names if name in texts]
    lines = "\n".join(f"{path}: {value}" for path, value in _leaves(values))
    return "\n\n".join([*parts, *([f"# vars\n{lines}"] if lines else [])])


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping | list):
        pairs = value.items() if isinstance(value, Mapping) else enumerate(value, 1)
        for name, inner in pairs:
            yield from _leaves(inner, f"{path}.{name}" if path else str(name))
    elif value is not None:
        yield path, value
