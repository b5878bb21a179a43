"""The common part of the providers of Pages and Instagram accounts: names, posts, profiles.

Events name a post alone. Its text is the field `message` of a post of a Page
(https://developers.facebook.com/docs/graph-api/reference/post) and the `caption` of an Instagram
media (https://developers.facebook.com/docs/instagram-platform/reference/instagram-media).
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote

from automator.http.types import Http
from automator.model import PART_KEYS, POST, EventPart, MessagingPolicy
from automator.plugins import AccountKeys, Press
from automator.providers.meta.account import GraphAccount
from automator.providers.meta.graph import call_graph
from automator.providers.meta.people import name_in_profile, wrote_a_message
from automator.providers.meta.profile import presses_of
from automator.providers.meta.webhook import MetaProvider
from automator.providers.shared.reading import as_text, id_in


class AccountProvider(MetaProvider):
    """An app of Meta with accounts under whose posts people comment, and to which they write."""

    account_keys: ClassVar[AccountKeys]
    policy: ClassVar[MessagingPolicy]
    finds: ClassVar[frozenset[EventPart]] = frozenset({POST})
    #: The permissions and the fields with which the Graph API gives the name of a person, the
    #: better field first.
    names_by: ClassVar[tuple[str, str, str]]
    #: The permissions and the field with which it gives the text of a post.
    posts_by: ClassVar[tuple[str, str]]

    def can_name(self, event: Mapping[str, Any]) -> bool:
        """Whether the Graph API may know the name of who has written a message."""
        return self._may_look_up("look_up_names") and wrote_a_message(event)

    async def name_of(self, event: Mapping[str, Any], http: Http, now_ms: int) -> str | None:  # noqa: ARG002 - as Provider says.
        """The name in the person's profile.

        Raises:
            StepError: the Graph API does not give it.
        """
        permissions, *fields = self.names_by
        return await name_in_profile(event, http, self._asked(permissions), *fields)

    def can_find(self, part: EventPart, event: Mapping[str, Any]) -> bool:
        """Whether the Graph API may be asked for the post of an event."""
        is_known = part == POST and id_in(event, "post") is not None
        return is_known and self._may_look_up("look_up_posts")

    async def find(
        self,
        part: EventPart,  # noqa: ARG002 - it is a post.
        event: Mapping[str, Any],
        http: Http,
    ) -> Mapping[str, Any]:
        """The text of the event's post, as rules know it; null where it has none.

        Raises:
            StepError: the Graph API does not give the post, for example without a permission, or
                once it is deleted (error 100).
        """
        permissions, field = self.posts_by
        post = quote(id_in(event, "post") or "", safe="")
        account = self._asked(permissions)
        found = await call_graph(http, account, f"{post}?fields={field}", method="GET")
        return {PART_KEYS[POST]: as_text(found.get(field))}

    @property
    def presses(self) -> Sequence[Press]:
        """The buttons of the profile that the settings name."""
        return presses_of(getattr(self.options, "profile", None))

    def _may_look_up(self, option: str) -> bool:
        options = self.options
        return getattr(options, option) and getattr(options, self.account_keys.token) is not None

    def _asked(self, permissions: str) -> GraphAccount:
        return self.account(self.policy.platform, self.account_keys.token, permissions)
