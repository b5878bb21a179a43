"""The limits of rules and of what is said: once, throttle, debounce, concurrency, absence, budgets,
and the rate of a target that nodes share.

Which rule has which limit is decided in `rules/`; the limits of one process are in the engine.
Open `limits.py` first: it puts the limits of a new run in order.
"""
