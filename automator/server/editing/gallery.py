"""Adapts the gallery of ready-made rules to this server's connections, and makes rules from it."""

import asyncio
import re
from collections.abc import Mapping

from automator.configuration.settings import Settings
from automator.language import Translator
from automator.model import LOOK_IN_LIST, N_, NotFoundError, Rule, record
from automator.plugins import Provider
from automator.rules.gallery.gallery import gallery_rule
from automator.rules.gallery.gallery_rule import GalleryConnection, GalleryRule
from automator.server.editing.free_ids import free_name, free_rule_id, start_of_ids
from automator.server.shared.rule_files import rule_files
from automator.server.shared.sample_paths import sample_types
from automator.server.web.services import Services


def gallery_connection(provider: Provider, settings: Settings) -> GalleryConnection:
    """The facts about a connection that ready-made rules need: its events and abilities."""
    return GalleryConnection(
        connection=provider.connection,
        events=frozenset(sample_types(provider)),
        can_send=provider.can_send,
        zone=settings.zone.key,
        has_public_url=bool(settings.public_url),
        receivers=tuple(sorted(settings.notify)),
    )


async def gallery_connections(services: Services) -> dict[str, GalleryConnection]:
    """The facts about every connection, by name."""
    connections, settings = services.connections, services.settings
    return await asyncio.to_thread(
        lambda: {name: gallery_connection(item, settings) for name, item in connections.items()}
    )


def known_gallery_rule(key: str) -> GalleryRule:
    """The ready-made rule with this key.

    Raises:
        NotFoundError: there is no such rule.
    """
    found = gallery_rule(key)
    if found is None:
        raise NotFoundError(N_("there is no ready-made rule {key}"), fix=LOOK_IN_LIST, key=key)
    return found


def made_before(services: Services, item: GalleryRule) -> list[Rule]:
    """The rules in force that were made from this ready-made rule, recognised by their ids."""
    starts = "|".join(re.escape(start_of_ids(name)) for name in services.connections)
    ours = re.compile(rf"({starts})-{re.escape(_wanted(item))}(-[0-9]+)?")
    rules = services.rulebook.active.rule_set.rules
    return [rule.spec for rule in rules if ours.fullmatch(rule.spec.id)]


@record
class NewRule:
    """A new file with a ready-made rule, not yet saved."""

    file: str
    rule_id: str
    text: str
    #: The id of a rule in force that was made with the same values and never changed, or "".
    twin: str = ""


async def new_rule(
    services: Services,
    item: GalleryRule,
    around: GalleryConnection,
    given: Mapping[str, str],
    translator: Translator,
) -> NewRule:
    """Makes a file of the ready-made rule with the given values, under an unused id and name."""
    wanted = _wanted(item)
    rule_id = await free_rule_id(services, f"{start_of_ids(around.connection)}-{wanted}")
    files = await rule_files(services)
    name = free_name(wanted, files, ".yaml")
    filled = item.filled(around, given, translator)
    twin = next(
        (
            rule.id
            for rule in made_before(services, item)
            if rule.place.file in files
            and files[rule.place.file].text == item.file(filled, rule.id)
        ),
        "",
    )
    return NewRule(file=name, rule_id=rule_id, text=item.file(filled, rule_id), twin=twin)


def _wanted(item: GalleryRule) -> str:
    """The wanted file name of a ready-made rule, which its ids contain too."""
    return item.key.replace("_", "-")
