"""Problems of a file as a text, whatever its values say. Open `syntax.py` first."""

from automator.reasons.problems.files import characters, event_lines, syntax, whole_files

__all__ = ["characters", "event_lines", "syntax", "whole_files"]
