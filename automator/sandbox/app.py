"""The sandbox as a Starlette application, for loopback only.

- `/{facebook, instagram or whatsapp}/{version}/{comment}/comments` or `/replies`, and
  `…/{version}/{page}/messages`
- `/github/repos/{owner}/{repository}/issues/{number}/comments`
- `/zalo/v3.0/oa/message/cs` and its siblings, `/zalo/v3.0/oa/user/detail`,
  `/zalo/v4/oa/access_token`
- `/slack/api/chat.postMessage`, `/telegram/bot{token}/{method}`,
  `/line/v2/bot/message/{reply or push}`
- `/discord/api/{version}/channels/{channel}/messages`, `/users/@me/channels`, and
  `/webhooks/{id}/{token}`
- `/target/{name}` takes forwards, `/notify/{name}` notices; `/model/v1/chat/completions` answers
  from texts
- `/records` shows the recorded requests; `/records/{id}/echo` shows the echo that the webhook would
  get
- `/control` plans errors, delays and lost answers, and sets which people and places exist at a
  platform
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from automator.model import UsageError
from automator.sandbox.context import Answer, SandboxContext
from automator.sandbox.discord import Discord
from automator.sandbox.faults import Control, Faults
from automator.sandbox.github import GitHub
from automator.sandbox.line import Line
from automator.sandbox.meta.echoes import echo_of
from automator.sandbox.meta.graph import GRAPH_PROVIDERS, Graph, MessengerProfile
from automator.sandbox.model import Model
from automator.sandbox.recorder import MAX_RECORDS, Recorder
from automator.sandbox.slack import Slack
from automator.sandbox.target import Target
from automator.sandbox.telegram import Telegram
from automator.sandbox.zalo import Zalo

_ANY_METHOD = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def sandbox_app(
    recorder: Recorder | None = None,
    *,
    tokens: Collection[str] = (),
    accounts: Mapping[str, str] | None = None,
    app_secrets: Collection[str] = (),
    target_secrets: Mapping[str, str] | None = None,
    faults: Faults | None = None,
) -> Starlette:
    """Makes the application. If there are `tokens`, only these are accepted.

    `accounts` gives the Page of each token, which sends only for that Page. `app_secrets` are the
    secrets of Meta's apps, which prove tokens. `target_secrets`, by the target's name, check the
    signatures of forwards. `faults` are shared with code that plans them without a request.
    """
    context = SandboxContext(
        recorder=recorder or Recorder(),
        tokens=frozenset(tokens),
        accounts=accounts or {},
        app_secrets=frozenset(app_secrets),
        target_secrets=target_secrets or {},
        faults=faults or Faults(),
    )
    view, target = _View(context), Target(context)
    return Starlette(
        routes=[
            *_graph_routes(Graph(context), MessengerProfile(context)),
            *_provider_routes(context),
            *_discord_routes(Discord(context)),
            Route("/target/{name}", target.take, methods=_ANY_METHOD),
            Route("/notify/{name}", target.take_notice, methods=["POST"]),
            Route("/model/v1/chat/completions", Model(context).complete, methods=["POST"]),
            Route("/records", view.records, methods=["GET"]),
            Route("/records/{id:int}/echo", view.echo, methods=["GET"]),
            Route("/control", view.show, methods=["GET"]),
            Route("/control", view.control, methods=["POST"]),
        ]
    )


def _provider_routes(context: SandboxContext) -> list[Route]:
    github, zalo = GitHub(context), Zalo(context)
    comments = "/github/repos/{owner}/{repository}/issues/{number:int}/comments"
    slack, telegram, line = Slack(context), Telegram(context), Line(context)
    endpoints = {
        comments: github.comment,
        "/zalo/v3.0/oa/message/cs": zalo.message,
        "/zalo/v3.0/oa/group/message": zalo.message,
        "/zalo/v2.0/oa/message": zalo.message,
        "/zalo/v3.0/oa/message/template": zalo.template,
        "/zalo/message/template": zalo.template,
        "/zalo/v4/oa/access_token": zalo.token,
        "/slack/api/chat.postMessage": slack.post_message,
        "/telegram/bot{token}/{method}": telegram.call,
        "/line/v2/bot/message/{what}": line.say,
    }
    return [
        *(Route(path, one, methods=["POST"]) for path, one in endpoints.items()),
        Route(comments, github.comments, methods=["GET"]),
        Route("/zalo/v3.0/oa/user/detail", zalo.profile, methods=["GET"]),
    ]


def _discord_routes(discord: Discord) -> list[Route]:
    api = "/discord/api/{version}"
    webhook = f"{api}/webhooks/{{id}}/{{token}}"
    return [
        Route(f"{webhook}/messages/@original", discord.original, methods=["GET", "PATCH"]),
        Route(webhook, discord.follow_up, methods=["POST"]),
        Route("/discord/api/webhooks/{id}/{token}", discord.follow_up, methods=["POST"]),
        Route(f"{api}/channels/{{channel}}/messages", discord.message, methods=["POST"]),
        Route(f"{api}/users/@me/channels", discord.open_direct, methods=["POST"]),
    ]


def _graph_routes(graph: Graph, profile: MessengerProfile) -> list[Route]:
    """Returns the Graph API's routes, once for each provider, so that records name the provider."""
    return [
        route
        for base in (f"/{name}/{{version}}" for name in GRAPH_PROVIDERS)
        for route in (
            Route(f"{base}/{{object}}/comments", graph.reply, methods=["POST"]),
            Route(f"{base}/{{object}}/replies", graph.reply, methods=["POST"]),
            Route(f"{base}/{{page}}/messages", graph.message, methods=["POST"]),
            Route(f"{base}/{{object}}/likes", graph.like, methods=["POST", "DELETE"]),
            Route(f"{base}/{{page}}/subscribed_apps", graph.subscriptions, methods=["GET", "POST"]),
            Route(
                f"{base}/{{page}}/messenger_profile",
                profile.answer,
                methods=["GET", "POST", "DELETE"],
            ),
            Route(f"{base}/me", graph.owner, methods=["GET"]),
            Route(f"{base}/debug_token", graph.token, methods=["GET"]),
            Route(f"{base}/{{page}}/blocked", graph.blocked, methods=["POST", "DELETE"]),
            Route(f"{base}/{{object}}", graph.edit, methods=["POST", "DELETE"]),
            Route(f"{base}/{{object}}", graph.profile, methods=["GET"]),
        )
    ]


class _View:
    """The endpoints that show the records and plan faults."""

    def __init__(self, context: SandboxContext) -> None:
        self._context = context

    async def records(self, request: Request) -> Response:
        """GET /records?kind=&after=&limit=: oldest first, with the id to continue after."""
        try:
            after = int(request.query_params.get("after", "0"))
            limit = int(request.query_params.get("limit", str(MAX_RECORDS)))
        except ValueError:
            return Answer(400, {"error": "after and limit are numbers"}).response()
        kind = request.query_params.get("kind") or None
        found = self._context.recorder.records(kind, after, limit)
        last = found[-1].id if found else after
        return Answer(200, {"records": [asdict(item) for item in found], "last": last}).response()

    async def echo(self, request: Request) -> Response:
        """GET /records/{id}/echo?account=: the body of the delivery, not signed."""
        wanted = request.path_params["id"]
        found = self._context.recorder.records(after=wanted - 1, limit=1)
        echo = None
        if found and found[0].id == wanted:
            echo = echo_of(found[0], request.query_params.get("account", "me"))
        if echo is None:
            return Answer(404, {"error": "there is no such record, or it has no echo"}).response()
        return Answer(200, echo).response()

    async def show(self, request: Request) -> Response:  # noqa: ARG002 - Starlette passes it.
        """GET /control: the faults that are still planned."""
        waiting = [fault.model_dump() for fault in self._context.faults.waiting()]
        return Answer(200, {"next": waiting, "delay_ms": self._context.faults.delay_ms}).response()

    async def control(self, request: Request) -> Response:
        """POST /control: plans faults and delays."""
        try:
            wanted = Control.model_validate_json(await request.body())
        except ValidationError as error:
            problems = [f"{item['loc']}: {item['msg']}" for item in error.errors()]
            return Answer(400, {"error": "control", "problems": problems}).response()
        try:
            self._context.faults.plan(wanted)
        except UsageError as error:
            return Answer(400, {"error": "control", "problems": [str(error)]}).response()
        if wanted.clear:
            self._context.recorder.clear()
        return await self.show(request)
