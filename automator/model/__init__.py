"""The data of the product as immutable dataclasses: events, rules, runs, settlements, errors.

The package imports only the standard library, and does no input or output. It exports the names
that many layers use; import all other names from their own files. Open `run.py` first.
"""

# mypy: implicit_reexport

from automator.model.echo import Echo
from automator.model.errors import (
    LOOK_IN_LIST,
    AutomatorError,
    ConflictError,
    InstallationChangedError,
    NotFoundError,
    PermanentError,
    RejectedDelivery,
    RescheduledStep,
    RetryableError,
    SettingsError,
    SkippedStep,
    StepError,
    StoreUnavailableError,
    UnknownOutcome,
    UnparsableDelivery,
    UsageError,
)
from automator.model.event import (
    LEAD,
    POST,
    Delivery,
    Event,
    EventPart,
    ParsedEvent,
    Verdict,
    hook_of,
)
from automator.model.ids import IdSource, first_id_of, format_id, id_time_ms, parse_id
from automator.model.messaging_policy import DAY_MS, ButtonLimits, MessagingPolicy
from automator.model.problem import Problem, Severity, WrongValue
from automator.model.reason import N_, Reason, quoted, reason_json
from automator.model.record import record
from automator.model.rule import (
    Condition,
    Expression,
    KeyedLimit,
    Place,
    Rule,
    Schedule,
    Step,
    Trigger,
)
from automator.model.run import Attempt, Claimed, NewRun, Run
from automator.model.run_state import AttemptStatus, Outcome, RunState, Waits
from automator.model.seen_values import SeenValues
from automator.model.settlement import (
    Block,
    CancelFollowUps,
    Effect,
    EmitEvent,
    LinkContact,
    Note,
    OptOut,
    Remember,
    Settlement,
    SetVars,
    StartFollowUp,
)
from automator.model.speech import Proposal, Question
from automator.model.target import TargetHealth, TargetState
from automator.model.text_helpers import (
    in_one_line,
    normalized,
    shortened,
    text_length,
    whole_number,
)
