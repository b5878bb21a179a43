"""The sandbox: simulated APIs of providers that answer like the real APIs and record each request.

Mount it on loopback only: it trusts every sender, answers everything, and shows all records to
anyone. `serve --demo` mounts it at `/sandbox`; `automator sandbox` runs it alone on 127.0.0.1.
`app.py` has the routes; each provider's API is one file or folder. `context.py` has their shared
parts, `recorder.py` the records, and `faults.py` the planned wrong answers. It shares no code with
`automator.providers`, so that it does not repeat their mistakes. Open `app.py` first.
"""

# mypy: implicit_reexport

from automator.sandbox.app import sandbox_app
from automator.sandbox.fault_catalogue import FAULTS, MEANINGS, fault_path
from automator.sandbox.faults import Control, Fault, Faults
from automator.sandbox.recorder import Record, Recorder
