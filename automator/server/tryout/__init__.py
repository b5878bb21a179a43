"""Tries for pages, API and command line: their events, their rules, and their display.

`requests.py` reads a request for a try, `subjects.py` finds the event that it names, and `rules.py`
the rules. `trial_text.py` words the result in the reader's language. `previews.py` previews a rule
file on the latest events, which `recent_events.py` caches. The try itself is in
`automator.engine.tryout`. Open `subjects.py` first.
"""
