"""Finds the settings file, rules and data folder by a command's options and the environment."""

import os
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from automator.cli.terminal import WORKING
from automator.configuration.environment import Environment

if WORKING:
    from pydantic import ValidationError

    from automator.configuration.settings import Settings
    from automator.configuration.time_intervals import DEFAULT_ZONE
    from automator.files.source import parse_yaml

DEFAULT_CONFIG = Path("automator.yaml")
#: The environment variable that names the settings file.
CONFIG_VARIABLE = "AUTOMATOR_CONFIG"
DEFAULT_RULES = Path("rules")


def find_config(config: Path | None) -> Path | None:
    """Finds the settings file: the named file, or automator.yaml if it exists.

    A folder of this name, or a broken link, also counts as existing and is refused when it is read:
    the demo must not start where a person wanted settings. Docker makes such a folder if the file
    to mount is missing.
    """
    if config is None and os.path.lexists(DEFAULT_CONFIG):
        return DEFAULT_CONFIG
    return config


def data_folder(data: Path | None) -> Path:
    """Returns the named folder, or the environment's."""
    return data or Environment.read().data


def demo_rules(data: Path) -> Path:
    """The folder of the demo's copy of the example rules; it may not exist yet.

    Edits of the copy do not change a checkout. The copy is apart from the rules of a real server,
    because the examples name connections that only the demo has.
    """
    return data / "demo-rules"


def named_config(arguments: Sequence[str]) -> Path:
    """The settings file that an unparsed command line or the environment names, or the default."""
    for number, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if name == "--config":
            following = [value] if equals else arguments[number + 1 : number + 2]
            return Path(next(iter(following), DEFAULT_CONFIG))
    return Path(Environment.read().config or DEFAULT_CONFIG)


def zone_of(config: Path) -> ZoneInfo:
    """The zone in which times are shown: `timezone` of the settings file, or its default.

    Mistakes in the file are ignored here; the command that reads the whole file reports them.
    """
    try:
        text = config.read_text(encoding="utf-8")
        written = parse_yaml(config.name, text).data
        return Settings(timezone=written.get("timezone", DEFAULT_ZONE)).zone
    except (OSError, UnicodeDecodeError, AttributeError, ValidationError):
        return Settings().zone
