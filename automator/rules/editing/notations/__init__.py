"""Notations that a form uses for values of a rule file: a line, several lines, or a choice in
words.

Each file writes a value in its notation and reads it back; it returns None for a value that the
notation cannot express. Open `buttons.py` first.
"""
