"""Texts for chat services that read markup in every text and cannot be told not to.

A notice has words of customers in it: none of them may become a link under another name, or a
mention.
"""

import re

#: A word joiner, which nobody sees.
_JOINER = "\u2060"
#: The backslash too: one of the customer's would undo ours.
_MARKDOWN = re.compile(r"[\\\[<]")
_TAG_OR_LINK = re.compile(r"<|\](?=\()")
#: Not the one inside an e-mail address.
_MENTION = re.compile(r"(?<![^\W_])@")


def escaped_markdown(text: str) -> str:
    """The text with a backslash before what begins a link or a tag in Markdown."""
    return _MARKDOWN.sub(r"\\\g<0>", text)


def broken_tags(text: str) -> str:
    """The text with an invisible sign in tags and links, for services without escapes."""
    return _TAG_OR_LINK.sub(rf"\g<0>{_JOINER}", text)


def broken_mentions(text: str) -> str:
    """The text with an invisible sign behind each `@` that begins a name."""
    return _MENTION.sub(f"@{_JOINER}", text)
