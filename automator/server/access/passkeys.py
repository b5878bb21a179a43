"""Passkeys: keys on people's own devices, with which they sign in without a link.

The server keeps the public half of a key. At a sign-in the device proves that it has the private
half, and that its owner has unlocked it, by signing a challenge of this server: the sealed time at
which it was made. So strangers store nothing here. A passkey answers only challenges that are newer
than the last one it has answered, which its document keeps: each works once, on whatever node.
"""

import logging
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

import orjson

from automator.model import LOOK_IN_LIST, N_, NotFoundError, UsageError, record
from automator.sealing import SealedError
from automator.server.access.accounts import Account, digest, find_account, still_has
from automator.server.web.request_context import RequestContext
from automator.server.web.security import RequestError, Role, SignInNeeded
from automator.store import Store, TinyDB
from automator.store.batch.audit import note

_log = logging.getLogger(__name__)

MOST = 10
#: Characters of the name of a passkey, at most.
LONGEST_NAME = 64
#: How long a person may take to unlock the device.
LIFETIME_MS = 300_000
_SET = "passkeys"
#: Ed25519, ECDSA with P-256, and RSA, which Windows needs; as COSE numbers them.
_ALGORITHMS = (-8, -7, -257)
#: Characters of an id and a public key together: 1,023 bytes are the longest id that there is, and
#: RSA with 4,096 bits takes 700 characters.
_LONGEST = 2_100


@record(kw_only=False)
class Passkey:
    """A passkey of an account."""

    id: str
    name: str
    account: str
    #: The account's `_owner`, so that a later account of the same name is not signed in.
    owner: str
    created_at: int
    last_used_at: int | None
    #: The id that the browser has for it, and the public key, both in base64url.
    credential: str
    public_key: str
    #: How often the device has signed; 0 if it does not count.
    count: int
    #: When the newest challenge was made that it has answered.
    answered: int


def options_to_sign_in(context: RequestContext) -> dict[str, Any]:
    """The options of `navigator.credentials.get`; the person chooses among all passkeys.

    Raises:
        RequestError: this address has no passkeys.
    """
    return {
        "challenge": _challenge(context, ""),
        "rpId": _relying_party(context),
        "timeout": LIFETIME_MS,
        # There is no password beside it: a found telephone alone must not sign in.
        "userVerification": "required",
    }


async def options_to_add(context: RequestContext) -> dict[str, Any]:
    """The options of `navigator.credentials.create`, for the signed-in account.

    Raises:
        RequestError: this address, or this account, has no passkeys.
    """
    account = await _own_account(context)
    known = await list_passkeys(context.services.store, account.name)
    return {
        "challenge": _challenge(context, context.actor.session_id),
        "rp": {"id": _relying_party(context), "name": "automator"},
        # Hexadecimal digits are base64url too.
        "user": {"id": _owner(account), "name": account.name, "displayName": account.name},
        "pubKeyCredParams": [{"type": "public-key", "alg": alg} for alg in _ALGORITHMS],
        "excludeCredentials": [{"type": "public-key", "id": one.credential} for one in known],
        "authenticatorSelection": {"residentKey": "required", "userVerification": "required"},
        "timeout": LIFETIME_MS,
    }


async def add_passkey(context: RequestContext) -> None:
    """Adds the passkey in the form to the signed-in account.

    Raises:
        UsageError: the name is not allowed, the passkey is known, or the account has the most.
        RequestError: the proof is not valid, or the account may have no passkey.
        SignInNeeded: the account was removed meanwhile.
    """
    store, account = context.services.store, await _own_account(context)
    name = context.form.get("name", "").strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise UsageError(
            N_("a passkey needs a name of 1 to 64 characters"), fix=N_("Name the device.")
        )
    answer, challenge, asked_at = _answer(context, context.actor.session_id)
    credential, public_key, count = await _proved(context, answer, challenge)
    if len(credential) + len(public_key) > _LONGEST:
        raise _not_proved("the id or the public key is too long")
    number, owner, now_ms = secrets.token_hex(6), _owner(account), context.now_ms
    proved = (credential, public_key, count, asked_at)
    passkey = Passkey(number, name, account.name, owner, now_ms, None, *proved)

    def write(documents: TinyDB) -> None:
        if documents.search(lambda item: item["credential"] == credential):
            fix = N_("Sign in with it, or use another.")
            raise UsageError(N_("this passkey was added already"), fix=fix)
        if len(documents.search(lambda item: item["account"] == account.name)) >= MOST:
            fix = N_("Remove one that is not in use.")
            raise UsageError(N_("an account has at most {most} passkeys"), fix=fix, most=MOST)
        documents.insert(asdict(passkey))

    note(name=name)
    await store.documents.edit(_SET, write)
    if not await still_has(store, account.name, Role.VIEWER):
        await delete_passkeys_of(store, account.name)
        raise SignInNeeded
    _log.info("passkey.added id=%s name=%r account=%s", number, name, account.name)


async def use_passkey(context: RequestContext) -> Account:
    """The account that the passkey in the form signs in. Its challenge is used up.

    Raises:
        RequestError: the passkey is unknown, or its proof is not valid.
    """
    store = context.services.store
    answer, challenge, asked_at = _answer(context, "")
    found = await list_passkeys(store, answer.get("id"), by="credential")
    account = await find_account(store, found[0].account) if found else None
    handle = answer["response"].get("userHandle")
    if account is None or not found[0].owner == _owner(account) == handle:
        raise RequestError(
            403,
            "passkey_unknown",
            N_("This server does not know the passkey, or not any more."),
            fix=N_("Use another one or a sign-in link, and delete it on your device."),
        )
    (known,) = found
    *_, count = await _proved(context, answer, challenge, known)
    used = {"count": count, "answered": asked_at, "last_used_at": context.now_ms}

    def is_as_known(item: Mapping[str, Any]) -> bool:
        """Whether nobody has removed it or signed in with it meanwhile, here or on another node."""
        is_new = item["answered"] < asked_at
        return bool(item["id"] == known.id and item["count"] == known.count and is_new)

    if not await store.documents.edit(_SET, lambda documents: documents.update(used, is_as_known)):
        raise _not_asked()
    note(after={"passkey": known.name})
    return account


async def list_passkeys(store: Store, wanted: object, by: str = "account") -> list[Passkey]:
    """The passkeys of this account, or with this `credential`, the newest first."""

    def read(documents: TinyDB) -> list[Passkey]:
        return [Passkey(**one) for one in documents.search(lambda item: item[by] == wanted)][::-1]

    return await store.documents.read(_SET, read)


async def remove_passkey(store: Store, account: str, passkey_id: str) -> None:
    """Removes a passkey of this account; sessions that it began go on.

    Raises:
        NotFoundError: the account has no such passkey.
    """
    found = [one for one in await list_passkeys(store, account) if one.id == passkey_id]
    if not found:
        raise NotFoundError(N_("there is no such passkey"), fix=LOOK_IN_LIST)
    note(passkey=found[0].name)
    await store.documents.edit(
        _SET, lambda documents: documents.remove(lambda item: item["id"] == passkey_id)
    )
    _log.info("passkey.removed id=%s account=%s", passkey_id, account)


async def delete_passkeys_of(store: Store, account: str) -> None:
    """Deletes all passkeys of an account."""
    await store.documents.edit(
        _SET, lambda documents: documents.remove(lambda item: item["account"] == account)
    )


async def _own_account(context: RequestContext) -> Account:
    account = await find_account(context.services.store, context.actor.account)
    if account is None:
        raise SignInNeeded
    if account.subject:
        # Otherwise a passkey would sign in whom the provider does not let in any more.
        raise RequestError(
            403,
            "passkey_at_provider",
            N_("This account signs in at the OpenID Connect provider, and has no passkeys here."),
            fix=N_("Make a passkey at the provider."),
        )
    return account


def _owner(account: Account) -> str:
    """The id of the account on devices: it tells nothing of the person and is never used again."""
    return digest(f"{account.name} {account.created_at}")


def _relying_party(context: RequestContext) -> str:
    host = urlsplit(context.passkey_origin).hostname
    if host is None:
        raise RequestError(
            400,
            "passkeys_elsewhere",
            N_("Passkeys do not work at this address."),
            fix=N_("Set `public_url` to an https address with a name, and use that."),
        )
    return host


def _challenge(context: RequestContext, session_id: str) -> str:
    """A challenge for adding a passkey in this session, or with "" for signing in."""
    purpose = _purpose(context, session_id)
    return _base64(context.services.sealer().seal(str(context.now_ms), purpose))


def _purpose(context: RequestContext, session_id: str) -> str:
    return f"passkey {context.passkey_origin} {session_id and digest(session_id)}"


def _answer(context: RequestContext, session_id: str) -> tuple[dict[str, Any], bytes, int]:
    """The browser's answer in the form, the challenge in it, and the time at which that was made.

    Raises:
        RequestError: it is no answer to a challenge that this server made for this, or a late one.
    """
    _relying_party(context)
    try:
        answer = orjson.loads(context.form.get("credential", ""))
        client_data = orjson.loads(_bytes(answer["response"]["clientDataJSON"]))
        challenge = _bytes(client_data["challenge"])
        sealer = context.services.sealer()
        asked_at = int(sealer.open(challenge, _purpose(context, session_id)))
    except (ValueError, LookupError, TypeError) as error:
        raise _not_proved(repr(error)) from error
    except SealedError as error:
        raise _not_asked() from error
    if context.now_ms - asked_at > LIFETIME_MS:
        raise _not_asked()
    return answer, challenge, asked_at


async def _proved(
    context: RequestContext,
    answer: dict[str, Any],
    challenge: bytes,
    known: Passkey | None = None,
) -> tuple[str, str, int]:
    """The id, the public key and the count of a `known` passkey, or of a new one, by its answer.

    Raises:
        RequestError: the answer does not prove them.
    """

    def verify() -> tuple[str, str, int]:
        import webauthn  # noqa: PLC0415 - 28 MB and 0.13 s, for people with a passkey.

        if known is None:
            new = webauthn.verify_registration_response(**expected)
            return _base64(new.credential_id), _base64(new.credential_public_key), new.sign_count
        key, count = _bytes(known.public_key), known.count
        used = webauthn.verify_authentication_response(
            **expected, credential_public_key=key, credential_current_sign_count=count
        )
        return known.credential, known.public_key, used.new_sign_count

    expected: dict[str, Any] = {
        "credential": answer,
        "expected_challenge": challenge,
        "expected_rp_id": _relying_party(context),
        "expected_origin": context.passkey_origin,
        "require_user_verification": True,
    }
    try:
        return await context.work(verify)
    except Exception as error:
        # About an answer that is made up the library raises errors of many types.
        raise _not_proved(repr(error)) from error


def _not_proved(why: str) -> RequestError:
    _log.warning("passkey.not_proved %.300s", why)
    return RequestError(
        403,
        "passkey_not_proved",
        N_("The proof of the passkey is not valid."),
        fix=N_("Try again, or use a sign-in link; the server's log has the cause."),
    )


def _not_asked() -> RequestError:
    return RequestError(
        403,
        "passkey_not_asked",
        N_("The passkey was asked for more than five minutes ago, or has answered already."),
        fix=N_("Try again."),
    )


def _base64(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "==")
