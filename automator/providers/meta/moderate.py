"""Hides, shows, deletes or likes a comment. A repeated request has no second effect."""

from typing import Final
from urllib.parse import quote

from automator.http.types import Http
from automator.model import SkippedStep
from automator.plugins import Outgoing, OutgoingKind, Sent
from automator.providers.meta.graph import GraphAccount, call_graph
from automator.providers.shared.payloads import id_in
from automator.providers.shared.step_errors import not_possible
from automator.reasons.attempts import providers
from automator.reasons.attempts.sending import no_comment_to_moderate

MODERATIONS: frozenset[OutgoingKind] = frozenset({"like", "hide", "unhide", "delete"})
_DONE: Final = {
    "like": providers.comment_liked,
    "hide": providers.comment_hidden,
    "unhide": providers.comment_shown,
    "delete": providers.comment_deleted,
}


async def moderate_through_graph(
    outgoing: Outgoing, http: Http, account: GraphAccount, *, hide_field: str = "is_hidden"
) -> Sent:
    """Moderates the event's comment; `hide_field` is the name of the API's field for hiding."""
    comment = id_in(outgoing.event, "comment")
    if comment is None:
        raise not_possible(no_comment_to_moderate(action=outgoing.kind))
    path, key = quote(comment, safe=""), outgoing.idempotency_key
    try:
        if outgoing.kind == "delete":
            await call_graph(http, account, path, key=key, method="DELETE")
        elif outgoing.kind == "like":
            await call_graph(http, account, f"{path}/likes", key=key, repeatable=True)
        else:
            hidden = {hide_field: outgoing.kind == "hide"}
            await call_graph(http, account, path, hidden, key=key, repeatable=True)
    except SkippedStep as gone:
        if outgoing.kind != "delete" or gone.code != "gone":
            raise
        return Sent(summary=providers.comment_was_gone(comment=comment))
    return Sent(summary=_DONE[outgoing.kind](comment=comment), output={"id": comment})
