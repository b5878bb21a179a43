"""The facts about a server that is ready, for the welcome text of the terminal."""

import logging
import sys

from automator.model import Problem, StoreUnavailableError, record
from automator.server.access.sign_in_links import new_sign_in_link
from automator.server.reading.config import Config
from automator.server.web.services import Services

logger = logging.getLogger(__name__)


@record
class Ready:
    """A server that answers, with the facts that the welcome text shows."""

    url: str
    #: Whether the welcome is read on a terminal; a log file, which others read too, gets no link.
    is_watched: bool
    #: None without a terminal, or if the store cannot keep one.
    sign_in_link: str | None
    #: The same link as this machine reaches it; None if its address is the same.
    local_link: str | None
    #: Name, provider and hook address of each connection.
    connections: list[tuple[str, str, str]]
    rules: int
    problems: list[Problem]
    demo: bool


async def ready_of(services: Services, config: Config) -> Ready:
    """The facts about this server, with a new sign-in link if a person reads them."""
    is_watched = sys.stdout.isatty()
    link = await _sign_in_link(services) if is_watched else None
    local = services.on_this_machine(link) if link else None
    return Ready(
        url=services.url,
        is_watched=is_watched,
        sign_in_link=link,
        local_link=None if local == link else local,
        connections=[
            (name, provider.name, f"{services.outside_url}/hooks/{name}")
            for name, provider in services.connections.items()
            # Connections of single accounts receive at the address of the connection around them.
            if provider.hook == name
        ],
        rules=len(services.rulebook.active.rule_set.rules),
        problems=[*config.problems, *services.rulebook.problems],
        demo=services.demo,
    )


async def _sign_in_link(services: Services) -> str | None:
    """A sign-in link; None if it cannot be stored, since a full disk must not stop the start."""
    try:
        return await new_sign_in_link(
            services.store, services.outside_url, now_ms=services.clock.now_ms()
        )
    except StoreUnavailableError as error:
        logger.warning("start.no_sign_in_link: %s", error)
        return None
