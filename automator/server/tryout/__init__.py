"""Tries of events with rules, without effects, for pages, API and command line.

`requests.py` reads a request for a try, `subjects.py` finds the event, and `rules.py` the rules.
`trial_text.py` describes the result in the reader's language. `previews.py` previews a rule file on
the latest events, which `recent_events.py` caches. `bundles.py` tries the event of a bundle, and
`audiences.py` counts a schedule's audience. `automator.engine.tryout` carries out a try. Open
`subjects.py` first.
"""
