"""The built-in actions: what a step of a rule can do.

Each action is one file, except those in `speaking.py`, which send messages to people, and in
`follow_up.py`; BUILTIN lists the actions for rules. Several actions share `expressions.py`,
`http_statuses.py`, and the types of inputs in `inputs.py`. Every action implements
`automator.plugins.Action`. Open `log.py` first: it is the smallest action.
"""

from collections.abc import Mapping

from automator.actions.answer import Answer
from automator.actions.ask import Ask
from automator.actions.emit import Emit
from automator.actions.follow_up import CancelFollowUps, FollowUp
from automator.actions.forward import Forward
from automator.actions.log import Log
from automator.actions.moderate import Moderate
from automator.actions.notify import Notify
from automator.actions.remember import Remember
from automator.actions.request import Request
from automator.actions.set import Set
from automator.actions.speaking import Message, PrivateReply, Reply, Write
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
