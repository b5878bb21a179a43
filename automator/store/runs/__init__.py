"""The way of a run through the store: ingest, claim, settlement, and edits by people.

Schedules, firings and replays start runs. The engine decides how a run goes on; the order within a
lane is in `queue/`. Open `ingest.py` first, then `claims.py` and `settle.py`.
"""
