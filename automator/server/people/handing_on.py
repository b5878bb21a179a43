"""Handing on: somebody of the staff gives a person to a colleague, and a note records it.

The value `assignee` of a contact has who looks after them. A rule may have set it, so any text can
stand there; here it becomes the name of an account.
"""

from collections.abc import Mapping
from typing import Any

from automator.model import N_, Note, Remember, UsageError
from automator.server.access.accounts import find_account
from automator.server.people.notes import remaining
from automator.server.people.staff_notes import keep, new_note, words_of
from automator.server.shared.contacts import assignee_of, find_contact
from automator.server.web.request_context import Actor
from automator.store import ASSIGNEE, Store, is_looked_after_by


async def hand_on(
    store: Store, connection: str, external_id: str, to: str, text: str = "", *, author: Actor
) -> None:
    """Gives a person to the account `to`, or to nobody when it is empty, and records it in the
    notes. A tag with the name of whoever looked after them becomes one with the new name.

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
            N_("{name} looks after this person already") if to else N_("nobody has this person"),
            fix=N_("Look at the person's page again."),
            name=to,
        )
    words = words_of(text) if text.strip() else ""
    wanted = Note(connection=connection, external_id=external_id, kept=_change(contact, to))
    left = remaining(wanted, contact)
    note = new_note(words, author, handed_to=to)
    await keep(store, connection, external_id, note, left.kept if left else None)


def _change(contact: Mapping[str, Any], to: str) -> Remember:
    before = assignee_of(contact)
    is_tag = before in contact["tags"]
    return Remember(
        values={ASSIGNEE: to} if to else {},
        forget=() if to else (ASSIGNEE,),
        remove_tags=(before,) if is_tag else (),
        add_tags=(to,) if is_tag and to else (),
    )
