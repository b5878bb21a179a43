"""Values of a rule file for which a form has its own notation: a line, several lines, or words.

Each file shows a value for a field and reads it back, or says that a field cannot show it. Open
`buttons.py` first.
"""
