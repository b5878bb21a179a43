"""The settings in automator.yaml that every connection has."""

from collections.abc import Collection
from typing import Literal, Self

from pydantic import Field

from automator.configuration.values import Expected, Rate, StrictModel, WholeNumber
from automator.model import N_, record

#: The placeholder in `Provider.demo_options` that the demo replaces by a secret of its own.
DEMO_SECRET = "<a secret of the demo>"  # noqa: S105 - a placeholder


class ConnectionOptions(StrictModel):
    """The keys that every connection has; each provider adds its own."""

    provider: str = Field(description=N_("The kind of sender."))
    on_invalid: Literal[401, 200] = Field(
        default=401,
        description="The answer to a request that fails verification: 401, and 403 to an address"
        " that is not in `allow_from`; 200 drops it in silence.",
    )
    expect: Expected = Field(
        default=None,
        description="How often something should come, as in `every 2h` or `{at_least: 3, per: 6h,"
        " during: business_hours}`: longer silence is noticed. If not given it is learnt; `never`"
        " does not watch for it.",
    )
    rate: Rate | None = Field(
        default=None,
        description="How many requests are taken, at most and by each node, as in `50/s`; those of"
        " five seconds may come at once. What is more is answered with 429 and `Retry-After`. It is"
        " counted before anybody knows who has sent it: leave room beside what the sender needs.",
    )
    max_body: WholeNumber | None = Field(
        default=None,
        ge=1024,
        description="Bytes of a body, at most; if not given, the server's `max_body`.",
    )

    def reached_at(self, url: str) -> Self:
        """Returns these options for a connection that senders reach at `url`; "" if unknown.

        Raises:
            WrongValue: the provider needs the address.
        """
        return self


class VerifiedOptions(ConnectionOptions):
    """The keys of a provider that has one way to verify."""

    verify: Literal["enforce", "observe"] = Field(
        default="enforce",
        description=N_("`observe` accepts what would be rejected and writes down why it would be."),
    )


@record(kw_only=False)
class AccountKeys:
    """The options of a connection that name its accounts, and the accounts' ids in samples."""

    #: The option with a mapping of several accounts.
    several: str
    #: The options for the only account's token, id and name.
    token: str
    id: str
    name: str
    #: The account ids that samples contain.
    in_samples: Collection[str]
