"""The texts of posts of which events have the id alone.

Rules read them as `event.post.message`. A Page tells of its own posts as they are published, and
what it says is remembered; any other text is asked for at the provider, before the rules that read
it are decided (`automator.engine.runs.deferred_decision`) and before steps that do. Both are kept
in this process for a while, so that all comments under a post share one look-up. A text that cannot
be had stays unknown, and whoever reads it learns why.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from weakref import WeakValueDictionary

from automator.clock import Clock
from automator.engine.attempts.next_step import NextStep
from automator.engine.outbound.capacity import LONGEST_WAIT_S
from automator.http.types import Http
from automator.model import (
    PermanentError,
    Reason,
    RetryableError,
    SkippedStep,
    StepError,
    lacks_post_text,
    record,
    shortened,
    with_post_text,
)
from automator.plugins import Provider
from automator.reasons.attempts.posts import (
    NO_POST_IN_TIME,
    POST_NOT_ASKED,
    POST_NOT_IN_A_TEST,
    POST_NOT_READ,
)

#: Seconds that a look-up may take, beside the wait for its turn.
LIMIT_S: Final = 5.0
#: Seconds for which a text counts: one that was looked up, and one that its own event has told,
#: since events tell of edits as well.
_LOOKED_UP_S: Final = 3_600.0
_TOLD_S: Final = 86_400.0
#: Seconds until a post is asked for once more: after a refusal, and after a fault.
_AFTER_REFUSAL_S: Final = 600.0
_AFTER_FAULT_S: Final = 3.0
#: Posts that this process remembers, and characters of the text of each.
_MOST_REMEMBERED: Final = 1_000
_LONGEST_TEXT: Final = 10_000
_TELLING: Final = ("post.created", "post.edited")


@record
class PostText:
    """The text of a post, as far as it is known."""

    text: str | None = None
    #: Why it is not known.
    problem: Reason | None = None
    #: What went wrong, where the text may be had later: the provider did not answer, or may not be
    #: asked now.
    error: StepError | None = None

    def in_event(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """The body of an event with this text; null where it is not known."""
        return with_post_text(event, self.text)

    def said_of(self, done: Reason) -> Reason:
        """What an attempt has done, and why it did not know the text, if it did not."""
        return POST_NOT_READ(done=done, because=self.problem) if self.problem else done


@dataclass(slots=True)
class PostLookups:
    """The texts that this process knows, and its look-ups. Belongs to the event loop."""

    clock: Clock
    #: Each text with the time until which it counts, by the monotonic clock.
    _known: OrderedDict[str, tuple[float, PostText]] = field(default_factory=OrderedDict)
    #: One look-up of a post at a time: those who come meanwhile find its result.
    _locks: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    def learn(self, event_type: str, connection: str, event: Mapping[str, Any]) -> None:
        """Remembers the text that the event of a post carries."""
        post = event.get("post")
        if event_type not in _TELLING or not isinstance(post, Mapping) or not post.get("id"):
            return
        key, text = f"{connection}:{post['id']}", post.get("message")
        if isinstance(text, str):
            self._keep(key, PostText(text=shortened(text, _LONGEST_TEXT)), _TOLD_S)
        else:
            # A change of its pictures may come without the words.
            self._known.pop(key, None)

    async def of(
        self,
        event: Mapping[str, Any],
        connection: str,
        provider: Provider | None,
        new_http: Callable[[], Http] | None,
    ) -> PostText:
        """The text of the post of an event that does not carry it.

        Without `new_http` nobody is asked, as in tries and simulations.
        """
        key = f"{connection}:{event['post']['id']}"
        if found := self._counting(key):
            return found
        _, old = self._known.get(key, (0.0, PostText()))
        if new_http is None or provider is None or not provider.can_read_post(event):
            because = POST_NOT_IN_A_TEST() if new_http is None else POST_NOT_ASKED()
            return PostText(problem=because) if old.text is None else old
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            if found := self._counting(key):
                return found
            asked, counts_s = await self._ask(event, provider, new_http())
            if asked.problem is not None and old.text is not None:
                # It rarely changes.
                asked = old
            self._keep(key, asked, counts_s)
            return asked

    async def complete(
        self,
        attempted: NextStep,
        provider: Provider | None,
        new_http: Callable[[], Http] | None,
    ) -> tuple[NextStep, PostText]:
        """A step with the text of its event's post."""
        claimed = attempted.claimed
        if not lacks_post_text(claimed.event):
            return attempted, PostText()
        found = await self.of(claimed.event, claimed.connection, provider, new_http)
        event = found.in_event(claimed.event)
        return replace(attempted, claimed=replace(claimed, event=event)), found

    def _counting(self, key: str) -> PostText | None:
        until, found = self._known.get(key, (0.0, PostText()))
        return found if until > self.clock.monotonic() else None

    async def _ask(
        self, event: Mapping[str, Any], provider: Provider, http: Http
    ) -> tuple[PostText, float]:
        """What the provider says, and for how long that counts."""
        try:
            async with asyncio.timeout(LIMIT_S + LONGEST_WAIT_S):
                text = await provider.text_of_post(event, http)
        except TimeoutError:
            fault = RetryableError(NO_POST_IN_TIME())
            return PostText(problem=fault.reason, error=fault), _AFTER_FAULT_S
        except StepError as error:
            if isinstance(error, PermanentError | SkippedStep):
                return PostText(problem=error.reason), _AFTER_REFUSAL_S
            return PostText(problem=error.reason, error=error), _AFTER_FAULT_S
        return PostText(text=shortened(text or "", _LONGEST_TEXT) or None), _LOOKED_UP_S

    def _keep(self, key: str, found: PostText, counts_s: float) -> None:
        self._known[key] = (self.clock.monotonic() + counts_s, found)
        self._known.move_to_end(key)
        if len(self._known) > _MOST_REMEMBERED:
            self._known.popitem(last=False)
