"""Problems of the text of a file: characters, YAML and size. Open `syntax.py` first."""

# mypy: implicit_reexport

from automator.reasons.problems.files import characters, event_lines, syntax, whole_files
