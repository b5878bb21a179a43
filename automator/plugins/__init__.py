"""The contracts of extensions: `Provider` for a kind of sender, `Action` for a kind of step.

`provider.py` and `action.py` have the two base classes. `connection_options.py` has the settings
that every connection has. `outgoing.py` describes a message to send, `buttons.py` checks its
buttons. `profiles.py` describes the texts and menus that an account shows around a conversation.
`data_deletion.py` has the names of a person's request to delete their data. `access_tokens.py` is
the interface to tokens that have to be renewed. The implementations are in `automator.providers`
and `automator.actions`. Open `provider.py` first.
"""

# mypy: implicit_reexport

from automator.plugins.action import (
    Action,
    AnyAction,
    MaySpeak,
    StepContext,
    StepResult,
    Utterance,
    drawn_from,
)
from automator.plugins.connection_options import (
    DEMO_SECRET,
    AccountKeys,
    ConnectionOptions,
    HeaderName,
    OwnAnswer,
    VerifiedOptions,
)
from automator.plugins.data_deletion import DATA_DELETION, data_deletion_key
from automator.plugins.outgoing import Outgoing, OutgoingKind, Sent
from automator.plugins.profiles import AccountProfile, Press
from automator.plugins.provider import (
    FORM_TYPE,
    JSON_TYPES,
    XML_TYPES,
    ChatAddress,
    Provider,
    Suspicion,
    Wanted,
)
