"""Reasons: why something is as it is, as a code with values, which is worded only when read."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any

from automator.model.record import record

#: The code of a reason that quotes another party, such as a platform; its value is `text`.
QUOTED = "quoted"
#: The code of a quotation that has advice; its values are `text` and `fix`.
QUOTED_WITH_FIX = "quoted_with_fix"
#: The values of a reason that hold the real one.
_AROUND = ("because", "first")


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for it
    """Marks a text for the catalogue. It is translated when it is shown."""
    return text


@record(kw_only=False)
class Reason:
    """An explanation of something: a stable code, and the values that its sentence needs.

    The values are JSON values, other reasons, or lists of these. `automator.language` makes a
    sentence of it only when a person reads it.
    """

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """Writes the code and the values, as in `throttled limit=3 key=…`, for log files."""
        values = (f"{name}={_listed(value)}" for name, value in self.params.items())
        return " ".join((self.code, *values))

    def to_json(self) -> dict[str, Any]:
        """Returns `{"code": …, "params": {…}}`, with inner reasons in the same form."""
        params = {name: _to_json(value) for name, value in self.params.items()}
        return {"code": self.code, "params": params}

    @property
    def key(self) -> str:
        """Returns the reason as JSON text. Equal reasons have equal texts, for counting them."""
        return json.dumps(self.to_json(), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_key(cls, key: str) -> "Reason":
        """Makes the reason from its `key`."""
        return cls.from_json(json.loads(key))

    @property
    def innermost(self) -> "Reason":
        """Returns the reason inside the reasons that only name a step or a wait around it."""
        inner = next((self.params[name] for name in _AROUND if name in self.params), None)
        return inner.innermost if isinstance(inner, Reason) else self

    def codes(self) -> Iterator[str]:
        """Yields the code, then the codes of the reasons inside this one."""
        yield self.code
        for value in self.params.values():
            for inner in value if isinstance(value, list | tuple) else (value,):
                if isinstance(inner, Reason):
                    yield from inner.codes()

    def texts(self) -> Iterator[str]:
        """Yields the values as texts, for searching; then the values of inner reasons."""
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
    """Returns a reason as JSON data for programs, or None."""
    return None if reason is None else reason.to_json()


def quoted(text: str, fix: str = "") -> Reason:
    """Makes a reason that quotes another party's message, with its advice if there is any."""
    if fix:
        return Reason(QUOTED_WITH_FIX, {"text": text, "fix": fix})
    return Reason(QUOTED, {"text": text})
