"""Work at set times: schedules of rules, and the recurring work of the process.

`schedules.py` fires the rules that have a schedule, at the times that `fire_times.py` computes.
`firings.py` continues schedules for contacts, portion by portion, and `scheduler.py` runs all
recurring work. The work itself is in `automator.engine.operations`. Open `schedules.py` for rules
and `scheduler.py` for everything else.
"""
