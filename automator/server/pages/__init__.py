"""The HTML pages: each module answers its addresses by rendering a template of `web/templates`.

`activity` has the pages of events and runs, `people` the pages of persons, `rules` and `setup` the
pages of rules and of settings. General pages are in this folder. Open `activity/log.py` first;
`bootstrap/site.py` lists all addresses.
"""
