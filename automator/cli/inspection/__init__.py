"""Commands that only read: `status`, `log`, `why`, `doctor` and `coverage`.

They work with a running server and, where that makes sense, on the database alone. The data come
from `automator.store.log` and `automator.engine`. Open `log.py` first.
"""
