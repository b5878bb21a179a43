"""The look-ups of a step before it is done: the name of its person, and the text of its post."""

from collections.abc import Callable
from functools import partial

from automator.engine.attempts.names import Named, NameLookups
from automator.engine.attempts.next_step import EarlierAttempts, NextStep
from automator.engine.attempts.posts import PostLookups, PostText
from automator.engine.attempts.recording import RecordingHttp
from automator.model import Claimed, Effect, Reason, record
from automator.plugins import Provider

#: Makes the recorded HTTP of one attempt. It takes whether the attempt is a retry, whether it has a
#: reservation, and the JSON of its event.
NewHttp = Callable[[bool, bool, bytes], RecordingHttp]


@record
class LookedUp:
    """A step with what was looked up for it; None = it reads no such thing."""

    attempted: NextStep
    named: Named | None
    post: PostText | None

    @property
    def effects(self) -> tuple[Effect, ...]:
        """What the attempt keeps besides."""
        return self.named.effects if self.named is not None else ()

    def said_of(self, done: Reason) -> Reason:
        """What the attempt has done, and what became of the look-ups."""
        if self.named is not None:
            done = self.named.said_of(done)
        return done if self.post is None else self.post.said_of(done)


@record
class LookUps:
    """The look-ups of this process."""

    names: NameLookups
    posts: PostLookups
    new_http: NewHttp

    async def complete(
        self, attempted: NextStep, provider: Provider | None, http: RecordingHttp
    ) -> LookedUp:
        """The step with what it reads of its person and its post, as far as that can be had."""
        named: Named | None = None
        post: PostText | None = None
        if attempted.step.reads_name:
            named = await self.names.complete(attempted, provider, http)
            attempted = named.attempted
        if attempted.step.reads_post and provider is not None and provider.finds_posts:
            event_json = attempted.claimed.event_json
            new_http = None if http.is_dry else partial(self.new_http, False, False, event_json)
            attempted, post = await self.posts.complete(attempted, provider, new_http)
        return LookedUp(attempted=attempted, named=named, post=post)

    async def post_of(
        self, claimed: Claimed, provider: Provider | None, now_ms: int, *, is_dry: bool
    ) -> PostText:
        """The text of the post of a claimed run's event, for the decision about its rules."""
        new_http = None
        if not is_dry:
            is_reserved = EarlierAttempts.of_run(claimed.run).has_reservation(now_ms)
            new_http = partial(self.new_http, False, is_reserved, claimed.event_json)
        return await self.posts.of(claimed.event, claimed.connection, provider, new_http)
