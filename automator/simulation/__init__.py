"""Simulations: the real engine over a database of its own, with a clock that is moved by hand.

Rules are matched, limited, run and stored as on a server, but there are no other systems: requests
are only recorded. Two days of follow-ups take milliseconds. `simulation.py` has the engine and its
time, `arrivals.py` the arriving events (`event_lines.py` reads them from a file, `stored_events.py`
from the log of a server), `recorder.py` the requests, and `history.py` and `timeline.py` the
results. `rule_tests.py` runs the tests of rule files on it, and `backtest.py` two rule sets over
the same stored events. A single event without limits and time is tried by `automator.engine.tryout`
instead. Open `simulation.py` first.
"""
