"""Tries: what rules would do about an event, decided and rendered without any effect.

`tryout.py` decides about one event and carries the runs that would start; `dry_run.py` carries one
run through its steps with the engine's own performer, over an HTTP that sends nothing. `preview.py`
compares a rule file that somebody is writing with the saved one, over many events;
`near_misses.py` finds those that it nearly matches. `trial_events.py` makes events that never came
in. `trial.py` and `preview_result.py` are the results. Whatever shows, tests or counts what rules
would do comes through here, so that there is no second implementation of a decision. Open
`tryout.py` first.
"""
