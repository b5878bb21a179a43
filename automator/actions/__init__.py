"""What a step can do. A new action is one file here and one line in BUILTIN."""

from collections.abc import Mapping

from automator.actions.forward import Forward
from automator.actions.log import Log
from automator.actions.message import Message
from automator.actions.private_reply import PrivateReply
from automator.actions.reply import Reply
from automator.plugins import AnyAction

BUILTIN: tuple[AnyAction, ...] = (
    Reply(),
    PrivateReply(),
    Message(),
    Forward(),
    Log(),
)


def builtin_actions() -> Mapping[str, AnyAction]:
    """Every action that comes with the server, by the name that a rule file writes."""
    return {action.name: action for action in BUILTIN}
