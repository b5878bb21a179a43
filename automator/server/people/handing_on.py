"""Hands a person on to a colleague, records that in a staff note, and notifies the colleague.

The value `assignee` of a contact names the colleague who looks after them. A rule may have set it
to any text; handing on sets it to the name of an account.
"""

import logging
from collections.abc import Mapping
from typing import Any

from automator.actions.notifying.sending import send_notice
from automator.actions.notifying.services import Notice
from automator.engine.outbound.gated_http import GatedHttp
from automator.model import N_, Note, Remember, StepError, UsageError, format_id
from automator.server.access.accounts import find_account
from automator.server.people.inbox import address_of_newest
from automator.server.people.notes import remaining
from automator.server.people.staff_notes import keep, new_note, words_of
from automator.server.shared.contacts import assignee_of, find_contact
from automator.server.web.redirects import safe_next
from automator.server.web.request_context import Actor, RequestContext
from automator.store import Store
from automator.store.log.people_log import ASSIGNEE, is_looked_after_by, is_same_name

logger = logging.getLogger(__name__)

#: The service has this many seconds to accept the notice, because a person waits for the page.
_WITHIN_S = 5.0


async def hand_on(
    store: Store, connection: str, external_id: str, to: str, text: str = "", *, author: Actor
) -> None:
    """Gives a person to the account `to` ("" = nobody), and records it in a staff note.

    A tag with the name of the earlier assignee becomes a tag with the new name.

    Raises:
        NotFoundError: nobody is known by this id.
        UsageError: there is no such account, it has the person already, or the text is too long.
    """
    contact = await find_contact(store, connection, external_id)
    if to and await find_account(store, to) is None:
        raise UsageError(
            N_("no account is called “{name}”"),
            fix=N_("Choose one of those under Settings, “Accounts”."),
            name=to[:100],
        )
    if is_looked_after_by(contact, to):
        raise UsageError(
            N_("{name} looks after this person already")
            if to
            else N_("nobody looks after this person"),
            fix=N_("Look at the person's page again."),
            name=to,
        )
    words = words_of(text) if text.strip() else ""
    wanted = Note(connection=connection, external_id=external_id, kept=_change(contact, to))
    left = remaining(wanted, contact)
    note = new_note(words, author, handed_to=to)
    await keep(store, connection, external_id, note, left.kept if left else None)


async def hand_on_in_path(context: RequestContext, to: str, text: str) -> StepError | None:
    """Gives the person in the address to an account, and notifies the receiver of the same name.

    Returns the error if the notice failed; None if it was sent, or there is no such receiver.

    Raises:
        NotFoundError, UsageError: as in `hand_on`.
    """
    connection, external_id = context.path("connection"), context.path("id")
    store = context.services.store
    await hand_on(store, connection, external_id, to, text, author=context.actor)
    receiver = _receiver_of(to, context)
    if receiver is None:
        return None
    contact = await find_contact(store, connection, external_id)
    try:
        # The line in which it was handed on, or else the newest one.
        shown = safe_next([context.form.get("next", "")]).partition("?")[0]
        if not shown.startswith("/inbox/"):
            shown = await address_of_newest(context, connection, external_id)
        await _tell(context, receiver, contact, shown, text.strip())
    except StepError as failed:
        # Nothing is undone: the change is stored, and the colleague sees the person in the list.
        logger.warning("contact.handed_on_untold receiver=%s reason=%s", receiver, failed.reason)
        return failed
    return None


def _receiver_of(to: str, context: RequestContext) -> str | None:
    """The receiver of notices with the name of an account, ignoring case and accents; or None.

    None also if the account is the author's: nobody is notified of their own change.
    """
    if not to or to == context.actor.account:
        return None
    names = context.services.settings.notify
    return next((name for name in names if is_same_name(name, to)), None)


async def _tell(
    context: RequestContext, receiver: str, contact: Mapping[str, Any], address: str, text: str
) -> None:
    services, _ = context.services, context.translator
    said = _(
        N_("{who} has handed {person} on to you."),
        who=_.author(context.actor.name),
        person=contact["name"] or contact["id"],
    )
    notice = Notice(
        _(N_("A contact is yours now")),
        "\n".join(filter(None, (said, text, f"{services.outside_url}{address}"))),
        f"handed-on-{format_id(services.ids.next())}",
        context.now_ms,
    )
    http = GatedHttp(services.gate, services.http)
    to = services.settings.notify[receiver]
    await send_notice(http, receiver, to, notice, timeout_s=_WITHIN_S)


def _change(contact: Mapping[str, Any], to: str) -> Remember:
    before = assignee_of(contact)
    is_tag = before in contact["tags"]
    return Remember(
        values={ASSIGNEE: to} if to else {},
        forget=() if to else (ASSIGNEE,),
        remove_tags=(before,) if is_tag else (),
        add_tags=(to,) if is_tag and to else (),
    )
