"""Changes to rule files that pages make: by a button, from the gallery, from a form or an event.

`automator.rules.editing` changes the text; here the change becomes a revision that can be undone.
Changes to automator.yaml are in `automator.server.setup`. Open `rule_changes.py` first.
"""
