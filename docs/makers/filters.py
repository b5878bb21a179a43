"""The table of filters in the reference."""

from automator.model.log_filters import FILTERS, Filter


def filters_table(_: str) -> str:
    """Every filter, with what it takes."""
    return "\n".join(["| | |", "|---|---|", *map(_row, FILTERS)])


def _row(one: Filter) -> str:
    choices = ", ".join(f"`{word}`" for word in one.choices)
    return f"| `{one.word}` | {one.about.format(choices=choices)} |"
