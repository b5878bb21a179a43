"""Builds deliveries from the samples, as real senders would send them.

Each `serial` gives new ids, so that every built sample is a new event.

A sample is a real body. The file beside the folder of a provider's samples, such as `line.json`,
lists the paths that its bodies share: for each value that a caller can change, the places where it
may be, of which the first that the body has counts; all ids, and all times. `paths` in a sample
says what is different there.
"""

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from markupsafe import escape

from automator.clock import iso_time
from automator.files import suggest_sample
from automator.model import N_, NotFoundError, UsageError, record
from automator.plugins import Provider
from automator.resources import samples_folder

_LAST_DIGITS = re.compile(r"\d+$")
#: Of the paths that samples share, those of which all count that a body has.
_MANY = ("ids", "times")
#: The name in a sample's `paths` for each name by which a caller can change a value.
_EVENT_NAMES = {
    "event.text": "text",
    "event.actor.id": "actor_id",
    "event.actor.name": "actor_name",
    "event.post.message": "post_text",
    "event.lead.form_id": "lead_form",
    "event.lead.ad_id": "lead_ad",
    "event.lead.field_data": "lead_answers",
}
_ANSWER = "event.lead."
_DATA = "event.data"
_SNOWFLAKE_EPOCH_MS = 1_420_070_400_000
_DIGITS_OF_MS = 13


@record
class SampleRequest:
    """The request that a sender would post, not yet signed."""

    name: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def provider(self) -> str:
        """The kind of sender."""
        return self.name.partition("/")[0]


def sample_names(provider: str | None = None) -> list[str]:
    """Returns the names of samples, such as `facebook/comment.created`, of one
    provider or of all.
    """
    names = _names_in(samples_folder())
    return [name for name in names if provider is None or name.startswith(f"{provider}/")]


@cache
def _names_in(folder: Path) -> tuple[str, ...]:
    files = folder.glob("*/*.json")
    return tuple(sorted(f"{file.parent.name}/{file.stem}" for file in files))


def describe_sample(name: str) -> str:
    """Returns one sentence about a sample.

    Raises:
        NotFoundError: there is no such sample.
    """
    return str(load_sample(name)["description"])


def build_sample(
    name: str,
    *,
    serial: int,
    now_ms: int,
    text: str | None = None,
    actor: str | None = None,
    changes: Mapping[str, Any] | None = None,
) -> SampleRequest:
    """Builds the sample with fresh ids and the current time.

    `changes` names the values to change as rules do (`event.text`, `event.actor.name`,
    `event.data.item`) or by the path in the body (`entry.0.id`).

    Raises:
        NotFoundError: there is no such sample.
        UsageError: the sample has nothing at that path.
    """
    sample = load_sample(name)
    body = _fresh_body(sample, serial, now_ms)
    wanted: dict[str, Any] = dict(changes or {})
    if text is not None:
        wanted["event.text"] = text
    if actor is not None:
        wanted["event.actor.id"] = actor
    answers = _answers_in(wanted)
    if answers:
        wanted["event.lead.field_data"] = answers
    for path, value in wanted.items():
        _put(body, _body_path(name, sample["paths"], path), value, name)
    return _request(name, sample, body)


def signed_request(
    provider: Provider, sample: SampleRequest, now_ms: int, delivery_key: str
) -> tuple[dict[str, str], bytes]:
    """Returns headers and body as this connection's sender would post them.

    `delivery_key` identifies the delivery if the sender has a header for it.
    """
    body = body_for(provider, sample)
    signed = provider.sign(body, now_ms=now_ms, delivery_key=delivery_key)
    return {**signed, **sample.headers}, body


def signed_query(provider: Provider, sample: SampleRequest, now_ms: int, delivery_key: str) -> str:
    """Returns the query that this connection's sender would add to the address; often ""."""
    body = body_for(provider, sample)
    return provider.sign_query(body, now_ms=now_ms, delivery_key=delivery_key)


def body_for(provider: Provider, sample: SampleRequest) -> bytes:
    """Returns the body as the connection's sender would write it: with its own account ids, and
    encrypted if the sender encrypts.

    Without its own account ids, a delivery could be refused or stored unread.
    """
    body = sample.body
    for number, own in provider.sample_values.items():
        body = body.replace(number.encode(), json.dumps(own)[1:-1].encode())
    return provider.encrypted(body)


@cache
def load_sample(name: str) -> dict[str, Any]:
    """Returns a sample with all its paths.

    Raises:
        NotFoundError: there is no such sample.
    """
    if name not in sample_names():
        raise NotFoundError(
            N_("there is no sample '{name}'"),
            fix=N_("{suggestion:capital}"),
            name=name,
            suggestion=suggest_sample(name, sample_names()),
        )
    sample: dict[str, Any] = json.loads(_text_of(f"{name}.json"))
    shared = samples_folder() / f"{name.partition('/')[0]}.json"
    places = json.loads(_text_of(shared.name)) if shared.exists() else {}
    sample["paths"] = _paths_in(sample["body"], places) | sample.get("paths", {})
    return sample


def _text_of(file: str) -> str:
    return samples_folder().joinpath(file).read_text(encoding="utf-8")


def _paths_in(body: Any, places: Mapping[str, list[str]]) -> dict[str, Any]:
    """The paths of a body, from the places that the samples of its provider share."""
    paths: dict[str, Any] = dict.fromkeys(_MANY, ())
    for name, known in places.items():
        found = [path for path in known if _has(body, path)]
        if name in _MANY:
            paths[name] = found
        elif found:
            paths[name] = found[0]
    return paths


def _fresh_body(sample: Mapping[str, Any], serial: int, now_ms: int) -> Any:
    body = deepcopy(sample["body"])
    paths = sample["paths"]
    for path in paths["ids"]:
        _put(body, path, _with_serial(_get(body, path, path), serial), path)
    for path in paths["times"]:
        written = _get(body, path, path)
        _put(body, path, type(written)(_time_like(str(written), serial, now_ms)), path)
    return body


def _time_like(written: str, serial: int, now_ms: int) -> int | str:
    """The current time in the form in which a sample has a time."""
    if not written.replace(".", "").isdecimal():
        return iso_time(now_ms)
    if "." in written:
        # Slack's `ts` is a time and an id: seconds, and a counter after the point.
        return f"{now_ms // 1000}.{serial % 1_000_000:06d}"
    if len(written) > _DIGITS_OF_MS:
        # An id of Discord begins with the time: milliseconds since 2015, above 22 other bits.
        return ((now_ms - _SNOWFLAKE_EPOCH_MS) << 22) + serial % (1 << 22)
    return now_ms if len(written) == _DIGITS_OF_MS else now_ms // 1000


def _with_serial(value: Any, serial: int) -> Any:
    """Makes a new id of the same form by adding to its last digits."""
    if isinstance(value, int):
        return value + serial
    found = _LAST_DIGITS.search(value)
    if not found:
        return f"{value}{serial}"
    digits = found[0]
    return value[: found.start()] + str(int(digits) + serial).zfill(len(digits))


def _answers_in(wanted: dict[str, Any]) -> list[dict[str, Any]]:
    """Takes the answers of a lead out of the changes; returns them as the Graph API has them.

    In the changes, an answer has the name by which rules read it, such as `event.lead.full_name`.
    """
    named = [path for path in wanted if path.startswith(_ANSWER) and path not in _EVENT_NAMES]
    given = {path[len(_ANSWER) :]: wanted.pop(path) for path in named}
    return [{"name": name, "values": [value]} for name, value in given.items()]


def _body_path(name: str, paths: Mapping[str, Any], wanted: str) -> str:
    """Returns the path in the body of the value that `wanted` names."""
    if wanted == _DATA or wanted.startswith(f"{_DATA}."):
        inside = wanted[len(_DATA) + 1 :]
        return ".".join(part for part in (paths.get("data", ""), inside) if part)
    known = _EVENT_NAMES.get(wanted)
    if known is None:
        return wanted
    if paths.get(known) is None:
        raise UsageError(
            N_("the sample {name} has no {wanted}"),
            fix=N_("Choose another sample, or change event.data instead."),
            code="sample_path",
            name=name,
            wanted=wanted,
        )
    return str(paths[known])


def _steps_to(body: Any, path: str, name: str) -> tuple[Any, str | int]:
    """Finds the object or list that holds the value at `path`, and its key or index there."""
    *parents, last = path.split(".")
    holder = body
    for part in parents:
        holder = _child(holder, part, path, name)
    if isinstance(holder, list) and last.isdigit() and int(last) < len(holder):
        return holder, int(last)
    if isinstance(holder, dict):
        return holder, last
    raise _no_path(path, name)


def _child(holder: Any, part: str, path: str, name: str) -> Any:
    if isinstance(holder, dict) and part in holder:
        return holder[part]
    if isinstance(holder, list) and part.isdigit() and int(part) < len(holder):
        return holder[int(part)]
    raise _no_path(path, name)


def _no_path(path: str, name: str) -> UsageError:
    return UsageError(
        N_("the sample {name} has nothing at '{path}'"),
        fix=N_("Look at the sample's body and write the path of the value to change."),
        code="sample_path",
        name=name,
        path=path,
    )


def _has(body: Any, path: str) -> bool:
    try:
        _get(body, path, path)
    except (UsageError, KeyError):
        return False
    return True


def _get(body: Any, path: str, name: str) -> Any:
    holder, last = _steps_to(body, path, name)
    return holder[last]


def _put(body: Any, path: str, value: Any, name: str) -> None:
    holder, last = _steps_to(body, path, name)
    before = holder.get(last) if isinstance(holder, dict) else holder[int(last)]
    # A number stays a number, for platforms whose ids are numbers.
    is_number = isinstance(before, int) and isinstance(value, str) and value.isdecimal()
    holder[last] = int(value) if is_number else value


def _request(name: str, sample: Mapping[str, Any], body: Any) -> SampleRequest:
    headers = sample.get("headers", {})
    form = sample.get("format", "json")
    if form == "form":
        written = urlencode(body).encode()
    elif form == "form_payload":
        payload = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        written = urlencode({"payload": payload}).encode()
    elif form == "signed_request":
        # The connection adds the signature.
        written = b"signed_request=." + urlsafe_b64encode(json.dumps(body).encode()).rstrip(b"=")
    elif form == "xml":
        written = "".join(_xml(tag, value) for tag, value in body.items()).encode()
    else:
        # Meta writes every letter beyond ASCII as an escape; the others send UTF-8.
        escaped = name.startswith(("facebook/", "instagram/", "whatsapp/"))
        written = json.dumps(body, ensure_ascii=escaped, separators=(",", ":")).encode()
    return SampleRequest(name=name, body=written, headers=headers)


def _xml(tag: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_xml(tag, item) for item in value)
    if not isinstance(value, dict):
        return f"<{tag}>{escape(value)}</{tag}>"
    attributes = "".join(
        f' {key[1:]}="{escape(item)}"' for key, item in value.items() if key[0] == "@"
    )
    inner = "".join(_xml(key, item) for key, item in value.items() if key[0] != "@")
    return f"<{tag}{attributes}>{inner}</{tag}>"
