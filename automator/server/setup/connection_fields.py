"""Makes the fields of a connection's form from the options of its provider."""

from collections.abc import Mapping
from dataclasses import replace
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from automator.configuration.secrets import Secret
from automator.model import N_, record
from automator.plugins import Provider
from automator.rules.editing.notations import shown_buttons
from automator.server.shared.literal_secrets import types_in

#: Options for which the form has no field.
_LEFT_OUT = frozenset(
    {"provider", "on_invalid", "rate", "max_body", "expect", "tolerance", "answer", "redact"}
)
#: Options that a page asks for only if the sender names its events itself: a developer sends them.
_FOR_DEVELOPERS = frozenset({"headers", "request", "allow_from"})
_NEEDED = "Needed to answer"
#: Secrets that this server can generate; people then paste them at the sender.
OWN_SECRETS = frozenset({"verify_token", "secret_token", "token", "secret", "password"})
#: The checks by which a sender of any kind can prove its identity, by key. The form never makes a
#: connection without a check.
CHECKS = {
    "hmac": N_("Any sender that signs"),
    "token": N_("Any sender with a token"),
    "basic": N_("Any sender with a name and a password"),
}

#: The keys of a button; the form shows a button on one line.
_BUTTON = frozenset({"text", "payload"})
#: The kinds of fields that show a list, each item on a line.
_LISTS = ("lines", "buttons")

#: Labels of the most frequent options; other options show their names.
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
    "greeting": N_("Greeting"),
    "get_started": N_("Comes back from “Get Started”"),
    "menu": N_("Menu"),
    "ice_breakers": N_("Questions for a first tap"),
    "page_id": N_("Id of the Page"),
    "page_name": N_("Name of the Page"),
    "account_id": N_("Id of the account"),
    "account_name": N_("Name of the account"),
    "username": N_("User name"),
    "bot_username": N_("User name of the bot"),
    "phone_number": N_("Phone number"),
    "basic_id": N_("Bot basic ID"),
    "app_id": N_("App id"),
    "oa_id": N_("Id of the Official Account"),
    "secret": N_("Secret"),
    "token": N_("Token"),
    "verify": N_("What fails the check"),
    "mode": N_("What fails the check"),
    "hmac": N_("Hash function"),
    "header": N_("Header"),
    "encoding": N_("How the signature is written"),
    "prefix": N_("What stands before the signature"),
    "timestamp_header": N_("Header with the time"),
    "format": N_("How the header with the signature is written"),
    "id_header": N_("Header with the id"),
    "field": N_("Place of the signature in the body"),
    "secret_as": N_("How the key is written"),
    "signed": N_("What is signed"),
    "basic": N_("Name"),
    "password": N_("Password"),
    "accept_escaped": N_("Also accept escaped letters"),
    "inbox_app_ids": N_("Apps in which people answer by hand"),
    "echo_within": N_("How long to wait for the platform's echo"),
    "echo_without_app": N_("Whose messages are those that name no app"),
    "look_up_names": N_("Look up names"),
    "look_up_posts": N_("Look up the texts of posts"),
    "human_agent": N_("People may answer for 7 days"),
    "tag_messages": N_("Mark our own messages"),
    "appsecret_proof": N_("Prove calls with the app secret"),
    "phone_number_id": N_("Id of the sending number"),
    "quick_replies": N_("How quick replies are shown"),
    "late_after": N_("From when an event counts as late"),
    "reply_within": N_("How long a reply token is used"),
}


Kind = Literal["secret", "line", "lines", "buttons", "choice", "check"]
#: A field takes at most this many characters; a longer value can only be written in the file.
LONGEST = 4096


@record
class OptionField:
    """An option of a connection, as a field of the form."""

    #: The path of the option; the options of a check are below `verify`.
    path: tuple[str, ...]
    kind: Kind
    description: str
    is_required: bool
    choices: tuple[str, ...] = ()
    #: The value in automator.yaml: of a list, each item on a line; of buttons, as `shown_buttons`
    #: writes them; "" for a secret.
    value: str = ""
    #: Whether the option is set; of a secret, the page shows only this.
    is_set: bool = False
    #: Whether the option is a secret that is generated if the field stays empty.
    is_own: bool = False
    default: str = ""

    @property
    def name(self) -> str:
        """The name of the option with its path, such as `verify.secret`."""
        return ".".join(self.path)

    @property
    def field(self) -> str:
        """The name of the field in the form."""
        return f"o_{self.name}"

    @property
    def is_ticked(self) -> bool:
        """Whether a yes-or-no option is yes, as written or by default."""
        return bool(self.value if self.is_set else self.default)

    @property
    def label(self) -> str:
        """The label of the field."""
        return LABELS.get(self.path[-1], self.name)


def option_fields(
    provider: type[Provider], written: Mapping[str, Any], check: str = ""
) -> list[OptionField]:
    """The fields of a connection's form: required options first, then secrets, then the rest.

    `written` are the options in automator.yaml. `check` chooses the check by which a sender proves
    its identity if there are several and `written` has none.
    """
    found: list[OptionField] = []
    for name, option in provider.options_model.model_fields.items():
        is_of_accounts = provider.account_keys is not None and name == provider.account_keys.several
        is_unusual = name in _FOR_DEVELOPERS and not provider.sender_names_events
        if name in _LEFT_OUT or name.endswith("_url") or is_of_accounts or is_unusual:
            continue
        value = written.get(name)
        inside = _model_of(option.annotation, value, check)
        if inside is None:
            found += _field((name,), option, value)
            continue
        known = value if isinstance(value, Mapping) else {}
        for key, inner in inside.model_fields.items():
            found += _field((name, key), inner, known.get(key))
    if provider.issues_secret:
        found = [replace(one, is_own=False) for one in found]
    return sorted(found, key=lambda one: (not one.is_required, one.kind != "secret"))


def _field(path: tuple[str, ...], option: FieldInfo, value: Any) -> list[OptionField]:
    """The field of an option, in a list; [] if the form has none or cannot show the value."""
    kind, choices = _kind_of(option.annotation)
    shown = shown_buttons(value) if kind == "buttons" else _shown(value)
    is_odd = isinstance(value, dict) or (isinstance(value, list) and kind not in _LISTS)
    is_odd = is_odd or shown is None or (kind == "buttons" and len(shown) > LONGEST)
    if path[-1] in _LEFT_OUT or kind is None or is_odd:
        return []
    is_secret = kind == "secret"
    return [
        OptionField(
            path=path,
            kind=kind,
            description=option.description or "",
            is_required=option.is_required(),
            choices=choices,
            value="" if is_secret or shown is None else shown,
            is_set=value is not None,
            is_own=is_secret and path[-1] in OWN_SECRETS,
            default=_shown(option.default) if not option.is_required() else "",
        )
    ]


def _model_of(annotation: Any, value: Any, check: str) -> type[BaseModel] | None:
    """The model of the options inside an option; of several checks, the written or chosen one's."""
    models = [
        kind
        for kind in types_in(annotation)
        if isinstance(kind, type) and issubclass(kind, BaseModel)
    ]
    if len(models) < 2:
        return models[0] if models else None
    keys = value if isinstance(value, Mapping) else (check,)
    # The first key of each model of a check names the check.
    return next((one for one in models if next(iter(one.model_fields)) in keys), None)


def checks_of(provider: type[Provider]) -> tuple[str, ...]:
    """The keys of the checks among which the form offers a choice; () if there is no choice."""
    kinds = [field.annotation for field in provider.options_model.model_fields.values()]
    # Options that have the same model for every check do not show which check is meant.
    open_kinds = [kind for kind in kinds if _model_of(kind, None, "") is None]
    is_open = any(_model_of(kind, None, name) for kind in open_kinds for name in CHECKS)
    return tuple(CHECKS) if is_open else ()


def can_be_asked(provider: type[Provider]) -> bool:
    """Whether the form can ask for all required options of a provider."""
    check = next(iter(checks_of(provider)), "")
    asked = {one.path[0] for one in option_fields(provider, {}, check)}
    fields = provider.options_model.model_fields.items()
    return all(name in asked | _LEFT_OUT for name, field in fields if field.is_required())


def answers_with(provider: type[Provider]) -> str:
    """The option without which a provider cannot answer; "" if none is needed."""
    fields = provider.options_model.model_fields.items()
    return next(
        (name for name, field in fields if (field.description or "").startswith(_NEEDED)), ""
    )


def _kind_of(annotation: Any) -> tuple[Kind | None, tuple[str, ...]]:
    # Arguments of an annotation that are no types are validators.
    types = {kind for kind in types_in(annotation) if isinstance(kind, type)}
    kinds = types - {NoneType, UnionType}
    models = [kind for kind in kinds if issubclass(kind, BaseModel)]
    if models:
        keys = models[0].model_fields.keys()
        is_tapped = len(models) == 1 and _BUTTON <= keys <= _BUTTON | {"url"}
        return ("buttons" if is_tapped else None), ()
    if Secret in kinds:
        return "secret", ()
    if _is_list(annotation):
        return ("lines" if kinds <= {str, tuple, list} else None), ()
    literal = _literal(annotation)
    if literal:
        return "choice", literal
    if kinds == {bool}:
        return "check", ()
    return ("line" if kinds <= {str, int, float} else None), ()


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
    if isinstance(value, list | tuple):
        return "\n".join(map(str, value))
    return str(value) if isinstance(value, str | int | float) else ""
