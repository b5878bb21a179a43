"""Types of options that several providers use."""

import base64
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from automator.configuration.secrets import Secret
from automator.configuration.values import SecretList
from automator.model import N_, WrongValue
from automator.reasons.problems.configuration import connections

MIN_SIGNING_SECRET = 16
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def _long_enough(secrets: tuple[Secret, ...]) -> tuple[Secret, ...]:
    if not secrets:
        raise WrongValue(connections.option_no_secret_at_all())
    for secret in secrets:
        text = secret.reveal()
        # The secret is empty if the caller does not resolve references.
        if text and len(text.encode()) < MIN_SIGNING_SECRET:
            raise WrongValue(
                connections.option_secret_too_short(source=secret.source, least=MIN_SIGNING_SECRET)
            )
    return secrets


def safe_for_tokens(url: str, *, shown: str = "") -> str:
    """Checks that an address may carry a token: https, or http on this machine only.

    Raises:
        WrongValue: any other address. The message names the address, or `shown` instead if the
            address itself is a secret.
    """
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        return url.rstrip("/")
    raise WrongValue(connections.option_token_unprotected(address=shown or url))


def _hook_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or "?" in url:
        raise WrongValue(connections.option_not_a_hooks_address(address=url))
    return url


#: The address of a hook as its sender has it, without a query.
HookAddress = Annotated[str, AfterValidator(_hook_address)]
#: One secret reference or a list of them, each long enough to sign with.
SigningSecrets = Annotated[SecretList, AfterValidator(_long_enough)]
#: The base address of an API: https, or http on this machine only.
ApiUrl = Annotated[str, AfterValidator(safe_for_tokens)]
#: Whether to ask the provider for people's names, which its messages lack.
LookUpNames = Annotated[
    bool,
    Field(
        description=N_(
            "Look up the name of a person who writes, once, when a step reads it: "
            "contact.name and event.actor.name."
        )
    ),
]

#: Whether to ask the provider for the texts of posts: its events have only the ids of posts.
LookUpPosts = Annotated[
    bool,
    Field(
        description=N_(
            "Look up the text of the post under a comment, at most once an hour, when a rule "
            "reads it: event.post.message."
        )
    ),
]


def secret_bytes(
    secrets: tuple[Secret, ...], written: Literal["text", "hex", "base64"] = "text"
) -> tuple[bytes, ...]:
    """Returns the secrets as keys for signatures: the bytes of their text in UTF-8, or the bytes
    that are written as hex or base64. A text that is neither is itself the key.
    """
    return tuple(_key(secret.reveal(), written) for secret in secrets)


def _key(text: str, written: Literal["text", "hex", "base64"]) -> bytes:
    try:
        if written == "hex":
            return bytes.fromhex(text)
        if written == "base64":
            return base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except ValueError:
        pass
    return text.encode()
