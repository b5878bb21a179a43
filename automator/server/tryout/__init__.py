"""Tries for pages, API and command line: what is tried, with which rules, and how it is shown.

`subjects.py` finds the event that a request for a try names, `rules.py` the rules, and
`trial_text.py` says the result in the reader's language. The try itself is in
`automator.engine.tryout`. Open `subjects.py` first.
"""
