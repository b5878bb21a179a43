"""The provider sandbox: APIs that answer like the real ones and keep what they were asked to say.

Only ever meant for loopback: it trusts everybody, answers everything, and shows all of it to
whoever asks. `serve --demo` mounts it at `/sandbox`; `automator sandbox` runs it alone on
127.0.0.1.
"""

from automator.sandbox.app import sandbox_app
from automator.sandbox.catalogue import FAULTS, MEANINGS, fault_path
from automator.sandbox.faults import Control, Fault, Faults
from automator.sandbox.recorder import Record, Recorder

__all__ = [
    "FAULTS",
    "MEANINGS",
    "Control",
    "Fault",
    "Faults",
    "Record",
    "Recorder",
    "fault_path",
    "sandbox_app",
]
