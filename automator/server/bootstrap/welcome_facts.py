"""Collects the facts about a started server that the welcome on the terminal shows."""

import logging
import sys

from automator.model import Problem, StoreUnavailableError, record
from automator.server.access.sign_in_links import new_sign_in_link
from automator.server.reading.config import Config
from automator.server.web.services import Services

logger = logging.getLogger(__name__)


@record
class Ready:
    """The facts about a started server that the welcome on the terminal shows."""

    url: str
    #: Whether the output is a terminal. A log file gets no sign-in link, because others read it.
    is_watched: bool
    #: None without a terminal, or if the store cannot store a link now.
    sign_in_link: str | None
    #: The sign-in link with this machine's address of the server; None if it is the same link.
    local_link: str | None
    #: Name, provider and hook address of each connection.
    connections: list[tuple[str, str, str]]
    rules: int
    problems: list[Problem]
    demo: bool


async def ready_of(services: Services, config: Config) -> Ready:
    """Collects the facts; makes a sign-in link if the output is a terminal."""
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
            # A connection of a single account has no address: it receives through its parent.
            if provider.hook == name
        ],
        rules=len(services.rulebook.active.rule_set.rules),
        problems=[*config.problems, *services.rulebook.problems],
        demo=services.demo,
    )


async def _sign_in_link(services: Services) -> str | None:
    """A new sign-in link; None if it cannot be stored: a full disk must not stop the start."""
    try:
        return await new_sign_in_link(
            services.store, services.outside_url, now_ms=services.clock.now_ms()
        )
    except StoreUnavailableError as error:
        logger.warning("start.no_sign_in_link: %s", error)
        return None
