"""Tries rules out: they decide about an event and render their steps, without any effect.

`tryout.py` decides about one event, and carries the runs that would start through their steps, with
the engine's own performer and an HTTP that sends nothing. `preview.py`
compares a rule file that somebody is writing with the saved file, over many events; it also finds
events that the file nearly matches. `trial_events.py` makes events that never came in.
`trial_result.py` and `preview_result.py` have the results. All code that previews, tests or counts
effects of rules uses this package, so that no decision is implemented twice. Open `tryout.py`
first.
"""
