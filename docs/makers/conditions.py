"""Functions of conditions, and the signs by which a wish to buy is recognised."""

from automator.conditions import FUNCTIONS
from automator.engine.figures.buying_signs import BUYING_SIGNS
from docs.makers.models import cell


def signs_table(_: str) -> str:
    """The signs by which the program recognises a wish to buy."""
    rows = [f"| `{name}` | `{cell(text)}` |" for name, text in BUYING_SIGNS.items()]
    return "\n".join(["| sign | condition |", "|---|---|", *rows])


def functions_table(_: str) -> str:
    """The functions of conditions, each with a summary."""
    rows = [f"| `{item.usage}` | {cell(item.summary)} |" for item in FUNCTIONS.values()]
    return "\n".join(["| function | gives |", "|---|---|", *sorted(rows)])
