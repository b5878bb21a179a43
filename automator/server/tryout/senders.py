"""The senders that pages can play: their samples, the people in them, and sending a sample."""

from functools import cache

from automator.engine.intake.intake import Accepted
from automator.http.types import InboundRequest
from automator.model import UsageError, record
from automator.plugins import Provider
from automator.providers.simulator import (
    build_sample,
    describe_sample,
    sample_names,
    signed_query,
    signed_request,
)
from automator.server.web.services import Services

#: The remote address in the delivery of a test event.
TEST_REMOTE = "test event"
_FAVOURITES = ("comment.created", "message.received", "order.created", "order")


@record(kw_only=False)
class Person:
    """A person who writes, with an id that suits every platform."""

    id: str
    name: str


#: Invented people, like everything in a sample. Values that rules remember about them stay with
#: their ids.
PEOPLE = (
    Person("7100000000000001", "Nguyễn Thị Lan"),
    Person("7100000000000002", "Trần Văn Minh"),
    Person("7100000000000003", "Lê Hoàng Anh"),
    Person("7100000000000004", "Emily Carter"),
)


@record(kw_only=False)
class Sample:
    """A sample that a page can send."""

    name: str
    about: str
    takes_text: bool
    #: Whether somebody other than the person in the sample can be its author.
    takes_person: bool


@record(kw_only=False)
class Sender:
    """A connection whose sender a page can play."""

    connection: str
    title: str
    #: Whether rules can answer through it.
    answers: bool


def sender_of(provider: Provider) -> Sender:
    """The name of a connection on a page."""
    title = provider.title or provider.name
    return Sender(provider.connection, title, bool(provider.can_send))


def samples_of(services: Services, connection: str) -> list[Sample]:
    """The samples of a connection's provider; empty if there is no such connection."""
    provider = services.connections.get(connection)
    names = sample_names(provider.name) if provider else []
    return [
        Sample(
            name, describe_sample(name), takes(name, "event.text"), takes(name, "event.actor.id")
        )
        for name in names
    ]


def favourite_of(samples: list[Sample]) -> str:
    """The sample that is chosen when the page opens: most people try it first."""
    by_type = {sample.name.partition("/")[2]: sample.name for sample in samples}
    return next((by_type[kind] for kind in _FAVOURITES if kind in by_type), "")


def changes_for(sample: str, text: str, person: Person | None) -> dict[str, str]:
    """The text and the person as changes of a sample, as far as it has a place for them."""
    wanted = {"event.text": text}
    if person is not None:
        wanted |= {"event.actor.id": person.id, "event.actor.name": person.name}
    return {path: value for path, value in wanted.items() if value and takes(sample, path)}


@cache
def takes(sample: str, path: str) -> bool:
    """Whether a sample has a place for a value."""
    try:
        build_sample(sample, serial=1, now_ms=0, changes={path: "1"})
    except UsageError:
        return False
    return True


async def send_sample(
    services: Services, provider: Provider, name: str, changes: dict[str, str], *, remote: str
) -> int | None:
    """Sends a sample through verification, parsing and matching; returns its first event's id.

    The delivery has `remote` in place of the address that a real delivery came from.

    Raises:
        UsageError: the sample has no place for a change.
        NotFoundError: there is no such sample.
        RejectedDelivery: the connection does not take it.
    """
    serial, now_ms = services.ids.next() % 1_000_000_000, services.clock.now_ms()
    sample = build_sample(name, serial=serial, now_ms=now_ms, changes=changes)
    provider = provider.of_first_account
    key = f"sandbox-{serial}"
    headers, body = signed_request(provider, sample, now_ms, key)
    outcome = await services.intake.receive(
        # An account's own connection has no address: the connection that names it gets its events.
        services.connections.get(provider.hook, provider),
        InboundRequest(
            method="POST",
            query=signed_query(provider, sample, now_ms, key),
            raw_headers=tuple((name.lower(), value) for name, value in headers.items()),
            body=body,
            received_at=now_ms,
            remote=remote,
        ),
    )
    receipts = outcome.receipts if isinstance(outcome, Accepted) else ()
    return receipts[0].event_id if receipts else None
