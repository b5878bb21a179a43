"""Tries for pages, API and command line: what is tried, with which rules, and how it is shown.

`requests.py` reads a request for a try, `subjects.py` finds the event that it names, and
`rules.py` the rules. `trial_text.py` says the result in the reader's language. `previews.py`
previews a rule file over the latest events, which `recent_events.py` keeps at hand. The try itself
is in `automator.engine.tryout`. Open `subjects.py` first.
"""
