"""The contracts between the engine and its extensions: providers and actions."""

from automator.plugins.action import Action, AnyAction, InputsT, MaySpeak, StepContext, StepResult
from automator.plugins.options import DEMO_SECRET, ConnectionOptions, VerifiedOptions
from automator.plugins.outgoing import Outgoing, OutgoingKind, Sent
from automator.plugins.provider import Provider, Remark, Suspicion

__all__ = [
    "Action",
    "AnyAction",
    "ConnectionOptions",
    "DEMO_SECRET",
    "InputsT",
    "MaySpeak",
    "Outgoing",
    "OutgoingKind",
    "Provider",
    "Remark",
    "Sent",
    "StepContext",
    "StepResult",
    "Suspicion",
    "VerifiedOptions",
]
