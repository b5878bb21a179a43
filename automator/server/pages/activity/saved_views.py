"""The views of the log: named filters, which everybody has or which a person has kept."""

import secrets
from typing import Any

from automator.engine.replay.filter_syntax import run_filter
from automator.model import N_, UsageError, record
from automator.server.pages import RequestContext, Response, see_other
from automator.server.shared.list_filters import LogFilter, filters_of_query
from automator.store import TinyDB

_VIEWS = "log_views"
_MOST_VIEWS = 20
_LONGEST_NAME = 40

#: The name, icon and query of each view that everybody has.
EVERYBODYS = (
    (N_("all"), "", ""),
    (N_("sent"), "✓", "outcome=answered"),
    (N_("partly sent"), "◐", "outcome=partly"),
    (N_("nothing sent"), "!", "outcome=nothing_sent"),
    (N_("failed"), "✗", "state=dead"),
    (N_("unknown"), "?", "state=unknown"),
    (N_("waiting"), "◷", "state=queued"),
    (N_("cancelled"), "⊘", "state=cancelled"),
    (N_("suppressed"), "‖", "state=suppressed"),
    (N_("held"), "◫", "state=held"),
)


@record(kw_only=False)
class View:
    """A filter of the log with a name; `id` is empty for a view that everybody has."""

    name: str
    query: str
    icon: str = ""
    id: str = ""


async def views_of(context: RequestContext) -> list[View]:
    """The views that this person sees."""
    own = await context.services.store.documents.read(
        _VIEWS, lambda documents: [dict(view) for view in documents.all()]
    )
    kept = [
        View(view["name"], view["query"], "★", view["id"])
        for view in own
        if view["owner"] == _owner(context)
    ]
    common = [View(context.translator(name), query, icon) for name, icon, query in EVERYBODYS]
    return [*common, *kept]


async def keep_view(context: RequestContext) -> Response:
    """The button “Keep as a view”.

    Raises:
        UsageError: the view has no name or no filter, or the person has too many views.
    """
    name = " ".join(context.form.get("name", "").split())[:_LONGEST_NAME]
    words = filters_of_query(context.form.get("query", ""))
    wanted = LogFilter(words, run_filter(words, context.now_ms, context.zone))
    if not name or not wanted.is_set:
        raise UsageError(
            N_("a view has a name and a filter"), fix=N_("Set a filter, and name the view.")
        )
    owner, view_id = _owner(context), secrets.token_hex(8)

    def write(documents: TinyDB) -> None:
        own = [view for view in documents.all() if view["owner"] == owner]
        if len(own) >= _MOST_VIEWS:
            raise UsageError(
                N_("you have {count} views already"),
                fix=N_("Forget one of them first."),
                count=len(own),
            )
        documents.insert({"id": view_id, "owner": owner, "name": name, "query": wanted.as_query()})

    await context.services.store.documents.edit(_VIEWS, write)
    return see_other(f"/log?{wanted.as_query()}")


async def forget_view(context: RequestContext) -> Response:
    """The button “×” of a view; somebody else's view stays."""
    view_id, owner = context.form.get("id", ""), _owner(context)

    def is_meant(view: Any) -> bool:
        return bool(view["id"] == view_id and view["owner"] == owner)

    await context.services.store.documents.edit(
        _VIEWS, lambda documents: documents.remove(is_meant)
    )
    return see_other("/log")


def _owner(context: RequestContext) -> str:
    return context.actor.account or context.actor.name
