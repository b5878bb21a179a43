"""How an attempt ends whose action raises something unexpected."""

import pytest

from automator.actions.log import Log
from automator.engine.attempts.performer import error_of
from automator.model import InstallationChangedError, PermanentError, RetryableError, StepError


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (InstallationChangedError("upgraded"), RetryableError, "installation_changed"),
        (ZeroDivisionError(), PermanentError, "internal"),
    ],
)
def test_only_an_action_that_was_kept_from_loading_is_tried_again(
    error: Exception, kind: type[StepError], code: str
) -> None:
    failure = error_of(Log(), error, 1.0)

    assert (type(failure), failure.code) == (kind, code)
