"""The options of a Discord connection."""

import re
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from automator.configuration.secrets import Secret
from automator.configuration.values import Duration, SecretOne, one_or_many
from automator.http.signing import ed25519_private_key, ed25519_public_key
from automator.model import N_, WrongValue
from automator.plugins import VerifiedOptions
from automator.providers.shared.options import ApiUrl, safe_for_tokens
from automator.reasons.problems.configuration.connections import (
    option_not_a_discord_webhook,
    option_not_a_plain_address,
    option_not_a_public_key,
    option_not_a_simulator_key,
)

#: How far a signed time may differ from this server's: Discord repeats an event for ten minutes.
TOLERANCE_S = 900.0
MAX_TEXT = 2000
_WEBHOOK = re.compile(r"https?://[^/?#\s]+(?:/[^/?#\s]+)*/webhooks/[0-9]{1,20}/[\w-]{1,200}")
#: An address without characters that have a meaning in a header or in a User-Agent's comment.
_PLAIN_URL = re.compile(r"https?://[\w.\-\[\]:/~%?=&#]{1,200}", re.ASCII)


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _are_public_keys(texts: tuple[str, ...]) -> tuple[str, ...]:
    for text in texts:
        try:
            ed25519_public_key(text)
        except ValueError as error:
            raise WrongValue(option_not_a_public_key(text=text[:20])) from error
    return texts


def _fits_a_header(url: str) -> str:
    if not _PLAIN_URL.fullmatch(url):
        raise WrongValue(option_not_a_plain_address(address=url[:60]))
    return url


def _is_private_key(secret: Secret) -> Secret:
    # The secret is empty if the caller does not resolve references; then its form is not checked.
    if secret.reveal():
        try:
            ed25519_private_key(secret.reveal())
        except ValueError as error:
            raise WrongValue(option_not_a_simulator_key(source=secret.source)) from error
    return secret


def _is_webhook(secret: Secret) -> Secret:
    text = secret.reveal()
    if text:
        if not _WEBHOOK.fullmatch(text):
            raise WrongValue(option_not_a_discord_webhook(source=secret.source))
        safe_for_tokens(text, shown=secret.source)
    return secret


PublicKeys = Annotated[
    tuple[str, ...],
    BeforeValidator(_listed),
    Field(min_length=1),
    AfterValidator(_are_public_keys),
    one_or_many({"type": "string"}),
]


class DiscordOptions(VerifiedOptions):
    """The options of a Discord connection."""

    public_key: PublicKeys = Field(
        description=N_(
            "The app's Public Key, under General Information: no secret. A list lets"
            " several apps share the address."
        )
    )
    simulator_key: Annotated[SecretOne, AfterValidator(_is_private_key)] | None = Field(
        default=None,
        description="A key of your own for `automator send`, from `openssl rand -hex 32`: what it"
        " signs is believed as well. Discord itself needs none.",
    )
    tolerance: Duration = Field(
        default=TOLERANCE_S,
        gt=0,
        le=86_400,
        description="How far the signed time may be from ours, to either side. Discord names no"
        " limit and repeats webhook events for ten minutes.",
    )
    on_invalid: Literal[401] = Field(
        default=401,
        description="Discord tries wrong signatures now and then, and takes no other answer.",
    )
    bot_token: SecretOne | None = Field(
        default=None,
        description="Needed for `message`: the bot's token. Answers to commands and buttons need"
        " none.",
    )
    webhook_url: Annotated[SecretOne, AfterValidator(_is_webhook)] | None = Field(
        default=None,
        description="A webhook's address, where `message` with `to: webhook` posts.",
    )
    ephemeral: bool = Field(
        default=False,
        description="Only the person sees the answer to a command, a button or a form.",
    )
    instant_reply: str | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_TEXT,
        description="Said at once to a command or a form. Without it Discord shows that the app is"
        " thinking, until a rule replies or 15 minutes are over.",
    )
    mentions: Literal["none", "users", "everyone"] = Field(
        default="none",
        description="Whom a text may notify: nobody, the people in it, or `@everyone` and roles as"
        " well.",
    )
    api_url: ApiUrl = Field(
        default="https://discord.com/api/v10", description="The HTTP API with its version."
    )
    app_url: Annotated[str, AfterValidator(_fits_a_header)] | None = Field(
        default=None,
        description="The address of the app that Discord wants to read in the User-Agent;"
        " otherwise that of `public_url`.",
    )

    def reached_at(self, url: str) -> Self:
        """Returns these options with the server's own address for the app, if they
        name no address.
        """
        parts = urlsplit(url)
        own = f"{parts.scheme}://{parts.netloc}"
        if self.app_url is not None or not _PLAIN_URL.fullmatch(own):
            return self
        return self.model_copy(update={"app_url": own})
