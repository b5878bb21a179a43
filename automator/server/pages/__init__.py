"""The HTML pages: each module answers its addresses by rendering a template of `web/templates`.

`activity` has the pages of events and runs, `people` the pages of persons, `rules` and `setup` the
pages of rules and of settings; general pages are in this folder. Nothing in here answers JSON,
which `api` does. Open `activity/log.py` first, and `bootstrap/site.py` for the table of all
addresses.
"""
