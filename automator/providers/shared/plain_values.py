"""Values in messages for platforms that read markup in every text.

A rule may write markup. A value that fills a placeholder is often written by a stranger: it becomes
neither a link under another name nor a mention.
"""

import re

#: A word joiner, which nobody sees.
_JOINER = "\u2060"
#: Slack itself writes an address as `<https://…>` and `<` as `&lt;` in the texts that it delivers.
_OF_SLACK = re.compile(r"(<https?://[^\s<>|]+>)|&(?!(?:amp|lt|gt);)|[<>]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_OF_DISCORD = re.compile(r"[<\]]|(?:@|^)(?=everyone|here)")


def plain_in_slack(value: str) -> str:
    """The value with entities in the place of its signs of markup."""
    return _OF_SLACK.sub(lambda found: found[1] or _ENTITIES[found[0]], value)


def plain_in_discord(value: str) -> str:
    """The value with an invisible sign in its tags, links and mentions of everybody.

    Backslashes would not do: a value may begin or end inside the markup of the rule.
    """
    return _OF_DISCORD.sub(rf"\g<0>{_JOINER}", value)
