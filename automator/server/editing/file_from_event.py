"""Makes the text of a rule file from a stored event."""

from typing import Any

from automator.language import Translator
from automator.rules.editing.event_rule import facts_of, rule_from_event
from automator.server.editing.free_ids import free_name, free_rule_id, start_of_ids
from automator.server.shared.events import event_detail
from automator.server.shared.rule_files import rule_files
from automator.server.web.services import Services


async def file_from_event(
    services: Services, event_id: int, translator: Translator
) -> tuple[str, str, list[tuple[str, str]]]:
    """The name and text of a new rule file, and the event's paths with their values.

    Raises:
        NotFoundError: there is no such event.
    """
    event = (await event_detail(services, event_id)).event
    body: dict[str, Any] = {**event.body, "type": event.type}
    provider = services.connections.get(event.connection)
    wanted = f"{start_of_ids(event.connection)}-rule"
    text = rule_from_event(
        body,
        event.connection,
        can_send=provider.can_send if provider else (),
        rule_id=await free_rule_id(services, wanted),
        say=translator,
    )
    return free_name(wanted, await rule_files(services), ".yaml"), text, facts_of(body)
