"""The limits of rules and of messages: once, throttle, debounce, concurrency, absence, budgets, and
the rate of a target that nodes share.

The limits that a rule has are read in `rules/`; the limits of one process are in the engine. Open
`enforcement.py` first: it puts the limits of a new run in order. `counters.py` counts for once and
throttle, `concurrency.py` the runs that are under way.
"""
