"""Reads YAML files as plain data with positions, and makes models or problems from the data.

`source.py` reads ordinary YAML itself, and any other file with `exact.py`. `positions.py` has the
line and column of each part. `validate.py` makes a model from the data and explains mistakes in
plain words, with the nearest name from `spelling.py`; `settings_file.py` reads `automator.yaml`.
`yaml_mistakes.py` finds the mistake that caused an error of the parser, and `characters.py` finds
forbidden characters. `one_line.py` writes values for the fixes of problems. `hidden_values.py`
keeps secrets out of problems. The package `editing` changes one value of a text
and no other byte; it is not imported here, so that a starting server does not load it.
`automator.rules.reading` reads the rules in the data. Open `source.py` first.
"""

# mypy: implicit_reexport

from automator.files.characters import refused_in_value
from automator.files.hidden_values import HIDDEN, HiddenTexts, hide_values
from automator.files.json_schema import settings_schema
from automator.files.limits import MAX_BYTES, MAX_PROBLEMS
from automator.files.positions import Parsed, Path, Position
from automator.files.settings_file import LoadedSettings, load_settings
from automator.files.source import parse_yaml
from automator.files.spelling import (
    as_name,
    called,
    did_you_mean,
    plain_name,
    suggest,
    suggest_sample,
)
from automator.files.validate import kind_of, reason_of, validate
from automator.files.yaml_mistakes import mistake_in_line, without_curly_quotes
