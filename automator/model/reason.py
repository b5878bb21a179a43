"""Reasons: a code with parameters that explains a state, a decision or a mistake."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any

from automator.model.record import record

#: The code of a reason in the words of another party, such as a platform: `text`.
QUOTED = "quoted"
#: A quotation with its own advice: `text` and `fix`.
QUOTED_WITH_FIX = "quoted_with_fix"


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for it
    """Marks a text for the catalogue. It is translated when it is shown."""
    return text


@record(kw_only=False)
class Reason:
    """The reason for something: a stable code, and the values that its sentence needs.

    The values are JSON values, other reasons, or lists of these. `automator.language` makes a
    sentence of it only when a person reads it.
    """

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """Writes `throttled limit=3 key=…`, for log files and failed tests."""
        values = (f"{name}={_listed(value)}" for name, value in self.params.items())
        return " ".join((self.code, *values))

    def to_json(self) -> dict[str, Any]:
        """Returns `{"code": …, "params": {…}}`, with inner reasons in the same form."""
        params = {name: _to_json(value) for name, value in self.params.items()}
        return {"code": self.code, "params": params}

    @property
    def key(self) -> str:
        """Returns its JSON in one form, by which equal reasons are counted together."""
        return json.dumps(self.to_json(), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_key(cls, key: str) -> "Reason":
        """Makes the reason from its `key`."""
        return cls.from_json(json.loads(key))

    def codes(self) -> Iterator[str]:
        """Yields its code, then the codes of the reasons within it."""
        yield self.code
        for value in self.params.values():
            for inner in value if isinstance(value, list | tuple) else (value,):
                if isinstance(inner, Reason):
                    yield from inner.codes()

    def texts(self) -> Iterator[str]:
        """Yields its values as texts, then the inner reasons' values: the texts that a search
        finds.
        """
        for value in self.params.values():
            if isinstance(value, Reason):
                yield from value.texts()
            elif isinstance(value, list | tuple):
                yield from map(str, value)
            elif value is not None:
                yield str(value)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Reason":
        """Makes the reason from the result of `to_json`."""
        params = {name: _from_json(item) for name, item in value["params"].items()}
        return cls(value["code"], params)


def _listed(value: Any) -> str:
    return f"[{', '.join(map(str, value))}]" if isinstance(value, list | tuple) else str(value)


def _to_json(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_to_json(item) for item in value]
    return value.to_json() if isinstance(value, Reason) else value


def _from_json(value: Any) -> Any:
    if isinstance(value, list):
        return [_from_json(item) for item in value]
    return Reason.from_json(value) if _is_reason(value) else value


def _is_reason(value: Any) -> bool:
    return isinstance(value, Mapping) and value.keys() == {"code", "params"}


def reason_json(reason: Reason | None) -> dict[str, Any] | None:
    """Returns a reason for programs, or None."""
    return None if reason is None else reason.to_json()


def quoted(text: str, fix: str = "") -> Reason:
    """Makes a quotation of another party's message and advice."""
    if fix:
        return Reason(QUOTED_WITH_FIX, {"text": text, "fix": fix})
    return Reason(QUOTED, {"text": text})
