"""Commands that only read: `status`, `log`, `why`, `doctor` and `coverage`.

They work with a running server and, if possible, on the database alone. The data comes from
`automator.store.log` and `automator.engine`. Open `log.py` first.
"""
