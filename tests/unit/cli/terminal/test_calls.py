"""What a command does without a server ends at Ctrl-C."""

import signal

import pytest

from automator.cli.terminal.calls import run_alone


def test_ctrl_c_ends_work_that_blocks_at_once() -> None:
    done: list[str] = []

    async def block() -> None:
        signal.raise_signal(signal.SIGINT)
        done.append("to its end")

    with pytest.raises(KeyboardInterrupt):
        run_alone(block())

    assert done == []
