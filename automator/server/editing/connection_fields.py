"""The fields of a connection, made from the options of its provider."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from automator.configuration.secrets import Secret
from automator.model import N_
from automator.plugins import Provider
from automator.server.shared.literal_secrets import types_in

#: Options that a page does not ask for: what everybody has, and addresses for tests.
_LEFT_OUT = frozenset({"provider", "on_invalid", "rate", "max_body", "expect"})
_NEEDED = "Needed to answer"
#: Texts that we make up ourselves and that are pasted at the sender.
OWN_SECRETS = frozenset({"verify_token", "secret_token", "token", "secret"})


#: What people call the options that are asked for most; others show their names.
LABELS = {
    "app_secret": N_("App secret"),
    "verify_token": N_("Verify token"),
    "secret_token": N_("Secret token"),
    "page_access_token": N_("Page access token"),
    "access_token": N_("Access token"),
    "refresh_token": N_("Refresh token"),
    "bot_token": N_("Bot token"),
    "channel_secret": N_("Channel secret"),
    "channel_access_token": N_("Channel access token"),
    "signing_secret": N_("Signing secret"),
    "oa_secret": N_("OA Secret Key"),
    "app_id": N_("App id"),
    "oa_id": N_("Id of the Official Account"),
    "secret": N_("Secret"),
    "token": N_("Token"),
    "verify": N_("What fails the check"),
}


@dataclass(frozen=True, slots=True)
class OptionField:
    """An option of a connection as a page asks for it."""

    name: str
    kind: Literal["secret", "line", "choice", "check"]
    description: str
    is_required: bool
    choices: tuple[str, ...] = ()
    #: As it is written, but for secrets.
    value: str = ""
    #: A secret that is there already.
    is_set: bool = False
    #: A text of our own, which the page makes up when the field stays empty.
    is_own: bool = False
    default: str = ""


def option_fields(provider: type[Provider], written: Mapping[str, Any]) -> list[OptionField]:
    """What a page asks for: required options first, then secrets, then the rest."""
    found = []
    for name, option in provider.options_model.model_fields.items():
        kind, choices = _kind_of(option.annotation)
        if name in _LEFT_OUT or kind is None or name.endswith("_url"):
            continue
        value = written.get(name)
        if isinstance(value, list | dict):
            continue
        is_secret = kind == "secret"
        found.append(
            OptionField(
                name=name,
                kind=kind,
                description=option.description or "",
                is_required=option.is_required(),
                choices=choices,
                value="" if is_secret else _shown(value),
                is_set=is_secret and value is not None,
                is_own=is_secret and name in OWN_SECRETS,
                default=_shown(option.default) if not option.is_required() else "",
            )
        )
    return sorted(found, key=lambda one: (not one.is_required, one.kind != "secret"))


def can_be_asked(provider: type[Provider]) -> bool:
    """Whether a page can ask for everything that a provider must have."""
    asked = {one.name for one in option_fields(provider, {})}
    fields = provider.options_model.model_fields.items()
    return all(name in asked | _LEFT_OUT for name, field in fields if field.is_required())


def answers_with(provider: type[Provider]) -> str:
    """The option without which a provider cannot answer; "" where none is needed."""
    fields = provider.options_model.model_fields.items()
    return next(
        (name for name, field in fields if (field.description or "").startswith(_NEEDED)), ""
    )


def _kind_of(
    annotation: Any,
) -> tuple[Literal["secret", "line", "choice", "check"] | None, tuple[str, ...]]:
    kinds = set(types_in(annotation)) - {NoneType, Ellipsis}
    if any(isinstance(kind, type) and issubclass(kind, BaseModel) for kind in kinds):
        return None, ()
    if Secret in kinds:
        return "secret", ()
    literal = _literal(annotation)
    if literal:
        return "choice", literal
    if kinds == {bool}:
        return "check", ()
    return ("line", ()) if kinds <= {str, int, float} and not _is_list(annotation) else (None, ())


def _is_list(annotation: Any) -> bool:
    origin = get_origin(annotation)
    return origin in (tuple, list, dict) or any(_is_list(one) for one in get_args(annotation))


def _literal(annotation: Any) -> tuple[str, ...]:
    if get_origin(annotation) is Literal:
        return tuple(str(one) for one in get_args(annotation))
    return next(filter(None, map(_literal, get_args(annotation))), ())


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else ""
    return str(value) if isinstance(value, str | int | float) else ""
