"""The sandbox: simulated APIs of providers that answer like the real ones and record each request.

It is meant for loopback only: it trusts every sender, answers everything, and shows all records to
anyone. `serve --demo` mounts it at `/sandbox`; `automator sandbox` runs it alone on 127.0.0.1.
`app.py` has the routes, one file or folder the API of each provider, `context.py` what all of them
share, `recorder.py` the records, and `faults.py` the planned wrong answers. It shares no code with
`automator.providers`, so that it cannot agree with their mistakes. Open `app.py` first.
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
