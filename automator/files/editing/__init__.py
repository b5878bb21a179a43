"""Edits a YAML text so that only the bytes of the edited value change.

`splice.py` sets and removes one value and checks every result against the intended data; `moves.py`
renames a key and reorders a list. `tree.py` finds the parts of a text, `stretches.py` finds the
part to replace and writes values. Open `splice.py` first.
"""

# mypy: implicit_reexport

from automator.files.editing.moves import moved, renamed
from automator.files.editing.splice import SpliceError, edited_parts, put, put_all, remove
from automator.files.editing.stretches import REMOVED
