"""Filters, finds and lists contacts, and changes their opt-out, block and pause."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_args
from urllib.parse import quote

from automator.model import N_, Block, NotFoundError, OptOut, UsageError
from automator.server.http.parameters import Parameter, texts
from automator.server.web.request_context import RequestContext
from automator.store import ContactFilter, KnownContact, Log, Store
from automator.store.log.people_log import ASSIGNEE, ONLY, Only

Change = Literal["opt-out", "opt-in", "pause", "resume", "block", "unblock"]
#: This many contacts are read at once; each may take some 150 kB.
_PAGE = 100
CHANGES: tuple[Change, ...] = get_args(Change)

logger = logging.getLogger(__name__)


#: The filters of the list of contacts.
CONTACT_FILTERS = (
    *texts(("connection", "tag", "value", "assignee", "text")),
    Parameter(name="only", words=tuple(filter(None, ONLY))),
)


def contact_filter(context: RequestContext) -> ContactFilter:
    """The filter of contacts that an address names.

    Raises:
        UsageError: `only` is not one of its words.
    """
    return ContactFilter(
        connection=context.query("connection"),
        tag=context.query("tag"),
        value=context.query("value"),
        assignee=context.query("assignee"),
        only=only_of(context.query("only")),
        text=context.query("text"),
    )


def only_of(word: str) -> Only:
    """Reads the value of the filter `only`.

    Raises:
        UsageError: there is no such word.
    """
    for one in ONLY:
        if one == word:
            return one
    raise UsageError(
        N_("only={value} is no filter of contacts"),
        fix=N_("Write {words}, or leave it out."),
        value=word,
        words=" or ".join(filter(None, ONLY)),
    )


def every_contact(log: Log, wanted: ContactFilter) -> Iterator[KnownContact]:
    """Yields all contacts that pass a filter, read page by page. Blocks."""
    after: str | None = None
    while after != "":
        contacts, after = log.contacts(wanted, after=after or "", limit=_PAGE)
        yield from contacts


def assignee_of(contact: Mapping[str, Any]) -> str:
    """The colleague who looks after a contact, from the value `assignee`; "" for nobody."""
    return str(contact.get("state", {}).get(ASSIGNEE) or "")


def contact_json(contact: KnownContact) -> dict[str, Any]:
    """A contact in a list: its connection, and the values that rules see."""
    return {"connection": contact.connection, **contact.facts}


def address_of(connection: str, external_id: str) -> str:
    """The address of a person's page."""
    return f"/contacts/{quote(connection, safe='')}/{quote(external_id, safe='')}"


async def find_contact(store: Store, connection: str, external_id: str) -> Mapping[str, Any]:
    """The contact of a person, under any of their ids.

    Raises:
        NotFoundError: nobody is known by this id.
    """
    contact = await store.contacts.find(connection, external_id)
    if not contact:
        raise NotFoundError(
            N_("{connection} knows nobody with the id {id}"),
            fix=N_("Copy the id from `event.actor.id`, and compare the connection's name."),
            connection=connection,
            id=external_id,
        )
    return contact


async def change_contact_in_path(context: RequestContext, change: Change) -> None:
    """Changes the opt-out or block of the person in the address, or pauses rules for them.

    Raises:
        NotFoundError: the connection is unknown, or for a pause the person.
    """
    connection, external_id = context.path("connection"), context.path("id")
    store, who = context.services.store, context.actor.name
    if not await store.contacts.find(connection, external_id):
        # The person may be new, but the connection must exist: its name could be misspelt.
        context.services.connection_named(connection)
    if change in ("opt-out", "opt-in"):
        await store.contacts.opt_out(
            connection, external_id, OptOut(opted_out=change == "opt-out", by=who)
        )
    elif change in ("block", "unblock"):
        await store.contacts.block(
            connection, external_id, Block(blocked=change == "block", by=who)
        )
    else:
        await find_contact(store, connection, external_id)
        await store.contacts.pause(connection, external_id, paused=change == "pause")
        what = "paused" if change == "pause" else "resumed"
        logger.info("contact.%s connection=%s contact=%s by=%s", what, connection, external_id, who)
