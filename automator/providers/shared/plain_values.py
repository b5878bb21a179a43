"""Removes markup from values in messages, for platforms that read markup in every text.

The author of a rule may write markup. A value in a placeholder often comes from a stranger, and
must not become a link with a misleading name, or a mention.
"""

import re

#: A word joiner, which is invisible.
_JOINER = "\u2060"
#: An address as Slack itself writes it in a text, `<https://…>`, or a sign to escape.
_OF_SLACK = re.compile(r"(<https?://[^\s<>|]+>)|&(?!(?:amp|lt|gt);)|[<>]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_OF_DISCORD = re.compile(r"[<\]]|(?:@|^)(?=everyone|here)")


def plain_in_slack(value: str) -> str:
    """Replaces the markup signs of a value by entities."""
    return _OF_SLACK.sub(lambda found: found[1] or _ENTITIES[found[0]], value)


def plain_in_discord(value: str) -> str:
    """Puts an invisible character into the tags, links and mentions of everybody in a value.

    Backslashes would not help: a value may begin or end within the rule's own markup.
    """
    return _OF_DISCORD.sub(rf"\g<0>{_JOINER}", value)
