"""GitHub repositories and organisations: every event, and comments on issues as the answer.

https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

from pydantic import Field

from automator.configuration.values import SecretOne
from automator.http.signing import body_digest
from automator.http.types import Http, HttpReply, InboundRequest
from automator.model import N_, ParsedEvent, PermanentError, StepError, whole_number
from automator.plugins import FORM_TYPE, JSON_TYPES, Outgoing, OutgoingKind, Sent, VerifiedOptions
from automator.providers.shared import step_errors
from automator.providers.shared.envelope import Envelope, actor_of, part
from automator.providers.shared.forms import form_fields, is_form
from automator.providers.shared.json_requests import send_json
from automator.providers.shared.options import ApiUrl, SigningSecrets
from automator.providers.shared.payloads import (
    as_dict,
    as_id,
    as_text,
    event_type,
    first_time,
    join_key,
    json_object,
    names_of,
)
from automator.providers.shared.signed import HmacScheme, SignedProvider
from automator.reasons.attempts.providers import accepted_before, commented_on
from automator.reasons.attempts.refusals import github_refused, github_token
from automator.reasons.secrets import github_secret

_EVENT = "x-github-event"
_DELIVERY = "x-github-delivery"
_REPOSITORY = re.compile(r"[A-Za-z0-9_-]{1,100}/(?!\.{1,2}$)[A-Za-z0-9_.-]{1,100}")
#: An invisible mark in this server's comments, to tell them from people's comments by the same
#: account.
_MARKER = "<!-- automator:"
#: Objects that an event may be about, the most specific first. The first one in the event gives the
#: text and the time.
_SUBJECTS = ("comment", "review", "issue", "pull_request", "discussion", "release", "head_commit")
_TIMES = ("updated_at", "submitted_at", "published_at", "timestamp", "created_at")
_RATE_WAIT_S = 60.0
#: How many comments of an issue are asked for at once: only 64 KiB of an answer are kept.
_A_PAGE = 10
_MAX_PAGES = 20
_API_HEADERS = {
    "accept": "application/vnd.github+json",
    "x-github-api-version": "2022-11-28",
    "user-agent": "automator",
}
#: A push lists up to 2,048 commits, each with all the files that it changes.
_MAX_ELEMENTS = 1_000_000


#: https://docs.github.com/webhooks/webhook-events-and-payloads
_EVENTS = """
    branch_protection_rule: created deleted edited; check_run: completed created requested_action
    rerequested; check_suite: completed requested rerequested; commit_comment: created; create;
    delete; deploy_key: created deleted; deployment: created; deployment_status: created;
    discussion: answered category_changed closed created deleted edited labeled locked pinned
    reopened transferred unanswered unlabeled unlocked unpinned; discussion_comment: created
    deleted edited; fork; gollum; installation: created deleted new_permissions_accepted suspend
    unsuspend; issue_comment: created deleted edited pinned unpinned; issues: assigned closed
    deleted demilestoned edited labeled locked milestoned opened pinned reopened transferred typed
    unassigned unlabeled unlocked unpinned untyped; label: created deleted edited; member: added
    edited removed; milestone: closed created deleted edited opened; page_build; ping; public;
    pull_request: assigned auto_merge_disabled auto_merge_enabled closed converted_to_draft
    demilestoned dequeued edited enqueued labeled locked milestoned opened ready_for_review
    reopened review_request_removed review_requested synchronize unassigned unlabeled unlocked;
    pull_request_review: dismissed edited submitted; pull_request_review_comment: created deleted
    edited; pull_request_review_thread: resolved unresolved; push; release: created deleted edited
    prereleased published released unpublished; repository: archived created deleted edited
    privatized publicized renamed transferred unarchived; star: created deleted; status; watch:
    started; workflow_dispatch; workflow_job: completed in_progress queued waiting; workflow_run:
    completed in_progress requested
"""


class GitHubOptions(VerifiedOptions):
    """The options of a GitHub connection."""

    secret: SigningSecrets = Field(
        description=N_("The webhook's secret; a list of them while it is rotated.")
    )
    token: SecretOne | None = Field(
        default=None, description="Needed to answer: a token that may write issues."
    )
    login: str | None = Field(
        default=None, description="The account of that token: what it does starts no rules."
    )
    api_url: ApiUrl = Field(
        default="https://api.github.com", description="The REST API; GitHub Enterprise has its own."
    )


class GitHubProvider(SignedProvider):
    """One webhook of a repository, an organisation or an app."""

    name = "github"
    title = "GitHub"
    options_model = GitHubOptions
    largest_body = 26_214_400
    content_types = JSON_TYPES | {FORM_TYPE}
    can_send: ClassVar[frozenset[OutgoingKind]] = frozenset({"reply"})
    event_names: ClassVar[Mapping[str, str]] = names_of(_EVENTS)
    answer_when_sent: ClassVar[Mapping[str, Any]] = {"id": 0}
    scheme = HmacScheme(
        header="x-hub-signature-256",
        shown="X-Hub-Signature-256",
        prefix="sha256=",
        id_header=_DELIVERY,
        advice=github_secret(),
    )
    required_headers = (_EVENT,)
    sent_headers: ClassVar[Mapping[str, str]] = {
        "content-type": "application/json",
        "user-agent": "GitHub-Hookshot/automator",
    }
    seen_headers = (_EVENT, _DELIVERY, "x-github-hook-id")
    options: GitHubOptions

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads the one event of a delivery, plain JSON or in a form's `payload`."""
        data = _read_body(request)
        kind = request.headers.get(_EVENT) or "unknown"
        text, occurred_at = _said(data)
        sender = as_dict(data.get("sender"))
        login = as_text(sender.get("login"))
        is_self = (
            sender.get("type") == "Bot"
            or (login is not None and login == self.options.login)
            or (text is not None and _MARKER in text)
        )
        about = _about(data)
        lane = about["conversation"] or about["repository"]
        delivery = as_id(request.headers.get(_DELIVERY))
        envelope = Envelope.of(self, request)
        event = envelope.event(
            event_type("github", kind, as_text(data.get("action"))),
            join_key(delivery or body_digest(request.body)),
            data,
            text=text,
            actor=actor_of(as_id(sender.get("id")), login, is_self=is_self),
            lane_id=lane and lane["id"],
            occurred_at=occurred_at,
            **about,
        )
        return [event]

    def is_private(self, outgoing: Outgoing) -> bool:  # noqa: ARG002 - it is never private here.
        """False: everybody who can see the issue or pull request sees the comment."""
        return False

    async def send(self, outgoing: Outgoing, http: Http) -> Sent:
        """Comments on the issue or the pull request of the event."""
        post = as_dict(outgoing.event.get("post"))
        repository = as_id(as_dict(outgoing.event.get("repository")).get("id")) or ""
        number = post.get("number")
        if outgoing.kind != "reply" or not _REPOSITORY.fullmatch(repository) or not number:
            return await super().send(outgoing, http)
        url = f"{self.options.api_url}/repos/{quote(repository)}/issues/{int(number)}/comments"
        token = step_errors.token_of(self.options.token, self.connection, "token")
        mark, place = f"{_MARKER}{outgoing.idempotency_key} -->", f"{repository}#{number}"
        if outgoing.outcome_unknown:
            before = await self._comment_with(mark, outgoing, http, url, token)
            if before is not None:
                summary = accepted_before(platform="GitHub", to=place)
                return Sent(summary=summary, output={"id": before})
        body = {"body": f"{outgoing.text}\n\n{mark}"}
        reply = await send_json(http, url, body, token=token, headers=_API_HEADERS)
        if not reply.is_success:
            raise _error_of(reply, self.connection, outgoing.now_ms, repeatable=False)
        created = as_id(as_dict(reply.json()).get("id"))
        return Sent(summary=commented_on(place=place), output={"id": created})

    async def _comment_with(
        self, mark: str, outgoing: Outgoing, http: Http, url: str, token: str
    ) -> str | None:
        """Finds the id of the comment that an earlier attempt has made; None if there is none."""
        # The event's time is from GitHub's clock, which may differ from this server's.
        came = as_text(outgoing.event.get("occurred_at"))
        since = {"since": f"{came[:19]}Z"} if came else {}
        for page in range(1, _MAX_PAGES + 1):
            asked = urlencode({**since, "per_page": _A_PAGE, "page": page})
            reply = await send_json(
                http,
                f"{url}?{asked}",
                None,
                token=token,
                method="GET",
                headers=_API_HEADERS,
                repeatable_at="GitHub",
            )
            if not reply.is_success:
                raise _error_of(reply, self.connection, outgoing.now_ms, repeatable=True)
            comments = reply.json()
            if not isinstance(comments, list):
                raise step_errors.unreadable_look_up("GitHub")
            for comment in map(as_dict, comments):
                if mark in (as_text(comment.get("body")) or ""):
                    return as_id(comment.get("id"))
            if len(comments) < _A_PAGE:
                break
        return None


def _read_body(request: InboundRequest) -> dict[str, Any]:
    part = None
    if is_form(request):
        part = form_fields(request.body).get("payload", "").encode("utf-8", "surrogatepass")
    return json_object(request, part, max_elements=_MAX_ELEMENTS)


def _said(data: Mapping[str, Any]) -> tuple[str | None, int | None]:
    """Reads the event's text and its time."""
    for name in _SUBJECTS:
        subject = data.get(name)
        if isinstance(subject, dict):
            text = as_text(subject.get("body")) or as_text(subject.get("message"))
            return text, first_time(subject, *_TIMES)
    return None, None


def _about(data: Mapping[str, Any]) -> dict[str, Any]:
    """Reads the repository, the issue or pull request, and the comment."""
    repository = as_text(as_dict(data.get("repository")).get("full_name"))
    subject = as_dict(data.get("issue") or data.get("pull_request") or data.get("discussion"))
    number = subject.get("number")
    comment = as_id(as_dict(data.get("comment")).get("id"))
    post = None
    if repository and number.__class__ is int:
        post = part(
            f"{repository}#{number}",
            number=number,
            title=as_text(subject.get("title")),
            url=as_text(subject.get("html_url")),
        )
    return {
        "repository": part(repository),
        "post": post,
        "conversation": part(post["id"]) if post else None,
        "comment": part(comment),
    }


def _error_of(reply: HttpReply, connection: str, now_ms: int, *, repeatable: bool) -> StepError:
    status = reply.status
    said = as_text(as_dict(reply.json()).get("message")) or ""
    told = step_errors.answered("GitHub", status, said)
    is_used_up = reply.headers.get("x-ratelimit-remaining") == "0"
    # Without Retry-After, only the message shows that the secondary limit is reached.
    is_limited = is_used_up or "retry-after" in reply.headers or "rate limit" in said.lower()
    if status == 429 or (status == 403 and is_limited):
        wait_s = step_errors.asked_wait_s(reply.headers)
        if wait_s is None:
            renewed_s = whole_number(reply.headers.get("x-ratelimit-reset", "")) or 0
            wait_s = max(_RATE_WAIT_S, renewed_s - now_ms / 1000 if is_used_up else 0.0)
        return step_errors.rate_limited("GitHub", told, wait_s=wait_s, status=status)
    if status >= 500:
        return step_errors.failed_there("GitHub", told, reply, repeatable=repeatable)
    if status == 401:
        reason = github_token(connection=connection, told=told)
        return PermanentError(reason, code="token_expired", status=status)
    code = "permission" if status in (403, 404) else "provider_refused"
    return PermanentError(github_refused(told=told), code=code, status=status)
