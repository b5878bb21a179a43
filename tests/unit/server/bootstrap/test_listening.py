"""A start that cannot listen says why, and what to do about this cause."""

import errno
import os
import socket
from pathlib import Path

import pytest

from tests.support.commands import command


@pytest.mark.parametrize(
    ("number", "fix"),
    [
        (errno.EADDRINUSE, "Stop the other server"),
        (errno.EACCES, "Ports below 1024 are kept for root"),
        (errno.EADDRNOTAVAIL, "Compare the address."),
    ],
    ids=["port taken", "port of root", "address of another machine"],
)
def test_a_port_that_cannot_be_listened_on_comes_with_advice_for_its_cause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, fix: str
) -> None:
    def refuse(*_arguments: object, **_options: object) -> socket.socket:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(socket, "create_server", refuse)
    (tmp_path / "automator.yaml").write_text("connections: {}\n", encoding="utf-8")
    (tmp_path / "rules").mkdir()

    said = command(tmp_path, "serve", "--port", "80")

    assert said.returncode == 1
    assert "127.0.0.1:80 cannot be listened on" in said.stderr
    assert f"fix: {fix}" in said.stderr


def test_settings_that_this_user_may_not_read_are_not_asked_for_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "automator.yaml"
    config.write_text("connections: {}\n", encoding="utf-8")
    (tmp_path / "rules").mkdir()
    read_text = Path.read_text

    def refuse(path: Path, *arguments: str, **options: str) -> str:
        if path.name == config.name:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return read_text(path, *arguments, **options)

    monkeypatch.setattr(Path, "read_text", refuse)

    said = command(tmp_path, "serve", "--port", "0")

    assert said.returncode == 78
    assert "automator.yaml cannot be read: this user may not do that" in said.stderr
    assert "chmod or chown" in said.stderr
    assert "Write the settings file there" not in said.stderr
