"""Reads the text of a YAML file: plain data with the position of each part. The only such reader.

`quick.py` reads files without anything unusual, and `exact.py` all others. Tabs and invisible
characters are refused before.
"""

from automator.files.characters import character_problems
from automator.files.limits import MAX_BYTES
from automator.files.mistakes.line_mistakes import with_odd_lines_at_once
from automator.files.positions import Parsed, Position, Positions, problem_at
from automator.files.quick import read_quickly
from automator.reasons.problems.files import whole_files


def parse_yaml(file_name: str, text: str) -> Parsed:
    """Reads one file. Its mistakes are in `problems`; nothing is raised."""
    size = len(text.encode("utf-8", "replace"))
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    if size > MAX_BYTES:
        reason = whole_files.FILE_TOO_LARGE(most=MAX_BYTES)
        problem = problem_at(file_name, lines, Position(1, 1), reason)
        return Parsed(file_name, lines, None, Positions(""), [problem])
    problems = character_problems(file_name, lines)
    if problems:
        return Parsed(file_name, lines, None, Positions(text), problems)
    quickly = read_quickly(text)
    if quickly is not None:
        return with_odd_lines_at_once(Parsed(file_name, lines, *quickly))
    # Imported late: a server whose files are in order never needs the other parser.
    from automator.files.exact import read_exactly

    return with_odd_lines_at_once(read_exactly(file_name, text, lines))
