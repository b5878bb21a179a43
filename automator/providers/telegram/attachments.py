"""Files of a Telegram message, by the ids with which the Bot API gives them out."""

from collections.abc import Mapping
from typing import Any

from automator.providers.shared.reading import as_dict, as_id, as_list

_FILES: Mapping[str, str] = {
    "animation": "video",
    "document": "file",
    "audio": "audio",
    "voice": "audio",
    "video": "video",
    "video_note": "video",
    "sticker": "sticker",
}


def attachments_of(message: dict[str, Any]) -> list[dict[str, Any]]:
    """The picture and the files of a message; none has an address."""
    found = []
    sizes = as_list(message.get("photo"))
    if sizes:
        # Sizes of one picture, the largest last.
        found.append({"id": as_id(as_dict(sizes[-1]).get("file_id")), "type": "image", "url": None})
    for name, kind in _FILES.items():
        file = message.get(name)
        # An animation stands in `document` as well, for older bots.
        if isinstance(file, dict) and not (name == "document" and "animation" in message):
            found.append({"id": as_id(file.get("file_id")), "type": kind, "url": None})
    return found
