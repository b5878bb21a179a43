"""The limits of rules and messages: once, throttle, debounce, concurrency, absence, budgets, and
the rate of a target that nodes share.

`rules/` reads the limits that a rule declares; the engine holds the limits of a single process.
Open `enforcement.py` first: it applies the limits of a new run in order. `counters.py` counts for
once and throttle, `concurrency.py` counts the runs that are under way.
"""
