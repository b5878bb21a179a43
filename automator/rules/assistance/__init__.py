"""Assistance for authors of rule files: a JSON Schema, completion, explanations, and quick fixes.

Everything here is a function of the text, the place of the cursor and what the server knows. It
copes with broken texts, since a text is broken while somebody types. `automator.rules.reading`
reports the mistakes in a text. Open `completion.py` first, or `schema.py` for what a file can hold.
"""
