"""The HTML pages: each module answers its addresses by rendering a template of `web/templates`.

`activity` has what happened, `setup` what is configured; pages for everybody are in this folder.
Nothing in here answers JSON: that is `api`. Open `activity/log.py` first, and
`bootstrap/routes.py` for the table of all addresses.
"""
