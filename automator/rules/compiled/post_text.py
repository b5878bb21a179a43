"""The conditions that read the text of the post that an event is about: `event.post.message`.

The event of a post carries it; that of a comment or a reaction only names the post. Rules that read
the text are then decided in the event's turn, as those that read what steps change: until that has
come, the text can be looked up.
"""

from typing import Final

from automator.conditions import compile_expression
from automator.model import Condition, expressions_of

POST_TEXT: Final = ("event", "post", "message")


def reads_post(condition: Condition) -> bool:
    """Whether a condition, or one in a group of them, reads the text of the post."""
    return any(
        compile_expression(one.text).reads(POST_TEXT) for one in expressions_of((condition,))
    )
