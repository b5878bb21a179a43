"""The way of a run through the store: ingest, claim, settlement, and changes by people.

Runs are also started by schedules, firings and replays. The engine decides how a run goes on, and
`queue/` has the order of lanes. Open `ingest.py` first, then `claims.py` and `settle.py`.
"""
