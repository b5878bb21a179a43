"""Values in messages for platforms that read markup in every text.

The author of a rule may write markup. A value that replaces a placeholder is often written by a
stranger: it may become neither a link with a misleading name nor a mention.
"""

import re

#: A word joiner, which is invisible.
_JOINER = "\u2060"
#: Slack itself writes an address as `<https://…>` and `<` as `&lt;` in the texts that it delivers.
_OF_SLACK = re.compile(r"(<https?://[^\s<>|]+>)|&(?!(?:amp|lt|gt);)|[<>]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_OF_DISCORD = re.compile(r"[<\]]|(?:@|^)(?=everyone|here)")


def plain_in_slack(value: str) -> str:
    """Replaces the markup signs of a value by entities."""
    return _OF_SLACK.sub(lambda found: found[1] or _ENTITIES[found[0]], value)


def plain_in_discord(value: str) -> str:
    """Puts an invisible sign into the tags, links and mentions of everybody in a value.

    Backslashes would not help: a value may begin or end within the rule's own markup.
    """
    return _OF_DISCORD.sub(rf"\g<0>{_JOINER}", value)
