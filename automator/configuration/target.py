"""A target: a named place that `forward` sends to, with the headers and the secret that it gets."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from automator.configuration.secrets import LITERAL, Secret, names_secret, secrets_in_url
from automator.configuration.values import (
    Duration,
    HeaderValue,
    Rate,
    SecretOne,
    StrictModel,
    WholeNumber,
)
from automator.model import N_, WrongValue
from automator.reasons.problems.addresses import PASSWORD_IN_ADDRESS


def _without_userinfo(url: str) -> str:
    if "@" in urlsplit(url).netloc:
        raise WrongValue(PASSWORD_IN_ADDRESS())
    return url


class Target(StrictModel):
    """A named place that `forward` sends to."""

    url: Annotated[str, AfterValidator(_without_userinfo)] = Field(
        description=N_("Where to send: scheme, host and port are fixed here.")
    )
    secret: SecretOne | None = Field(
        default=None, description="Signs what is sent, as Standard Webhooks prescribes."
    )
    headers: dict[str, HeaderValue] = Field(
        default_factory=dict,
        description="Sent with every request; a value that is secret as `env:NAME`, `file:PATH`, or"
        " `Bearer env:NAME`.",
    )
    timeout: Duration = Field(default=15.0, gt=0, le=120, description="For the whole request.")
    concurrency: WholeNumber = Field(
        default=16, ge=1, le=256, description="Requests at once, at most, from all nodes together."
    )
    rate: Rate | None = Field(
        default=None,
        description="How often, at most, from all nodes together, as in `50/s` or `100/m`.",
    )

    def plain_headers(self) -> dict[str, str]:
        """The headers as they are sent."""
        return {
            name: value.reveal() if isinstance(value, Secret) else value
            for name, value in self.headers.items()
        }

    def secrets(self) -> tuple[Secret, ...]:
        """Everything that gives access here, for redaction, whether it is a reference or not."""
        found = [self.secret] if self.secret is not None else []
        for name, value in self.headers.items():
            if isinstance(value, Secret):
                found.append(value)
            elif names_secret(name):
                found.append(Secret(value, LITERAL))
        # The secret stands behind `Bearer`, and an answer may repeat it alone.
        words = [Secret(item.reveal().rpartition(" ")[2], item.source) for item in found]
        return (*found, *words, *secrets_in_url(self.url))
