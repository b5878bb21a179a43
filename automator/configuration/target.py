"""Receivers of requests, with their headers: targets of `forward`, the model that writes answers,
and the receiver of traces.
"""

from collections.abc import Collection, Iterator
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo, field_validator

from automator.configuration.secrets import (
    LITERAL,
    MIN_SECRET_LENGTH,
    Address,
    Secret,
    bare_credential,
    names_secret,
    secrets_in_url,
)
from automator.configuration.values import (
    Duration,
    HeaderValue,
    Number,
    Rate,
    SecretOne,
    StrictModel,
    WholeNumber,
    to_secret,
)
from automator.model import N_, WrongValue
from automator.reasons.problems.addresses import value_password_in_address
from automator.reasons.problems.configuration.connections import option_secret_too_short

_HOST = r"^(?:[a-z0-9][a-z0-9.-]*|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$"


def _address(url: str, info: ValidationInfo) -> Address:
    if "@" in urlsplit(url).netloc:
        raise WrongValue(value_password_in_address())
    return Address.resolved(url, lambda reference: to_secret(reference, info))


class Place(StrictModel):
    """An address, and headers that authorise requests to it."""

    url: Annotated[str, AfterValidator(_address)] = Field(
        description=N_(
            "Where to send: scheme, host and port are fixed here. A part of the path or the value "
            "of a parameter that is secret as `env:NAME` or `file:PATH`, in the form in which the "
            "address has it."
        )
    )
    headers: dict[str, HeaderValue] = Field(
        default_factory=dict,
        description="Sent with every request; a value that is secret as `env:NAME`, `file:PATH`, or"
        " `Bearer env:NAME`.",
    )

    @property
    def address(self) -> str:
        """Returns the address to send to, with its secrets filled in."""
        return self.url.sent if isinstance(self.url, Address) else self.url

    def references(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """Yields the path and the text of every reference to a secret in address and headers."""
        if isinstance(self.url, Address):
            yield from ((("url",), reference) for reference in self.url.secrets)
        for header, value in self.headers.items():
            if isinstance(value, Secret):
                yield ("headers", header), bare_credential(value.source)

    def plain_headers(self) -> dict[str, str]:
        """Returns the headers to send, with their secrets filled in."""
        return {
            name: value.reveal() if isinstance(value, Secret) else value
            for name, value in self.headers.items()
        }

    def secrets(self) -> tuple[Secret, ...]:
        """Returns every secret in address and headers, referenced or written out, for redaction."""
        found = [*secrets_in_url(self.url)]
        if isinstance(self.url, Address):
            found += self.url.parts()
        for name, value in self.headers.items():
            if isinstance(value, Secret):
                found.append(Secret(bare_credential(value.reveal()), value.source))
            elif names_secret(name):
                found.append(Secret(bare_credential(value), LITERAL))
        return tuple(found)


class RuleSecret(StrictModel):
    """A secret that rules can send but not read, and the hosts that may receive it."""

    model_config = ConfigDict(title="'secrets'")

    value: SecretOne = Field(description="The secret, as `env:NAME` or `file:PATH`.")
    hosts: tuple[Annotated[str, Field(pattern=_HOST)], ...] = Field(
        min_length=1,
        description="The hosts that it may go to, by HTTPS; with a port, as in `10.0.0.5:8080`, by"
        " HTTP as well.",
    )

    @field_validator("value")
    @classmethod
    def _long_enough(cls, value: Secret) -> Secret:
        # The secret is empty if the caller does not resolve references.
        if 0 < len(value.reveal()) < MIN_SECRET_LENGTH:
            raise WrongValue(option_secret_too_short(source=value.source, least=MIN_SECRET_LENGTH))
        return value

    def known(self) -> Secret:
        """Returns the secret without a word such as `Bearer` before it, for redaction."""
        return Secret(bare_credential(self.value.reveal()), self.value.source)


def may_go_to(url: str, hosts: Collection[str]) -> bool:
    """Whether a secret for these hosts may be sent to an address."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    host = f"[{host}]" if ":" in host else host
    if parts.scheme == "https" and port in (None, 443) and host in hosts:
        return True
    return f"{host}:{port or (443 if parts.scheme == 'https' else 80)}" in hosts


class ClientCredentials(StrictModel):
    """An authorization server that gives this server access to a target."""

    token_url: str = Field(
        min_length=1, max_length=2_000, description="Where the authorization server gives tokens."
    )
    client_id: str = Field(
        min_length=1, max_length=500, description="The name of this server there."
    )
    client_secret: SecretOne = Field(description="The secret that belongs to it.")
    scope: str = Field(
        default="",
        max_length=1_000,
        description="What is asked for; several scopes with blanks between them.",
    )


class Target(Place):
    """A named receiver of `forward`."""

    secret: SecretOne | None = Field(
        default=None, description="Signs what is sent, as Standard Webhooks prescribes."
    )
    timeout: Duration = Field(default=15.0, gt=0, le=120, description="For the whole request.")
    concurrency: WholeNumber = Field(
        default=16, ge=1, le=256, description="Requests at once, at most, from all nodes together."
    )
    rate: Rate | None = Field(
        default=None,
        description="How often, at most, from all nodes together, as in `50/s` or `100/m`.",
    )
    ca: str = Field(
        default="",
        description="The file (PEM) with the certificates of the authorities that vouch for the"
        " target; they take the place of the system's.",
    )
    client_certificate: str = Field(
        default="",
        description="The file (PEM) with the certificate that this server shows to the target, and"
        " with its key unless `client_key` names another file.",
    )
    client_key: str = Field(
        default="", description="The file (PEM) with the key of the certificate, without password."
    )

    oauth2: ClientCredentials | None = Field(
        default=None,
        description="The authorization server (OAuth 2.0, client credentials) whose access token is"
        " sent along.",
    )

    @property
    def tls_files(self) -> dict[str, str]:
        """Returns the paths of the files for TLS, by the keys that name them."""
        paths = {
            "ca": self.ca,
            "client_certificate": self.client_certificate,
            "client_key": self.client_key,
        }
        return {key: path for key, path in paths.items() if path}

    def secrets(self) -> tuple[Secret, ...]:
        """Returns the secrets in the address and the headers, for signing and for access."""
        own = [self.secret, self.oauth2.client_secret if self.oauth2 else None]
        return (*super().secrets(), *(secret for secret in own if secret is not None))


class Model(Place):
    """The model that writes answers for the action `answer`; without it, no model is called."""

    name: str = Field(min_length=1, max_length=200, description=N_("The name of the model there."))
    answers_a_day: WholeNumber = Field(
        default=200,
        ge=1,
        le=1000,
        description="How many answers are asked for within 24 hours, at most, from all nodes"
        " together; a question beyond them is not answered.",
    )


class Traces(Place):
    """The receiver of the traces of deliveries; without it, traces are off."""

    ratio: Number = Field(
        default=1.0,
        gt=0,
        le=1,
        description="The share of the traces that is exported; `0.1` takes one of ten.",
    )
    service: str = Field(
        default="automator",
        min_length=1,
        max_length=100,
        description="The name of this server in the traces: their `service.name`.",
    )
