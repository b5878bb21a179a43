"""Work at set times: the schedules of rules, and the recurring work of the process.

`schedules.py` fires the rules that have a schedule, at times from `fire_times.py`. `firings.py`
takes the contacts of schedules for people, portion by portion; `audience.py` selects them,
and counts them beforehand. `scheduler.py` runs all recurring work, most of which is in
`automator.engine.operations`. Open `schedules.py` for rules, and `scheduler.py` for the rest.
"""
