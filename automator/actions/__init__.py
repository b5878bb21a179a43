"""The built-in actions: what a step of a rule can do.

Each action is one file, and BUILTIN lists the actions for rules. Several actions share
`expressions.py`, `http_statuses.py`, and the types of inputs in `inputs.py`. `speaking/` has the
actions that send messages to people; `answering/` has `answer`, and `notifying/` has `notify` and
its services. Every action
implements `automator.plugins.Action`. Open `log.py` first: it is the smallest action.
"""

from collections.abc import Mapping

from automator.actions.answering.answer import Answer
from automator.actions.cancel_follow_ups import CancelFollowUps
from automator.actions.emit import Emit
from automator.actions.follow_up import FollowUp
from automator.actions.forward import Forward
from automator.actions.log import Log
from automator.actions.notifying.notify import Notify
from automator.actions.remember import Remember
from automator.actions.request import Request
from automator.actions.set import Set
from automator.actions.speaking.ask import Ask
from automator.actions.speaking.message import Message
from automator.actions.speaking.moderate import Moderate
from automator.actions.speaking.private_reply import PrivateReply
from automator.actions.speaking.reply import Reply
from automator.actions.speaking.write import Write
from automator.plugins import AnyAction

#: In the order in which forms offer them.
BUILTIN: tuple[AnyAction, ...] = (
    Reply(),
    Answer(),
    PrivateReply(),
    Message(),
    Ask(),
    Moderate(),
    Notify(),
    FollowUp(),
    CancelFollowUps(),
    Remember(),
    Emit(),
    Forward(),
    Request(),
    Set(),
    Log(),
)

#: Sends the messages that colleagues write by hand; no rule can use it.
WRITE: AnyAction = Write()


def builtin_actions() -> Mapping[str, AnyAction]:
    """Returns every action that comes with the server, by the name that rule files use."""
    return {action.name: action for action in BUILTIN}
