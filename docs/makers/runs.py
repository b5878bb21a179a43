"""The life of a run: the states as a diagram, and the moves as a table."""

from automator.lifecycle import TABLE, Count, Move, Said
from automator.model import Waits

_COUNTS = {
    Count.KEPT: "",
    Count.PLUS: "counted",
    Count.MINUS: "not counted",
    Count.FIRST: "1",
    Count.ZERO: "0",
}
_REASONS = {Said.KEPT: "as before", Said.GIVEN: "what has happened", Said.NONE: "none"}


def runs_text(which: str) -> str:
    """The diagram of the states or the table of the moves."""
    return _diagram() if which == "diagram" else _moves()


#: The cause for which a run waits, as in the table.
_WAITS = {
    Waits.TIME: "its time",
    Waits.OPENING: "the opening of its calendar",
    Waits.ABSENCE: "the end of its `within`",
    Waits.QUIET: "a while without events that it collects",
    Waits.PLACE: "its place in `concurrency`",
    Waits.RETRY: "its next attempt",
    Waits.ECHO: "the echo of what was said, or its next attempt",
    Waits.PROOF: "the echo of what was said, or the end of its step",
    Waits.BUDGET: "its moment in a budget",
    Waits.TARGET: "its target",
    Waits.ANSWER: "the answer to its question",
    Waits.APPROVAL: "somebody who approves it",
    Waits.COLLEAGUE: "the end of a pause",
    Waits.REST: "a rest after a crash",
}


def _diagram() -> str:
    """The states as a Mermaid diagram; one arrow for all moves between the same two states."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for move in TABLE:
        for source in move.sources:
            if source is not move.to:
                begin = "[*]" if source is None else source.label
                arrows.setdefault((begin, move.to.label), []).append(move.on.value)
    lines = ["stateDiagram-v2"]
    for (source, to), on in arrows.items():
        lines.append(f"{source} --> {to}: {'<br>'.join(dict.fromkeys(on))}")
    indented = "\n    ".join(lines)
    return f"```mermaid\n{indented}\n```"


def _moves() -> str:
    head = ("What happens", "and", "From", "To", "Attempt", "Reason", "Then")
    rows = [head, ("---",) * len(head), *map(_move_cells, TABLE)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _move_cells(move: Move) -> tuple[str, ...]:
    reason = move.reason
    then = "" if move.then is None else move.then.value
    return (
        move.on.value,
        ", ".join(sorted(move.when)),
        ", ".join("not stored" if state is None else state.label for state in move.sources),
        move.to.label,
        _COUNTS[move.attempt],
        _REASONS[reason] if isinstance(reason, Said) else f"`{reason.code}`",
        f"waits for {_WAITS[move.waits]}" if move.waits is not None else then,
    )
