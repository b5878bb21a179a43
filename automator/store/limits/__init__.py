"""The limits of rules and messages: once, throttle, debounce, concurrency, absence, budgets, rates.

`rules/` reads the limits that rules declare. The engine has the limits of a single process. Open
`enforcement.py` first: it applies the limits to new runs in order. `counters.py` counts for once
and throttle, and `concurrency.py` counts the runs that are under way.
"""
