"""The contracts of extensions: `Provider` for a kind of sender, `Action` for a kind of step.

`provider.py` and `action.py` are the two base classes. `options.py` has the settings that every
connection has, `outgoing.py` describes a message to send, `profiles.py` the parts that an account
shows around a conversation, `chat_address.py` the link that begins one, `data_deletion.py` names
people's requests to delete their data, and `access_tokens.py` is the interface to tokens that are
renewed. Implementations are in `automator.providers` and `automator.actions`. Open `provider.py`
first.
"""

from automator.plugins.action import (
    Action,
    AnyAction,
    InputsT,
    MaySpeak,
    StepContext,
    StepResult,
    Utterance,
    drawn_from,
)
from automator.plugins.chat_address import ChatAddress
from automator.plugins.data_deletion import DATA_DELETION, data_deletion_key
from automator.plugins.options import DEMO_SECRET, AccountKeys, ConnectionOptions, VerifiedOptions
from automator.plugins.outgoing import Outgoing, OutgoingKind, Sent
from automator.plugins.profiles import AccountProfile, Press
from automator.plugins.provider import FORM_TYPE, JSON_TYPES, XML_TYPES, Provider, Suspicion

__all__ = [
    "AccountKeys",
    "AccountProfile",
    "Action",
    "AnyAction",
    "ChatAddress",
    "ConnectionOptions",
    "DATA_DELETION",
    "DEMO_SECRET",
    "FORM_TYPE",
    "InputsT",
    "JSON_TYPES",
    "MaySpeak",
    "Outgoing",
    "OutgoingKind",
    "Press",
    "Provider",
    "Sent",
    "StepContext",
    "StepResult",
    "Suspicion",
    "Utterance",
    "VerifiedOptions",
    "XML_TYPES",
    "data_deletion_key",
    "drawn_from",
]
