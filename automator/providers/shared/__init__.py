"""Building blocks that several providers share. Providers import them; they import no provider.

`signed.py` verifies deliveries by a scheme that a provider declares, `payloads.py` reads values
from bodies, and `envelope.py` builds events. `json_requests.py`, `step_errors.py` and
`message_sequence.py` help with sending. Open `signed.py` first, then `dropbox.py` next to this
folder as an example of a whole provider.
"""
