"""The steps at a provider: what is left of them when a connection was made here."""

import pytest

from automator.server.setup.set_up_steps import STEPS, steps_after_saving, steps_of


@pytest.mark.parametrize("provider", [*STEPS, "one-without-steps-of-its-own"])
def test_what_was_done_here_is_not_told_once_more(provider: str) -> None:
    left = steps_after_saving(provider)

    assert left
    assert left == steps_of(provider)[-len(left) :]
    assert not [step for step in left if step.startswith("Save here") or "field here" in step]
