"""Types and checks of inputs that several actions share."""

import re
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, WithJsonSchema

from automator.configuration.secrets import SECRET_OF_RULE, redacted_url
from automator.configuration.target import may_go_to
from automator.configuration.values import InForm
from automator.http.headers import MAX_VALUE_LENGTH, header_fault, reserved_fault
from automator.model import PermanentError, WrongValue
from automator.plugins import StepContext
from automator.reasons.attempts.actions import host_not_literal, no_secret, secret_not_for_host
from automator.reasons.problems import inputs

_VALUE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_ORIGIN = re.compile(r"https?://[^/?#\s@{}]+[/?#]")


def _as_text(value: Any) -> Any:
    """Turns a number or a boolean into text; returns anything else unchanged."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def is_written(info: ValidationInfo) -> bool:
    """Whether the value is being read from a rule file, so that its templates are not rendered yet.

    A check of a rule file passes a validation context; a running step passes none.
    """
    return info.context is not None


def _header_name(name: str) -> str:
    if header_fault(name, ""):
        raise WrongValue(inputs.value_not_a_header_name(name=name))
    if reserved_fault(name):
        raise WrongValue(inputs.value_header_set_by_server(name=name))
    return name


def _header_value(value: str, info: ValidationInfo) -> str:
    """Checks a literal value; a rendered value is checked when it is sent."""
    if is_written(info) and not has_template(value) and header_fault("x", value):
        if len(value) > MAX_VALUE_LENGTH:
            raise WrongValue(inputs.value_header_value_too_long(most=MAX_VALUE_LENGTH))
        raise WrongValue(inputs.value_header_value_not_ascii())
    return value


Text = Annotated[
    str,
    BeforeValidator(_as_text),
    WithJsonSchema({"type": ["string", "number", "boolean"]}),
    InForm(widget="template"),
]
#: An id or a key: not empty, and short enough to be stored with every run.
Key = Annotated[
    str,
    Field(min_length=1, max_length=200),
    BeforeValidator(_as_text),
    WithJsonSchema({"type": ["string", "number"], "minLength": 1, "maxLength": 200}),
]
#: Headers that a rule may set.
Headers = dict[
    Annotated[str, AfterValidator(_header_name)], Annotated[Text, AfterValidator(_header_value)]
]


def has_template(text: str) -> bool:
    """Whether `text` is rendered before it is used."""
    return any(tag in text for tag in ("{{", "{%", "{#"))


def require_literal_host(written: Any, rendered: str) -> None:
    """Refuses an address whose scheme, host or port came from a template.

    `written` is the input as the rule file has it; `rendered` is the address that will be used.
    Rendering already encodes the values that go into an address. This is a second safeguard.

    Raises:
        PermanentError: code `host_not_literal`.
    """
    if not isinstance(written, str) or not has_template(written):
        return
    origin = _ORIGIN.match(written)
    if origin is None or not rendered.startswith(origin[0]):
        raise PermanentError(host_not_literal())


def with_secrets(
    name: str, values: Mapping[str, Any], url: str, context: StepContext
) -> dict[str, Any]:
    """Returns the values of an input with `secret:NAME` replaced by the secret.

    Only a reference in the rule file itself counts. A reference in rendered text stays text,
    because a stranger may have written it. A rehearsal replaces nothing.

    Raises:
        PermanentError: the named secret does not exist (code `no_secret`), or its hosts do not
            include the host of `url` (code `secret_not_for_host`).
    """
    written = context.step.inputs.get(name)
    if context.is_rehearsal or not isinstance(written, Mapping):
        return dict(values)
    return {key: _revealed(written.get(key), value, url, context) for key, value in values.items()}


def _revealed(written: Any, value: Any, url: str, context: StepContext) -> Any:
    found = SECRET_OF_RULE.fullmatch(written.strip()) if isinstance(written, str) else None
    if found is None:
        return value
    named = context.secrets.get(found[2])
    if named is None:
        raise PermanentError(no_secret(name=found[2]))
    if not may_go_to(url, named.hosts):
        raise PermanentError(secret_not_for_host(name=found[2], host=place_of(url)))
    return f"{found[1] or ''}{named.value.reveal()}"


def merged(*layers: Mapping[str, str]) -> dict[str, str]:
    """Merges headers with lower-case names; a later layer wins."""
    return {name.lower(): value for layer in layers for name, value in layer.items()}


def place_of(url: str) -> str:
    """Returns the host of an address, for use in messages."""
    return urlsplit(url).netloc.rpartition("@")[2] or redacted_url(url)


def is_value_name(name: str) -> bool:
    """Whether a condition can write `name` after a dot, as in `vars.name`."""
    return _VALUE_NAME.fullmatch(name) is not None


def require_names(names: Mapping[str, Any]) -> None:
    """Refuses names that a condition could not write after a dot.

    Raises:
        ValueError: the message names the first wrong name.
    """
    for name in names:
        if not is_value_name(name):
            raise WrongValue(inputs.value_not_a_value_name(name=name))
