"""Assistance for authors of rule files: a JSON Schema, completion, explanations, and quick fixes.

Every function here takes the text of a file, the place of the cursor, and the names that the server
knows. The text may be broken, as it is while somebody types. `automator.rules.reading` reports the
mistakes in a text. Open `completion.py` first, or `schema.py` for what a file can hold.
"""
