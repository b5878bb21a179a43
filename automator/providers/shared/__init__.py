"""Building blocks that several providers share. Providers import them; they import no provider.

`signed.py` verifies by a scheme that a provider declares, `envelope.py` builds events, `reading.py`
takes values out of payloads, `calling.py`, `outcomes.py` and `message_sequence.py` are for sending.
Open `signed.py` first, then `dropbox.py` beside this folder as an example of a whole provider.
"""
