"""Values of a rule file that a form writes in a way of its own: as a line, as lines, or in words.

Each file shows a value for a field and reads it back, or says that a field cannot show it. Open
`buttons.py` first.
"""
