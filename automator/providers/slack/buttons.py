"""Buttons and menus of Slack's messages: of blocks, and of attachments of the older kind."""

from typing import Any

from automator.providers.shared.reading import as_dict, as_id, as_list, as_text

Item = dict[str, Any]


def clicked_button(action: Item, message: Item) -> dict[str, Any]:
    """The button that was clicked in a message, or the entry that was chosen."""
    options = as_list(action.get("selected_options"))
    option = as_dict(action.get("selected_option")) or as_dict(next(iter(options), None))
    title = as_dict(action.get("text") or option.get("text")).get("text")
    value = as_text(action.get("value")) or as_text(option.get("value"))
    name = as_id(action.get("action_id")) or as_id(action.get("name"))
    return {
        "id": name,
        "title": as_text(title) or _title_in_attachments(message, name, value) or value,
        "value": value,
    }


def _title_in_attachments(message: Item, name: str | None, value: str | None) -> str | None:
    """The title of a button of an attachment: only the message has it."""
    attachments = (as_dict(item) for item in as_list(message.get("attachments")))
    buttons = (as_dict(item) for one in attachments for item in as_list(one.get("actions")))
    return next(
        (
            as_text(button.get("text"))
            for button in buttons
            if (button.get("name"), button.get("value")) == (name, value)
        ),
        None,
    )
