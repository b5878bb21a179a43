"""Changes to rule files that pages make: by a button, from the gallery, from a form or an event.

What is changed in a text is in `automator.rules.editing`; here it becomes a revision that can be
undone. Open `rule_changes.py` first.
"""
