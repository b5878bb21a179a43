"""The lifecycle of a run as a table: its states, the moves between them, and what each move does.

`table.py` is the state machine, and `terms.py` has the terms in its rows. `outcomes.py` computes
the outcome of a run that has ended. The engine calls `move` for a run that it performs, and the
store makes its SQL from the same rows. The package is pure: it reads no clock and no database. Open
`table.py` first.
"""

# mypy: implicit_reexport

from automator.lifecycle.outcomes import Sent, outcome
from automator.lifecycle.table import AWAITED, MOVES, NO_FACTS, TABLE, Move, move, moved, sources
from automator.lifecycle.terms import Also, Count, Fact, On, Said
