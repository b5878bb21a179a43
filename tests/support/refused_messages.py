"""Claims about messages that a provider refuses to send."""

from collections.abc import Awaitable

import pytest

from automator.model import PermanentError
from tests.support.http import ScriptedHttp
from tests.support.words import advice_on


async def require_refusal(sending: Awaitable[object], http: ScriptedHttp, code: str) -> None:
    """It fails for good with this code, says what to do, and nothing was sent."""
    with pytest.raises(PermanentError) as caught:
        await sending

    assert (caught.value.code, http.requests) == (code, [])
    assert caught.value.fix or advice_on(caught.value.reason)
