"""The HTML pages: each module answers its addresses by rendering a template of `web/templates`.

`activity` has the pages of events and runs, `people` those of persons, `rules` and `setup` those of
rules and of settings; general pages are in this folder. Nothing in here answers JSON: that is
`api`. Open `activity/log.py` first, and `bootstrap/site.py` for the table of all addresses.
"""
