"""Assistance for authors of rule files: a JSON Schema, completion, explanations, and quick fixes.

Everything here is a function of the text, the place of the cursor and what the server knows. It
reads broken texts as well, since a text is broken while somebody types. What is wrong in a text is
said by `automator.rules.reading`. Open `completion.py` first, or `schema.py` for what is in a file.
"""
