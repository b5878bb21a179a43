"""Bans the person of an event from a Page, and takes that back. Both may safely be done twice.

`/{page-id}/blocked`: the Graph API's reference, and `create_blocked` and `delete_blocked` of Meta's
Business SDK, whose answer is the id with true. Only other programs show that it takes the id that
events have.
"""

from collections.abc import Mapping
from urllib.parse import quote

from automator.http.types import Http
from automator.model import PermanentError
from automator.plugins import Outgoing, OutgoingKind, Sent
from automator.providers.meta.account import GraphAccount
from automator.providers.meta.graph import call_graph
from automator.providers.shared.outcomes import not_possible
from automator.providers.shared.reading import id_in
from automator.reasons import ReasonKind
from automator.reasons.attempts.providers import PERSON_BANNED, PERSON_UNBANNED
from automator.reasons.attempts.sending import BAN_REFUSED, NO_PERSON_TO_BAN

BANS: frozenset[OutgoingKind] = frozenset({"ban", "unban"})
_DONE: Mapping[str, ReasonKind] = {"ban": PERSON_BANNED, "unban": PERSON_UNBANNED}


async def ban_through_graph(outgoing: Outgoing, http: Http, account: GraphAccount) -> Sent:
    """Bans or unbans the event's person; the Page itself is never banned.

    Raises:
        StepError: the event names no person, or the platform did not do it.
    """
    actor = outgoing.event.get("actor") or {}
    person = None if actor.get("is_self") is True else id_in(outgoing.event, "actor")
    if person is None:
        raise not_possible(NO_PERSON_TO_BAN(action=outgoing.kind))
    page = id_in(outgoing.event, "page") or "me"
    path, key = f"{quote(page, safe='')}/blocked", outgoing.idempotency_key
    if outgoing.kind == "ban":
        body = {"uid": person}
        answer = await call_graph(http, account, path, body, key=key, repeatable=True)
    else:
        query = {"uid": person}
        answer = await call_graph(http, account, path, key=key, method="DELETE", query=query)
    if answer.get(person, True) is False:
        raise PermanentError(BAN_REFUSED(action=outgoing.kind, person=person))
    return Sent(summary=_DONE[outgoing.kind](person=person), output={"id": person})
