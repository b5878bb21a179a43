"""Problems of the text of a file: characters, YAML and size. Open `syntax.py` first."""

from automator.reasons.problems.files import characters, event_lines, syntax, whole_files

__all__ = ["characters", "event_lines", "syntax", "whole_files"]
