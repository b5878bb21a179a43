"""Simulations: the real engine over its own database, with a clock that the caller moves.

Rules are matched, limited, run and stored as on a server, but requests are only recorded. Two days
of follow-ups take milliseconds. `simulation.py` has the engine, its clock, and its runs at the end.
`incoming.py` makes the deliveries and events that come in, also of a server's log, and
`event_lines.py` reads them from a file. `recorder.py` records requests; `timeline.py` shows the
results. `rule_tests.py` runs the tests of rule files in simulations, and `backtest.py`
compares two rule sets over the same stored events. To try a single event without limits and time,
use `automator.engine.tryout`. Open `simulation.py` first.
"""
