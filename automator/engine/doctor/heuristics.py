"""The provable faults as a table: for each, the variants of a delivery without it."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from automator.engine.doctor.bodies import altered_bodies
from automator.engine.doctor.connection_secrets import (
    NamedSecret,
    Place,
    named_secrets,
    secret_places,
    with_secret,
)
from automator.engine.doctor.headers import (
    Scheme,
    parameters_of,
    spellings,
    with_header,
    with_parameter,
)
from automator.http.types import InboundRequest
from automator.model import Reason, record
from automator.plugins import Provider
from automator.reasons import ReasonKind
from automator.reasons.doctor import (
    HEADER_REPEATED,
    MEANT_FOR,
    OTHER_SECRET,
    OTHER_SECRET_NAMED,
    PARAMETER_REPEATED,
    SECRET_OF,
)

_MAX_SECRETS = 100


@record(kw_only=False)
class Variant:
    """A delivery without a suspected fault, and the fault if `provider` accepts it."""

    reason: Reason
    provider: Provider | None
    request: InboundRequest
    #: False: the fault shows without a try, and is not proved.
    is_proved: bool = True
    #: The variant proves nothing if the provider accepts this request as well.
    unless: InboundRequest | None = None
    #: If this variant is accepted as well, it is the finding.
    rather: "Variant | None" = None


@record(kw_only=False)
class Carrier:
    """A place where a sender may sign: the headers of a request, or its query."""

    #: The finding when one of its names occurs more than once.
    doubled: ReasonKind
    pairs: Sequence[tuple[str, str]]
    names: tuple[str, ...]
    signatures: tuple[str, ...]
    example: str
    with_value: Callable[[InboundRequest, str, str], InboundRequest]


@record(kw_only=False)
class Case:
    """One refused delivery, and the connections."""

    provider: Provider
    request: InboundRequest
    others: Sequence[Provider]
    scheme: Scheme
    #: The secrets of the connection that prove a delivery.
    places: Sequence[Place]
    #: Every known secret by its text.
    by_text: Mapping[str, NamedSecret]

    @property
    def is_handshake(self) -> bool:
        """Whether the request checks this server, and is no delivery."""
        return self.request.method == "GET"

    @property
    def carriers(self) -> tuple[Carrier, ...]:
        """The headers and the query, as the sender signs in them."""
        scheme, request = self.scheme, self.request
        return (
            Carrier(HEADER_REPEATED, request.raw_headers, scheme.headers,
                    scheme.signatures, scheme.example, with_header),
            Carrier(PARAMETER_REPEATED, parameters_of(request), scheme.parameters,
                    scheme.query_signatures, scheme.query_example, with_parameter),
        )  # fmt: skip


def doubled(case: Case) -> Iterator[Variant]:
    """A header or parameter occurs more than once, and one of its values is right."""
    for carrier in case.carriers:
        for name in carrier.names:
            given = [value for key, value in carrier.pairs if key == name]
            reason = carrier.doubled(name=name, count=len(given))
            for value in dict.fromkeys(given) if len(given) > 1 else ():
                request = carrier.with_value(case.request, name, value)
                yield Variant(reason, case.provider, request)


def spelled_differently(case: Case) -> Iterator[Variant]:
    """The signature is right, in another spelling."""
    for carrier in case.carriers:
        pairs = dict(carrier.pairs)
        for name in carrier.signatures:
            given = pairs.get(name, "")
            for kind, value in spellings(given, carrier.example) if given else ():
                if value != given:
                    request = carrier.with_value(case.request, name, value)
                    reason = kind(example=_shape(carrier.example))
                    yield Variant(reason, case.provider, request)


def suspected(case: Case) -> Iterator[Variant]:
    """A mistake that the provider itself knows of."""
    for suspicion in case.provider.suspicions(case.request):
        yield Variant(
            suspicion.reason,
            suspicion.provider,
            case.request,
            is_proved=suspicion.provider is not None,
        )


def other_secret(case: Case) -> Iterator[Variant]:
    """Another secret of this connection was used, or one of another connection."""
    own = {
        named.secret.reveal()
        for named in named_secrets(case.provider)
        if named.place in case.places and not case.is_handshake
    }
    known = [named for text, named in case.by_text.items() if text not in own]
    known.sort(key=lambda named: named.connection != case.provider.connection)
    # A handshake is seldom proved by the secret that signs deliveries.
    places = secret_places(case.provider) if case.is_handshake else case.places
    for named in known[:_MAX_SECRETS]:
        for place in places:
            yield _with_secret(case, named, place)


def _with_secret(case: Case, named: NamedSecret, place: Place) -> Variant:
    provider = with_secret(case.provider, place, named.secret)
    secret, wanted = named.name, ".".join(place)
    if named.connection == case.provider.connection:
        kind = OTHER_SECRET_NAMED if case.is_handshake else OTHER_SECRET
        return Variant(kind(secret=secret, wanted=wanted), provider, case.request)
    rather = None
    owner = next((item for item in case.others if item.connection == named.connection), None)
    if named.place == place and owner is not None:
        rather = Variant(MEANT_FOR(connection=named.connection), owner, case.request)
    reason = SECRET_OF(secret=secret, wanted=wanted, connection=named.connection)
    return Variant(reason, provider, case.request, rather=rather)


def other_connection(case: Case) -> Iterator[Variant]:
    """Another connection accepts it, and does not accept everything."""
    bare = replace(case.request, raw_headers=(), query="")
    for other in () if case.is_handshake else case.others:
        reason = MEANT_FOR(connection=other.connection)
        yield Variant(reason, other, case.request, unless=bare)


def altered_body(case: Case) -> Iterator[Variant]:
    """The body was altered on its way."""
    content_type = case.request.headers.get("content-type", "")
    for kind, body in altered_bodies(case.request.body, content_type):
        yield Variant(kind(), case.provider, replace(case.request, body=body))


#: The heuristics, the surest first. The first variant that is accepted is the finding.
HEURISTICS: tuple[Callable[[Case], Iterator[Variant]], ...] = (
    doubled,
    spelled_differently,
    suspected,
    other_secret,
    other_connection,
    altered_body,
)


def _shape(example: str) -> str:
    """An example of a signature by its form alone, as in `sha256=…`."""
    return re.sub(r"[0-9A-Za-z+/]{20,}={0,2}", "…", example)
