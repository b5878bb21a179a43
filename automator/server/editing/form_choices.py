"""Collects the choices that the form of a rule offers: connections, their events and abilities."""

import asyncio
from pathlib import PurePosixPath

from automator.configuration.settings import Settings
from automator.model.own_events import LINK_CLICKED
from automator.plugins import Provider
from automator.rules.compiled.shop_texts import is_shop_text
from automator.rules.editing.step_forms import Choices
from automator.server.shared.rule_files import rule_files
from automator.server.shared.sample_paths import sample_types, samples_of
from automator.server.web.services import Services


def sends_links(provider: Provider, settings: Settings) -> bool:
    """Whether messages through a connection can have tracked links."""
    return bool(settings.public_url) and "message" in provider.can_send


async def form_choices(services: Services, file: str = "") -> Choices:
    """The choices of the form on this server, such as the types of events of each connection; of
    the shop's own texts, those that the rule `file` finds.
    """
    connections, settings = services.connections, services.settings

    def events() -> dict[str, list[str]]:
        return {
            name: [*sample_types(item), *([LINK_CLICKED] if sends_links(item, settings) else [])]
            for name, item in connections.items()
        }

    def samples() -> dict[str, dict[str, str]]:
        return {name: samples_of(item) for name, item in connections.items()}

    rules = [rule.spec for rule in services.rulebook.active.rule_set.rules]
    steps = [(rule.id, step) for rule in rules for step in rule.every_step()]
    folders = PurePosixPath(file or ".yaml").parents
    texts = [PurePosixPath(name) for name in await rule_files(services) if is_shop_text(name)]
    return Choices(
        actions=services.actions,
        events=await asyncio.to_thread(events),
        can_send={name: item.can_send for name, item in connections.items()},
        speaking=sorted(
            name
            for name, item in connections.items()
            if "message" in item.can_send and (item.can_answer or not item.accounts)
        ),
        zone=settings.zone.key,
        samples=await asyncio.to_thread(samples),
        receivers=sorted(settings.notify),
        intervals=sorted(settings.time_intervals),
        targets=sorted(settings.targets),
        raised={str(one.inputs.get("event")) for _, one in steps if one.action == "emit"},
        following={rule_id for rule_id, one in steps if one.steps},
        texts=sorted({path.stem for path in texts if path.parent.parent in folders}),
        asking={name: item.policy.asking for name, item in connections.items() if item.policy},
    )
