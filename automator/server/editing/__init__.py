"""Changes rule files for pages: a button, the gallery, a form, or a rule made from an event.

`automator.rules.editing` changes the text. This package saves it as a revision that can be undone.
Changes to automator.yaml are in `automator.server.setup`. Open `rule_changes.py` first.
"""
