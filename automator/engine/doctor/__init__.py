"""Explains why a delivery was refused, and what may be stored of one that carries secrets.

`doctor.py` is the entry: it takes a stored delivery and returns a diagnosis. `search.py` tries
variants of the delivery until the connection accepts one of them. Verification itself is in
`automator.providers`; the pages and commands that show a diagnosis are in `automator.server` and
`automator.cli`. Open `doctor.py` first.
"""
