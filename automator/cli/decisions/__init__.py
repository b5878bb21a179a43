"""Commands with which a person decides: about runs, replays, contacts, limits and targets.

They ask the server that runs, which checks and records the decision. Open `run.py` first.
"""
