"""Commands that only read: `status`, `log`, `why` and `doctor`.

They ask a running server; without one, all but `status` read the database. The data comes from
`automator.store.log` and `automator.engine`. Open `log.py` first.
"""
