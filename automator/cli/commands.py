"""All commands, in the order in which help lists them."""

import typer

from automator import __version__
from automator.cli import (
    access,
    backup,
    check,
    contact,
    doctor,
    fault,
