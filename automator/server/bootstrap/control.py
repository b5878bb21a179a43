"""Writes `control.json`, by which a command on this machine finds the server of a data folder."""

import json
import os
from pathlib import Path

CONTROL_FILE = "control.json"


def write_control(data: Path, *, url: str, token: str) -> Path:
    """Writes the file for this user alone, in one step."""
    path = data / CONTROL_FILE
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({"url": url, "token": token, "pid": os.getpid()}, file)
    temporary.replace(path)
    return path


def remove_control(data: Path) -> None:
    """Removes the file when the server stops."""
    (data / CONTROL_FILE).unlink(missing_ok=True)
