"""Building blocks that several providers share. Providers import them; they import no provider.

`signed.py` verifies by a scheme that a provider declares, `envelope.py` builds events, `reading.py`
reads values from payloads; `calling.py`, `outcomes.py` and `message_sequence.py` help with sending.
Open `signed.py` first, then `dropbox.py` next to this folder as an example of a whole provider.
"""
