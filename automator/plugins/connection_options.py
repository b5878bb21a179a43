"""The options in automator.yaml that every connection has."""

import re
from collections.abc import Collection
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from automator.configuration.values import Expected, NetworkText, Rate, StrictModel, WholeNumber
from automator.http.headers import answer_fault, header_fault
from automator.http.redaction import MOST_PATHS, is_path
from automator.model import N_, WrongValue, record
from automator.reasons.problems.configuration.connections import (
    option_answer_without_body,
    option_header_no_template,
    option_not_a_header,
    option_not_a_redact_path,
)
from automator.reasons.problems.shape import shape_wrong_inside

#: The placeholder in `Provider.demo_options` that the demo replaces by a secret of its own.
DEMO_SECRET = "<a secret of the demo>"  # noqa: S105 - a placeholder
_HEADER = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]{1,64}")


def _header_name(text: str) -> str:
    name = text.strip().lower()
    if not _HEADER.fullmatch(name):
        raise WrongValue(option_not_a_header(text=text))
    return name


def _redact_path(text: str) -> str:
    path = text.strip()
    if not is_path(path):
        raise WrongValue(option_not_a_redact_path(text=text))
    return path


#: The name of a header, in small letters.
HeaderName = Annotated[str, AfterValidator(_header_name)]
#: The path of a value that is removed from deliveries.
RedactPath = Annotated[str, AfterValidator(_redact_path)]


class OwnAnswer(StrictModel):
    """The answer to a stored delivery, in place of the usual one."""

    status: int = Field(default=200, ge=200, le=299, description=N_("Its status, from 200 to 299."))
    headers: dict[HeaderName, str] = Field(
        default_factory=dict,
        max_length=20,
        description=N_("Its headers. Those of the connection and of security cannot be set."),
    )
    body: str = Field(
        default="",
        max_length=16_384,
        description=N_(
            "Its text, a template over `event`: the body is `event.data`, beside `event.headers`,"
            " `event.query` and `event.request`; `event.delivery` is the id of the delivery,"
            " `event.ids` has the ids of its events, and `event.repeated` says whether all of them"
            " came before."
        ),
    )

    @model_validator(mode="after")
    def _can_be_sent(self) -> Self:
        for name, value in self.headers.items():
            fault = header_fault(name, value) or answer_fault(name)
            if fault is not None:
                raise WrongValue(shape_wrong_inside(problem=fault), at=("headers", name))
            if "{{" in value or "{%" in value:
                raise WrongValue(option_header_no_template(), at=("headers", name))
        if self.status in (204, 205) and self.body:
            raise WrongValue(option_answer_without_body(status=self.status), at=("body",))
        return self


class ConnectionOptions(StrictModel):
    """The options that every connection has; each provider adds its own options."""

    provider: str = Field(description=N_("The kind of sender."))
    allow_from: tuple[NetworkText, ...] = Field(
        default=(),
        max_length=200,
        description=N_(
            "Addresses and networks that may send, in addition to verify. Behind a"
            " proxy, `trusted_proxies` in automator.yaml must name it."
        ),
    )
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
    headers: tuple[HeaderName, ...] = Field(
        default=(),
        max_length=30,
        description=N_(
            "Headers that rules see in `event.headers`, beside the usual ones of the sender. A"
            " header that proves the sender, or whose name says that it holds a secret, is not"
            " shown."
        ),
    )
    request: tuple[Literal["method", "path", "remote"], ...] = Field(
        default=(),
        description=N_(
            "What rules see of the request in `event.request`: its `method`; the `remote` address"
            " of the sender; and its `path`, which is what follows the name of the connection in"
            " the address, as in /hooks/orders/eu."
        ),
    )
    redact: tuple[RedactPath, ...] = Field(
        default=(),
        max_length=MOST_PATHS,
        description="Paths of values that are removed after the delivery is verified and before"
        " anything is stored, as in `body.card`, `body.messages[].phone` or `query.email`. They"
        " become null, or empty in a form or a query. A body that is neither JSON nor a form is not"
        " kept. A refused delivery that had such values cannot be taken in again.",
    )
    answer: OwnAnswer | None = Field(
        default=None,
        description="The answer to a delivery that is stored, for a sender that wants another one"
        " than the usual JSON with the ids; not for a provider whose sender wants a certain one.",
    )

    def reached_at(self, url: str) -> Self:
        """Returns these options for a connection that senders reach at `url`; "" if unknown.

        Raises:
            WrongValue: the provider needs the address.
        """
        return self


class VerifiedOptions(ConnectionOptions):
    """The options of a connection whose provider verifies deliveries in one fixed way."""

    verify: Literal["enforce", "observe"] = Field(
        default="enforce",
        description=N_("`observe` accepts what would be rejected and writes down why it would be."),
    )


@record(kw_only=False)
class AccountKeys:
    """The names of the options that list a connection's accounts, and the ids in samples."""

    #: The option with a mapping of several accounts.
    several: str
    #: The options for the only account's token, id and name.
    token: str
    id: str
    name: str
    #: The account ids that samples contain.
    in_samples: Collection[str]
