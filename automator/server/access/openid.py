"""Signing in at an OpenID Connect provider: the way there and back, and the proof that it gives.

The browser goes to the provider and returns with a code (authorization code flow with PKCE). The
server exchanges the code for an ID token, and believes the token only if the provider has signed it
for this server, for this sign-in and just now. The browser keeps a sign-in that is under way, in a
sealed cookie, so strangers can make nothing grow here. All requests go through the one way out.
"""

import asyncio
import hashlib
import hmac
import logging
import re
import secrets
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from automator.clock import Clock
from automator.configuration.settings import OpenIdSettings
from automator.http.types import Http
from automator.model import N_, StepError, record
from automator.sealing import SealedError, Sealer
from automator.server.access.accounts import NAME_ADVICE, can_name_account, digest
from automator.server.web.redirects import HOME
from automator.server.web.security import RequestError, Role

_log = logging.getLogger(__name__)

#: How long a browser may be at the provider.
LIFETIME_MS = 600_000
#: By how much the provider's clock may differ from ours.
SKEW_S = 60
#: Signatures by a private key. `none` and an HMAC, whose key the client has too, prove nothing.
ALGORITHMS = tuple(f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in (256, 384, 512))
_DISCOVERY = "/.well-known/openid-configuration"
_TIMEOUT_S = 5.0
#: How long the provider's description and keys are used before they are fetched again.
_KEPT_MS = 3_600_000
#: Requests to the provider at once; if it hangs, further people get an answer without waiting.
_MOST_AT_ONCE = 8
_LONGEST_NEXT = 1000
#: Seconds since 1970 that are no time: infinity would be a token without an end.
_NO_TIME_S = 1e12
_EMAIL = re.compile(r"[^@\s]{1,64}@[a-z0-9][a-z0-9-]*(\.[a-z0-9-]+)+")
#: An address counts only with the word about it, and so both are taken from one answer.
_ADDRESS = {"email", "email_verified"}
_AGAIN = N_("Begin again on the sign-in page.")
_ASK = N_("Ask an admin of this server, or of {name}.")


class NotProvedError(Exception):
    """An ID token does not prove who signs in; the message is for the log."""


@record(kw_only=False)
class Person:
    """A person as the provider names them."""

    #: A digest of the provider and of the id that the person has there for ever.
    subject: str
    #: The address, if the provider has verified it; otherwise "".
    email: str
    groups: frozenset[str]


class OpenId:
    """Signs people in at the provider of the settings."""

    #: How many seconds the browser keeps the cookie of a sign-in that is under way.
    cookie_s = LIFETIME_MS // 1000

    def __init__(
        self, settings: OpenIdSettings, *, http: Http, clock: Clock, sealer: Sealer, url: str
    ) -> None:
        """`url` is the address of this server, to which the provider sends the browser back."""
        self.settings = settings
        self._http = http
        self._clock = clock
        self._sealer = sealer
        self._url = url
        self._back = f"{url}/sign-in/openid/back"
        self._metadata: Mapping[str, Any] = {}
        self._keys: KeySet | None = None
        self._fetch_again_at = 0
        self._places = asyncio.Semaphore(_MOST_AT_ONCE)

    async def begin(self, target: str) -> tuple[str, str]:
        """The address at the provider to which the browser goes, and the sealed cookie.

        `target` is the page to show afterwards.

        Raises:
            RequestError: the provider cannot be asked.
        """
        await self._learn()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        query = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": self._back,
            "scope": " ".join(dict.fromkeys(("openid", *self.settings.scopes))),
            "state": state,
            "nonce": nonce,
            "code_challenge": _base64(hashlib.sha256(verifier.encode()).digest()),
            "code_challenge_method": "S256",
        }
        begun = {
            "state": state,
            "nonce": nonce,
            "verifier": verifier,
            "next": target if len(target) <= _LONGEST_NEXT else HOME,
            "until": self._clock.now_ms() + LIFETIME_MS,
        }
        cookie = _base64(self._sealer.seal(orjson.dumps(begun).decode(), self._back))
        return _with_query(self._metadata["authorization_endpoint"], query), cookie

    async def finish(self, cookie: str, query: Mapping[str, str]) -> tuple[Person, str]:
        """The person whose browser came back with this query, and the page to show.

        Raises:
            RequestError: this browser has begun no such sign-in, the provider refuses or cannot be
                asked, or its proof is not valid.
        """
        begun = self._opened(cookie)
        if not hmac.compare_digest(begun["state"].encode(), query.get("state", "").encode()):
            raise _not_begun()
        await self._learn()
        names_itself = self._metadata.get("authorization_response_iss_parameter_supported")
        if query.get("iss", "" if names_itself else self.settings.issuer) != self.settings.issuer:
            raise self._not_proved("the answer is from another issuer")
        if not query.get("code"):
            raise self._refused(
                "refused_by_provider", N_("{name} has not signed you in."), fix=_AGAIN
            )
        tokens = await self._tokens(query["code"], begun["verifier"])
        claims = await self._proved(tokens.get("id_token"), begun["nonce"])
        needed = _ADDRESS | ({self.settings.groups_claim} if self.settings.roles else set())
        if not needed <= claims.keys():
            if not claims.keys() >= _ADDRESS:
                claims = {name: claims[name] for name in claims.keys() - _ADDRESS}
            claims = {**await self._more_claims(tokens, claims["sub"]), **claims}
        return _person(claims, self.settings), begun["next"]

    def role_of(self, person: Person) -> Role | None:
        """The highest role of the person's groups; None if groups have no roles.

        Raises:
            RequestError: the person may not sign in.
        """
        if not person.email:
            raise self._refused(
                "no_email", N_("{name} has sent no verified e-mail address of yours.")
            )
        if not can_name_account(person.email):
            raise self._refused(
                "address_refused",
                N_("The address {email} cannot be the name of an account."),
                fix=NAME_ADVICE,
                email=person.email,
            )
        domains = self.settings.allowed_domains
        if domains and person.email.rpartition("@")[2] not in domains:
            raise self._refused(
                "domain_refused",
                N_("An address like {email} may not sign in here."),
                fix=N_("Sign in at {name} with another account, or ask an admin of this server."),
                email=person.email,
            )
        roles = self.settings.roles.items()
        fitting = [Role.required(role) for role, of in roles if not person.groups.isdisjoint(of)]
        if roles and not fitting:
            raise self._refused("no_group", N_("None of your groups at {name} has a role here."))
        return max(fitting, default=None)

    async def sign_out_address(self) -> str:
        """The address for signing out at the provider too; "" if that is not possible now."""
        with suppress(RequestError):
            await self._learn()
        address = self._metadata.get("end_session_endpoint")
        if not self._is_trusted(address):
            return ""
        back = f"{self._url}/sign-in"
        query = {"client_id": self.settings.client_id, "post_logout_redirect_uri": back}
        return _with_query(str(address), query)

    def _opened(self, cookie: str) -> Mapping[str, Any]:
        try:
            sealed = urlsafe_b64decode(f"{cookie}==")
            begun: Mapping[str, Any] = orjson.loads(self._sealer.open(sealed, self._back))
        except (ValueError, SealedError) as error:
            raise _not_begun() from error
        if begun["until"] <= self._clock.now_ms():
            raise _not_begun()
        return begun

    async def _learn(self) -> None:
        """Fetches the provider's description, if it is not known or was fetched long ago."""
        now_ms, issuer = self._clock.now_ms(), self.settings.issuer
        if now_ms < self._fetch_again_at:
            return
        found = await self._ask("GET", issuer.rstrip("/") + _DISCOVERY)
        if found.get("issuer") != issuer:
            raise self._away(f"it calls itself {found.get('issuer')!r:.200}")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not self._is_trusted(found.get(name)):
                raise self._away(f"its description has no {name} with https")
        self._metadata, self._keys, self._fetch_again_at = found, None, now_ms + _KEPT_MS

    def _is_trusted(self, address: object) -> bool:
        """Whether this is an address of the provider that is as well protected as the issuer."""
        schemes = ("https://", f"{urlsplit(self.settings.issuer).scheme}://")
        return isinstance(address, str) and address.startswith(schemes)

    async def _tokens(self, code: str, verifier: str) -> Mapping[str, Any]:
        """The tokens that the provider gives for a code."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back,
            "code_verifier": verifier,
        }
        headers = {"content-type": "application/x-www-form-urlencoded"}
        client, secret = self.settings.client_id, self.settings.client_secret.reveal()
        methods = self._metadata.get("token_endpoint_auth_methods_supported")
        if methods is None or "client_secret_basic" in methods:
            pair = b64encode(f"{quote_plus(client)}:{quote_plus(secret)}".encode()).decode()
            headers["authorization"] = f"Basic {pair}"
        else:
            form |= {"client_id": client, "client_secret": secret}
        address = self._metadata["token_endpoint"]
        return await self._ask("POST", address, headers, urlencode(form).encode())

    async def _proved(self, token: object, nonce: str) -> dict[str, Any]:
        """The claims of a valid ID token. If kept keys do not fit, new ones are fetched."""

        def claims(keys: KeySet) -> dict[str, Any]:
            return claims_of(token, keys, self.settings, nonce, self._clock.now_ms() / 1000)

        if self._keys is not None:
            with suppress(NotProvedError):
                return claims(self._keys)
        found = await self._ask("GET", self._metadata["jwks_uri"])
        try:
            self._keys = KeySet.import_key_set({"keys": found["keys"]})
            return claims(self._keys)
        except NotProvedError as error:
            raise self._not_proved(str(error)) from error
        except (JoseError, LookupError, TypeError, ValueError, AttributeError) as error:
            raise self._away(f"its keys cannot be read: {error!r}") from error

    async def _more_claims(self, tokens: Mapping[str, Any], subject: str) -> Mapping[str, Any]:
        """The claims that many providers put only into their answer about the user."""
        address, token = self._metadata.get("userinfo_endpoint"), tokens.get("access_token")
        if not self._is_trusted(address):
            return {}
        found = await self._ask("GET", str(address), {"authorization": f"Bearer {token}"})
        if found.get("sub") != subject:
            raise self._not_proved("the claims are about somebody else")
        return found

    async def _ask(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Mapping[str, Any]:
        if self._places.locked():
            raise self._away("too many sign-ins ask it at once")
        sent = {"accept": "application/json", **(headers or {})}
        async with self._places:
            try:
                reply = await self._http.request(
                    method, url, headers=sent, body=body, timeout_s=_TIMEOUT_S
                )
            except StepError as error:
                raise self._away(f"{url}: {error}") from error
        found = reply.json()
        if not reply.is_success or not isinstance(found, dict):
            said = found.get("error") if isinstance(found, dict) else None
            raise self._away(f"{url} answered {reply.status} {said!r:.100}")
        return found

    def _away(self, why: str) -> RequestError:
        _log.warning("openid.provider_away issuer=%s: %s", self.settings.issuer, why)
        return RequestError(
            503,
            "provider_away",
            N_("{name} cannot sign anybody in at the moment."),
            fix=N_("Try again in a minute, or use a sign-in link; the server's log has the cause."),
            name=self.settings.name,
        )

    def _not_proved(self, why: str) -> RequestError:
        _log.warning("openid.not_proved issuer=%s: %s", self.settings.issuer, why)
        return self._refused(
            "not_proved",
            N_("The proof that {name} gave of who you are is not valid."),
            fix=N_("Begin again; if it happens again, the server's log has the cause."),
        )

    def _refused(self, code: str, message: str, *, fix: str = _ASK, **more: str) -> RequestError:
        return RequestError(403, code, message, fix=fix, name=self.settings.name, **more)


def claims_of(
    token: object, keys: KeySet, settings: OpenIdSettings, nonce: str, now_s: float
) -> dict[str, Any]:
    """The claims of an ID token that one of the keys has signed for this sign-in.

    Raises:
        NotProvedError: the token is not valid.
    """
    try:
        claims = jwt.decode(str(token), keys, algorithms=ALGORITHMS).claims
    except (JoseError, ValueError, TypeError) as error:
        raise NotProvedError(f"signature: {error!r:.200}") from error
    audience = claims.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience
    expires, issued, starts = (_time(claims.get(name)) for name in ("exp", "iat", "nbf"))
    given = claims.get("nonce")
    # Each claim, and whether it is right.
    checks = {
        "iss": claims.get("iss") == settings.issuer,
        "aud": isinstance(audiences, list) and settings.client_id in audiences,
        "azp": claims.get("azp", settings.client_id) == settings.client_id
        and ("azp" in claims or audiences == [settings.client_id]),
        "exp": expires is not None and now_s < expires + SKEW_S,
        "iat": issued is not None and -SKEW_S <= now_s - issued <= LIFETIME_MS / 1000 + SKEW_S,
        "nbf": "nbf" not in claims or (starts is not None and starts <= now_s + SKEW_S),
        "nonce": isinstance(given, str) and hmac.compare_digest(given.encode(), nonce.encode()),
        "sub": isinstance(claims.get("sub"), str) and 0 < len(claims["sub"]) <= 255,
    }
    if wrong := [name for name, is_right in checks.items() if not is_right]:
        raise NotProvedError(f"claims: {', '.join(wrong)}")
    return claims


def _time(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return value if abs(value) < _NO_TIME_S else None


def _person(claims: Mapping[str, Any], settings: OpenIdSettings) -> Person:
    email = str(claims.get("email", ""))
    # Some letters of other scripts become a-z in lower case: the sign for Kelvin, for example.
    email = email.lower() if email.isascii() else email
    is_verified = claims.get("email_verified") in (True, "true") and _EMAIL.fullmatch(email)
    groups = claims.get(settings.groups_claim)
    names = [groups] if isinstance(groups, str) else groups if isinstance(groups, list) else []
    return Person(
        digest(f"{settings.issuer}\n{claims['sub']}"),
        email if is_verified else "",
        frozenset(name for name in names if isinstance(name, str)),
    )


def _not_begun() -> RequestError:
    return RequestError(
        403,
        "sign_in_not_begun",
        N_("This browser has begun no such sign-in, or more than ten minutes ago."),
        fix=_AGAIN,
    )


def _base64(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def _with_query(address: str, query: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"
