"""Commands that only read: `status`, `log`, `why` and `doctor`.

They work with a server that runs and, where that makes sense, on the database alone. What they
show is found out in `automator.store.log` and `automator.engine`. Open `log.py` first.
"""
