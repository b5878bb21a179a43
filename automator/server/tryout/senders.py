"""Plays the senders of connections for pages: lists their samples, and sends a sample."""

from dataclasses import replace
from functools import cache

from automator.engine.intake.intake import Accepted
from automator.engine.intake.verification import proof_of_own
from automator.model import UsageError, record
from automator.plugins import Provider
from automator.providers.simulator import build_sample, describe_sample, sample_names
from automator.server.web.services import Services
from automator.simulation.incoming import arrival_of_sample

#: The text in place of the remote address in the delivery of a test event.
TEST_REMOTE = "test event"
_FAVOURITES = ("comment.created", "message.received", "order.created", "order")


@record(kw_only=False)
class Person:
    """A person as the author of a sample; the id suits every platform."""

    id: str
    name: str


#: Invented people, who can be the authors of samples. Their ids stay the same, so that rules
#: remember values about them.
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
    #: Whether another person can be the author of the sample.
    takes_person: bool


@record(kw_only=False)
class Sender:
    """A connection whose sender a page can play."""

    connection: str
    title: str
    #: Whether rules can answer through the connection.
    answers: bool


def sender_of(provider: Provider) -> Sender:
    """The sender of a connection, as a page shows it."""
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
    """The name of the sample that is chosen when a page opens, because most people want it."""
    by_type = {sample.name.partition("/")[2]: sample.name for sample in samples}
    return next((by_type[kind] for kind in _FAVOURITES if kind in by_type), "")


def changes_for(sample: str, text: str, person: Person | None) -> dict[str, str]:
    """The text and the author as changes of a sample, without those that the sample cannot take."""
    wanted = {"event.text": text}
    if person is not None:
        wanted |= {"event.actor.id": person.id, "event.actor.name": person.name}
    return {path: value for path, value in wanted.items() if value and takes(sample, path)}


@cache
def takes(sample: str, path: str) -> bool:
    """Whether a value at this path of a sample can be changed."""
    try:
        build_sample(sample, serial=1, now_ms=0, changes={path: "1"})
    except UsageError:
        return False
    return True


async def send_sample(
    services: Services, provider: Provider, name: str, changes: dict[str, str], *, remote: str
) -> int | None:
    """Takes a sample in as a delivery; returns the id of its first event, or None without events.

    The delivery has `remote` in place of a sender's address.

    Raises:
        UsageError: the sample cannot take one of the changes.
        NotFoundError: there is no such sample.
        RejectedDelivery: the connection refuses the delivery.
    """
    serial, now_ms = services.ids.next() % 1_000_000_000, services.clock.now_ms()
    provider = provider.of_first_account
    arrival = arrival_of_sample(provider, name, changes, now_ms, serial)
    # A connection of a single account has no address: its parent gets the events.
    provider = services.connections.get(provider.hook, provider)
    request = replace(arrival.request, remote=remote)
    proof = proof_of_own(provider, request)
    outcome = await services.intake.receive(provider, request, proof)
    receipts = outcome.receipts if isinstance(outcome, Accepted) else ()
    return receipts[0].event_id if receipts else None
