"""Commands with which a person decides: about runs, replays, contacts, limits and targets.

The running server checks and records the decision; without one, most of these commands do so
themselves. Open `run.py` first.
"""
