"""GitLab: the webhooks of projects and groups, which prove their origin by a secret token.

https://docs.gitlab.com/user/project/integrations/webhooks/
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from automator.http.signing import body_digest
from automator.http.types import InboundRequest
from automator.model import N_, ParsedEvent
from automator.plugins import VerifiedOptions
from automator.providers.shared.envelope import Envelope, actor_of, part
from automator.providers.shared.options import SigningSecrets
from automator.providers.shared.payloads import (
    as_dict,
    as_id,
    as_text,
    as_time,
    event_type,
    join_key,
    json_object,
    names_of,
)
from automator.providers.shared.signed import SecretHeader, SignedProvider
from automator.reasons.deliveries import bad_token
from automator.reasons.secrets import gitlab_secret

_EVENT = "x-gitlab-event"
_EVENT_ID = "x-gitlab-event-uuid"
_IDEMPOTENCY = "idempotency-key"
#: The account names of project and group access tokens.
_TOKEN_ACCOUNT = re.compile(r"(project|group)_[0-9]+_bot[0-9a-z_]*")
#: The fields that hold the commented object.
_SUBJECTS = ("merge_request", "issue", "snippet", "commit")


class GitLabOptions(VerifiedOptions):
    """The options of a GitLab connection."""

    secret: SigningSecrets = Field(
        description=N_("The webhook's secret token; a list while it is changed.")
    )
    login: str | None = Field(
        default=None, description="An account of your own: what it does starts no rules."
    )


class GitLabProvider(SignedProvider):
    """One webhook of a project or a group."""

    name = "gitlab"
    title = "GitLab"
    options_model = GitLabOptions
    largest_body = 26_214_400
    #: https://docs.gitlab.com/user/project/integrations/webhook_events/
    event_names: ClassVar[Mapping[str, str]] = names_of("""
        build; deployment; issue: close open reopen update; merge_request: approval approved close
        merge open reopen unapproval unapproved update; note: create update; pipeline; push;
        tag_push; wiki_page: create delete update
    """)
    scheme = SecretHeader(
        header="x-gitlab-token",
        wrong=bad_token(header="X-Gitlab-Token", option="secret", advice=gitlab_secret()),
    )
    seen_headers = (
        _EVENT,
        _EVENT_ID,
        _IDEMPOTENCY,
        "x-gitlab-instance",
        "x-gitlab-webhook-uuid",
    )
    options: GitLabOptions

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads the one event of a delivery."""
        data = json_object(request)
        attributes = as_dict(data.get("object_attributes"))
        kind = as_text(data.get("object_kind")) or as_text(data.get("event_name")) or "unknown"
        about = _about(kind, data, attributes)
        lane = about["conversation"] or about["repository"]
        times = ("updated_at", "created_at", "finished_at")
        found = (as_time(_iso(attributes.get(key))) for key in times)
        is_note = kind == "note"
        # Older versions of GitLab send no action for a new comment.
        action = as_text(attributes.get("action")) or ("create" if is_note else None)
        event = Envelope.of(self, request).event(
            event_type("gitlab", kind, action),
            _dedupe_key(request),
            data,
            text=as_text(attributes.get("note" if is_note else "description")),
            actor=self._actor(data, as_id(attributes.get("author_id")) if is_note else None),
            lane_id=lane and lane["id"],
            occurred_at=next((time for time in found if time is not None), None),
            **about,
        )
        return [event]

    def _actor(self, data: Mapping[str, Any], author: str | None) -> Mapping[str, Any]:
        """Reads the user who acted; older versions of GitLab name the user without an id."""
        user = as_dict(data.get("user"))
        login = as_text(user.get("username")) or as_text(data.get("user_username"))
        is_self = login is not None and (
            login == self.options.login or _TOKEN_ACCOUNT.fullmatch(login) is not None
        )
        person = as_id(user.get("id")) or as_id(data.get("user_id")) or author
        return actor_of(person or login, login, is_self=is_self)

    def sign(self, body: bytes, *, now_ms: int, delivery_key: str) -> Mapping[str, str]:
        """Returns the headers with which GitLab would send `body`, except the event's name."""
        proof = super().sign(body, now_ms=now_ms, delivery_key=delivery_key)
        return {**proof, "user-agent": "GitLab/18.0", _IDEMPOTENCY: delivery_key}


def _dedupe_key(request: InboundRequest) -> str:
    """Returns the dedupe key, which is equal for a delivery that GitLab repeats.

    Events that a webhook has caused may have the same id, so the body is a part of the key too.
    """
    headers = request.headers
    same = as_id(headers.get(_IDEMPOTENCY))
    if same:
        return join_key(same)
    event_id = as_id(headers.get(_EVENT_ID))
    digest = body_digest(request.body)
    return join_key(event_id, digest) if event_id else digest


def _about(kind: str, data: Mapping[str, Any], attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Reads the project, the issue or merge request, and the comment."""
    project = as_text(as_dict(data.get("project")).get("path_with_namespace"))
    holder = next((data[name] for name in _SUBJECTS if isinstance(data.get(name), dict)), None)
    subject = as_dict(holder) if kind == "note" else attributes
    number = subject.get("iid")
    post = None
    if project and number.__class__ is int:
        mark = "!" if kind == "merge_request" or "merge_request" in data else "#"
        post = part(
            f"{project}{mark}{number}",
            number=number,
            title=as_text(subject.get("title")),
            url=as_text(subject.get("url")) or as_text(attributes.get("url")),
        )
    comment = as_id(attributes.get("id")) if kind == "note" else None
    return {
        "repository": part(project),
        "post": post,
        "conversation": part(post["id"]) if post else None,
        "comment": part(comment),
    }


def _iso(value: Any) -> Any:
    """Rewrites a time like `2026-11-24 06:01:10 UTC`, as GitLab writes some times, in ISO 8601."""
    return value.replace(" UTC", "+00:00") if isinstance(value, str) else value
