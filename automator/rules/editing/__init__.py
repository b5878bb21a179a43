"""Changes that a form makes to the text of rule files: a rule is switched off, named, or edited.

Every change is spliced into the text, so that comments and layout stay. `edits.py` has the changes
to a whole rule or file. Nothing here reads or writes a folder. Open `edits.py` first.
"""
