"""Meaning: finds rules that are well formed but do not do what their author meant.

Each file is a family of mistakes. A mistake is declared with its sentence, a bad and a good
example, and a quick fix if the right change is certain; tests and the reference are made from
these. Each check looks at one rule (`subject.py`) and yields remarks with their places; a finding
is an error or a warning. `table.py` lists the families. The shape of files and the syntax of
expressions are checked by their readers. Open `platforms.py` first.
"""
