"""Changes that forms make to the text of rule files: a rule is switched off, named, or edited.

Every change keeps the comments and the layout of the text; callers read and write the files.
`edits.py` changes a whole rule or file. `form.py` has the form of a rule. Open `edits.py` first.
"""
