"""API tokens: `am_` and 256 random bits, shown once; only their SHA-256 is stored.

A token belongs to the account that made it: it can never do more than the account, and ends with
the account. Tokens made on the command line of this machine belong to no account. A token can be
for some concerns alone (its scopes), and for some connections.
"""

import hmac
import logging
import secrets
from collections.abc import Collection
from dataclasses import asdict, fields, replace
from typing import Any

from automator.model import DAY_MS, LOOK_IN_LIST, N_, NotFoundError, UsageError, record
from automator.reasons.runs import COMMAND_LINE
from automator.server.access.accounts import digest, find_account, still_has
from automator.server.web.security import SCOPES, Role, SignInNeeded
from automator.store import Store, TinyDB
from automator.store.batch.audit import note

_log = logging.getLogger(__name__)

PREFIX = "am_"
LIFETIME_DAYS = 90
MOST_DAYS = 366
#: Characters of the name of a token, at most.
LONGEST_NAME = 64
_SET = "tokens"
#: The time of a token's last use is stored at most this often, to save a write per request.
_USE_STEP_MS = 3_600_000
_MOST_TOKENS = 200
_LONGEST = 128


@record(kw_only=False)
class ApiToken:
    """An API token without its secret."""

    id: str
    name: str
    role: Role
    #: The account that made the token; "" for a token made on the command line.
    account: str
    created_at: int
    expires_at: int
    last_used_at: int | None
    scopes: tuple[str, ...] = SCOPES
    #: The connections that it is limited to; () = none.
    connections: tuple[str, ...] = ()

    @property
    def notice_at(self) -> int:
        """The time of the notice: a week before the token ends, or in its last quarter."""
        return self.expires_at - min(7 * DAY_MS, (self.expires_at - self.created_at) // 4)


async def create_token(
    store: Store,
    *,
    name: str,
    role: Role,
    now_ms: int,
    days: int = LIFETIME_DAYS,
    by: str = COMMAND_LINE,
    account: str = "",
    scopes: Collection[str] = SCOPES,
    connections: Collection[str] = (),
) -> tuple[ApiToken, str]:
    """Makes a token; returns it with its secret, which cannot be shown again.

    `by` names the author in the log. `account` is the account that asks ("" = command line).

    Raises:
        UsageError: the name, the lifetime or a scope is not allowed, or there are too many tokens.
        SignInNeeded: the account of the request was removed meanwhile.
    """
    name = name.strip()
    _check_new(name, days, scopes)
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        secrets.token_hex(6),
        name,
        role,
        account,
        now_ms,
        now_ms + days * DAY_MS,
        None,
        tuple(scope for scope in SCOPES if scope in scopes),
        tuple(dict.fromkeys(connections)),
    )

    def write(documents: TinyDB) -> None:
        documents.remove(lambda item: item["expires_at"] <= now_ms - LIFETIME_DAYS * DAY_MS)
        if len(documents) >= _MOST_TOKENS:
            raise UsageError(
                N_("there are {most} tokens already"),
                fix=N_("Delete those not in use."),
                most=_MOST_TOKENS,
            )
        documents.insert({**asdict(token), "role": role.label, "digest": digest(secret)})

    note(after={"role": role.label, "days": days, "scopes": scopes, "connections": connections})
    await store.documents.edit(_SET, write)
    if not await still_has(store, account, Role.VIEWER):
        await delete_tokens_of(store, account)
        raise SignInNeeded
    _log.info("token.created id=%s name=%r role=%s by=%r", token.id, name, role.label, by)
    return token, secret


async def list_tokens(store: Store) -> list[ApiToken]:
    """All tokens, the newest first."""
    found = await store.documents.read(_SET, lambda documents: [dict(d) for d in documents.all()])
    return sorted(map(_token, found), key=lambda token: -token.created_at)


async def delete_token(store: Store, token_id: str, *, by: str = COMMAND_LINE) -> None:
    """Deletes a token, which ends its access at once.

    Raises:
        NotFoundError: there is no such token.
    """

    def write(documents: TinyDB) -> int:
        found = documents.search(lambda item: item["id"] == token_id)
        note(token=", ".join(item["name"] for item in found))
        return len(documents.remove(doc_ids=[item.doc_id for item in found]))

    if not await store.documents.edit(_SET, write):
        raise NotFoundError(N_("there is no such token"), fix=LOOK_IN_LIST)
    _log.info("token.deleted id=%s by=%r", token_id, by)


async def delete_tokens_of(store: Store, account: str) -> int:
    """Deletes the tokens of an account, and returns how many there were."""
    return await store.documents.edit(
        _SET, lambda documents: len(documents.remove(lambda item: item["account"] == account))
    )


async def lower_tokens_of(store: Store, account: str, role: Role) -> None:
    """Lowers the tokens of an account that have a higher role to this role."""

    def write(documents: TinyDB) -> None:
        documents.update(
            {"role": role.label},
            lambda item: item["account"] == account and _token(item).role > role,
        )

    await store.documents.edit(_SET, write)


async def use_token(store: Store, secret: str, *, now_ms: int) -> ApiToken | None:
    """The token with this secret, with at most its account's role; None if it is not valid now."""
    if not secret.startswith(PREFIX) or len(secret) > _LONGEST:
        return None
    wanted = digest(secret)

    def find(documents: TinyDB) -> dict[str, Any] | None:
        found = documents.search(lambda item: hmac.compare_digest(item["digest"], wanted))
        return dict(found[0]) if found else None

    document = await store.documents.read(_SET, find)
    if document is None or document["expires_at"] <= now_ms:
        return None
    token = _token(document)
    if token.account:
        owner = await find_account(store, token.account)
        if owner is None:
            return None
        token = replace(token, role=min(token.role, owner.role))
    if token.last_used_at is None or now_ms - token.last_used_at >= _USE_STEP_MS:
        await store.documents.edit(
            _SET,
            lambda documents: documents.update(
                {"last_used_at": now_ms}, lambda item: item["id"] == token.id
            ),
        )
    return token


def _token(document: dict[str, Any]) -> ApiToken:
    known = {field.name: document[field.name] for field in fields(ApiToken)}
    lists = {name: tuple(known[name]) for name in ("scopes", "connections")}
    return ApiToken(**{**known, **lists, "role": Role.named(document["role"]) or Role.VIEWER})


def _check_new(name: str, days: int, scopes: Collection[str]) -> None:
    """Refuses a name, a lifetime or scopes that no token can have.

    Raises:
        UsageError: one of them is not allowed.
    """
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise UsageError(
            N_("a token needs a name of 1 to 64 characters"), fix=N_("Say what it is for.")
        )
    if not 1 <= days <= MOST_DAYS:
        raise UsageError(
            N_("a token lives from 1 to 366 days"), fix=N_("Create a new one when it ends.")
        )
    if not scopes or not set(scopes) <= set(SCOPES):
        raise UsageError(
            N_("a token needs scopes that exist"),
            fix=N_("Choose among: {known:list}."),
            known=list(SCOPES),
        )


# --- The notice before a token ends ---


async def ending_tokens(store: Store, now_ms: int) -> list[ApiToken]:
    """The tokens that end soon, and have not ended."""
    tokens = await store.documents.read(
        _SET, lambda documents: [_token(item) for item in documents.all()]
    )
    return [token for token in tokens if token.notice_at <= now_ms < token.expires_at]
