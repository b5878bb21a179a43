"""The senders that the sandbox page can play, their samples, and the people in these."""

from dataclasses import dataclass
from functools import cache

from automator.model import UsageError
from automator.plugins import Provider
from automator.providers.simulator import build_sample, describe_sample, sample_names
from automator.server.web.services import Services

_FAVOURITES = ("comment.created", "message.received", "order.created", "order")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who writes, under an id that fits every platform."""

    id: str
    name: str


#: Made up, like everything in the sandbox. What rules remember of them stays with their ids.
PEOPLE = (
    Person("7100000000000001", "Nguyễn Thị Lan"),
    Person("7100000000000002", "Trần Văn Minh"),
    Person("7100000000000003", "Lê Hoàng Anh"),
    Person("7100000000000004", "Emily Carter"),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample that the page can send."""

    name: str
    about: str
    takes_text: bool
    #: Somebody else than the one in the sample can be its author.
    takes_person: bool


@dataclass(frozen=True, slots=True)
class Sender:
    """A connection whose sender the page can play."""

    connection: str
    title: str
    #: Rules can answer through it.
    answers: bool


def sender_of(provider: Provider) -> Sender:
    """How the page names a connection."""
    title = provider.title or provider.name
    return Sender(provider.connection, title, bool(provider.can_send))


def samples_of(services: Services, connection: str) -> list[Sample]:
    """The samples of a connection's provider; none of a connection that is not there."""
    provider = services.connections.get(connection)
    names = sample_names(provider.name) if provider else []
    return [
        Sample(
            name, describe_sample(name), takes(name, "event.text"), takes(name, "event.actor.id")
        )
        for name in names
    ]


def favourite_of(samples: list[Sample]) -> str:
    """The sample that is chosen when the page opens: what most people try first."""
    by_type = {sample.name.partition("/")[2]: sample.name for sample in samples}
    return next((by_type[kind] for kind in _FAVOURITES if kind in by_type), "")


def changes_for(sample: str, text: str, person: Person | None) -> dict[str, str]:
    """The text and the person as changes of a sample; what it has no place for is left out."""
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
