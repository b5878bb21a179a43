"""A sandbox without a server, and what it has recorded."""

import pytest
from starlette.applications import Starlette

from automator.clock import ManualClock
from automator.sandbox import Recorder, sandbox_app
from tests.support.providers import NOW_MS


@pytest.fixture
def recorder() -> Recorder:
    return Recorder(clock=ManualClock(NOW_MS))


@pytest.fixture
def app(recorder: Recorder) -> Starlette:
    return sandbox_app(recorder)
