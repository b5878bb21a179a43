"""What a command does without a server ends at Ctrl-C."""

import signal

import pytest

from automator.cli.terminal.api_calls import run_alone


def test_ctrl_c_ends_work_that_blocks_at_once() -> None:
    done: list[str] = []

    async def block() -> None:
        signal.raise_signal(signal.SIGINT)
        done.append("to its end")

    # A shell starts what runs in its background with the signal ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            run_alone(block())
    finally:
        signal.signal(signal.SIGINT, before)

    assert done == []
