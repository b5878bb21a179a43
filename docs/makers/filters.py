"""The table of filters in the reference."""

from automator.model.log_filters import FILTERS, Filter, Listed


def filters_table(_: str) -> str:
    """Every filter, with what it takes."""
    return "\n".join(["| | |", "|---|---|", *map(_row, FILTERS)])


def _row(one: Filter) -> str:
    choices = ", ".join(f"`{word}`" for word in one.choices)
    about = one.about.format(choices=choices)
    # The row of a run that has just changed does not answer these.
    is_stored_only = Listed.RUNS in one.lists and one.admits is None
    return f"| `{one.word}` | {about}{'; not with `--follow`' if is_stored_only else ''} |"
