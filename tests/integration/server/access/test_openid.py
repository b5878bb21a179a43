"""Signing in at an OpenID Connect provider that answers from the test, with all that goes wrong."""

import asyncio
import json
import logging
from base64 import b64decode
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from automator.clock import ManualClock
from automator.http.types import HttpReply
from automator.model import RetryableError
from automator.reasons.attempts.outbound import connection_closed
from automator.server.access.accounts import find_account
from automator.server.access.tokens import create_token, list_tokens
from automator.server.bootstrap.app import create_app
from automator.server.pages.sign_in import ATTEMPTS_PER_MINUTE
from automator.server.web.security import Role
from tests.support.asgi import Caller, Reply
from tests.support.http import ScriptedHttp, SentRequest, a_reply
from tests.support.site import Site, open_site
from tests.support.world import until

ISSUER = "https://id.shop.example"
SETTINGS = f"""\
connections:
  demo-page:
    provider: facebook
    app_secret: "demo-app-secret-0123456789"
    verify_token: "demo-verify-token"
sign_in:
  oidc:
    issuer: {ISSUER}
    client_id: automator
    client_secret: "secret of the client: 0123456789"
    name: Shop account
    roles: {{admin: [owners], editor: [sales], viewer: [staff]}}
    allowed_domains: [shop.vn]
"""
METADATA = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize?tenant=7",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/keys",
    "userinfo_endpoint": f"{ISSUER}/me",
}


@dataclass
class Provider:
    """The other side, and one person there."""

    clock: ManualClock
    http: ScriptedHttp = field(default_factory=ScriptedHttp)
    metadata: dict[str, Any] = field(default_factory=lambda: dict(METADATA))
    #: The claims in the ID token, and those only in the answer about the user.
    claims: dict[str, Any] = field(
        default_factory=lambda: {"sub": "7", "email": "Mai@shop.vn", "email_verified": True}
    )
    more: dict[str, Any] = field(default_factory=lambda: {"sub": "7", "groups": ["sales"]})
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1"}))
    #: Paths with the answers that they give instead.
    instead: dict[str, HttpReply | RetryableError] = field(default_factory=dict)
    nonce: str = ""

    async def answer(self, request: SentRequest) -> HttpReply:
        path = urlsplit(request.url).path
        other = self.instead.get(path)
        if isinstance(other, RetryableError):
            raise other
        if other is not None:
            return other
        found: Mapping[str, Any] = {
            "/.well-known/openid-configuration": self.metadata,
            "/keys": {"keys": [self.key.as_dict(private=False)]},
            "/me": self.more,
            "/token": {"access_token": "an-access-token", "id_token": self._token()},
        }[path]
        return a_reply(200, json.dumps(found).encode())

    def _token(self) -> str:
        now_s = self.clock.now_ms() // 1000
        usual = {"iss": ISSUER, "aud": "automator", "iat": now_s, "exp": now_s + 60}
        claims = {**usual, "nonce": self.nonce, **self.claims}
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)

    def asked(self, path: str) -> list[SentRequest]:
        return [one for one in self.http.requests if urlsplit(one.url).path == path]


@pytest.fixture
def provider(clock: ManualClock) -> Provider:
    made = Provider(clock)
    made.http.answer = made.answer
    return made


@pytest.fixture
async def site(tmp_path: Path, clock: ManualClock, provider: Provider) -> AsyncIterator[Site]:
    async with open_site(tmp_path, clock=clock, settings_text=SETTINGS) as opened:
        services = replace(opened.services, http=provider.http)
        yield Site(create_app(services), services)


async def begun(site: Site, provider: Provider, caller: Caller, path: str = "/rules") -> str:
    """The person presses the button; the answer that the provider will then want back."""
    reply = await caller.get(f"/sign-in/openid?next={path}")
    assert reply.status == 303, reply.text
    query = parse_qs(urlsplit(reply.headers["location"]).query)
    provider.nonce = query["nonce"][0]
    return query["state"][0]


async def signed_in(site: Site, provider: Provider, caller: Caller | None = None) -> Reply:
    caller = caller or site.caller()
    state = await begun(site, provider, caller)
    return await caller.get(f"/sign-in/openid/back?code=a-code&state={state}")


async def role_of(site: Site, name: str = "mai@shop.vn") -> Role | None:
    account = await find_account(site.services.store, name)
    return account.role if account else None


async def test_signing_in_makes_the_account_with_the_role_of_the_group(
    site: Site, provider: Provider
) -> None:
    caller = site.caller()
    reply = await signed_in(site, provider, caller)

    assert (reply.status, reply.headers["location"]) == (303, "/rules")
    assert "mai@shop.vn (editor)" in (await caller.get("/settings")).text
    (request,) = provider.asked("/token")
    name, secret = b64decode(request.headers["authorization"].split()[1]).decode().split(":")
    assert (name, secret) == ("automator", "secret+of+the+client%3A+0123456789")
    form = parse_qs(request.body.decode())
    assert form["redirect_uri"] == [f"{site.services.url}/sign-in/openid/back"]
    assert len(form["code_verifier"][0]) >= 43
    assert "client_secret" not in form


async def test_the_way_to_the_provider_keeps_its_query_and_names_state_nonce_and_challenge(
    site: Site,
) -> None:
    first, second = [
        urlsplit((await site.caller().get("/sign-in/openid")).headers["location"]) for _ in range(2)
    ]

    one, other = parse_qs(first.query), parse_qs(second.query)
    assert f"{first.scheme}://{first.netloc}{first.path}" == f"{ISSUER}/authorize"
    assert one["tenant"] == ["7"]
    assert one["scope"] == ["openid email profile"]
    assert one["code_challenge_method"] == ["S256"]
    for name in ("state", "nonce", "code_challenge"):
        assert len(one[name][0]) >= 43
        assert one[name] != other[name]


async def test_a_code_that_another_browser_fetched_signs_nobody_in(
    site: Site, provider: Provider
) -> None:
    attacker, victim = site.caller(), site.caller()
    state = await begun(site, provider, attacker)
    await begun(site, provider, victim)

    for caller in (victim, site.caller()):
        reply = await caller.get(f"/sign-in/openid/back?code=a-code&state={state}")
        assert reply.status == 403
        assert "This browser has begun no such sign-in" in reply.text
    assert provider.asked("/token") == []
    assert not {"sid", "__Host-sid"} & victim.cookies.keys()


@pytest.mark.parametrize("cookie", ["", "x", "ä", "AAAA" * 300, "-_" * 40])
async def test_a_made_up_cookie_is_none(site: Site, cookie: str) -> None:
    caller = site.caller()
    caller.cookies["openid"] = cookie

    assert (await caller.get("/sign-in/openid/back?code=1&state=")).status == 403


async def test_a_sign_in_ends_after_ten_minutes_and_works_once(
    site: Site, provider: Provider, clock: ManualClock
) -> None:
    late, twice = site.caller(), site.caller()
    state = await begun(site, provider, late)
    clock.advance(601)
    assert (await late.get(f"/sign-in/openid/back?code=1&state={state}")).status == 403

    state = await begun(site, provider, twice)
    assert (await twice.get(f"/sign-in/openid/back?code=1&state={state}")).status == 303
    assert (await twice.get(f"/sign-in/openid/back?code=1&state={state}")).status == 403


async def test_it_leads_only_to_pages_of_this_server(site: Site, provider: Provider) -> None:
    for wanted in ("https://evil.example/", "//evil.example", "/sign-in/openid/back", "/rules%0a"):
        caller = site.caller()
        state = await begun(site, provider, caller, wanted)
        reply = await caller.get(f"/sign-in/openid/back?code=1&state={state}")
        assert (reply.status, reply.headers["location"]) == (303, "/")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"email": "eve@elsewhere.example"}, "eve@elsewhere.example may not sign in here"),
        ({"email": "eve@evil.shop.vn"}, "may not sign in here"),
        ({"email": "eve@shop.vn@evil.example"}, "has sent no verified e-mail address"),
        ({"email_verified": False}, "has sent no verified e-mail address"),
        ({"email_verified": "yes"}, "has sent no verified e-mail address"),
        ({"email": None}, "has sent no verified e-mail address"),
        ({"email": "日本@-"}, "has sent no verified e-mail address"),
        *(
            ({"email": f"{name}@shop.vn"}, "cannot be the name of an account")
            for name in ("ádmin", "ſam", "\N{KELVIN SIGN}im", "o'brien", "_an")
        ),
        ({"email": f"{'x' * 64}@{'y' * 40}.shop.vn"}, "cannot be the name of an account"),
        ({"groups": []}, "None of your groups at Shop account has a role here."),
        ({"groups": "guests"}, "None of your groups"),
        ({"groups": {"sales": True}}, "None of your groups"),
        ({"groups": [["sales"], 7]}, "None of your groups"),
        ({"nonce": "another"}, "is not valid"),
        ({"aud": "another"}, "is not valid"),
    ],
)
async def test_who_may_not_sign_in_gets_no_account_and_is_told_why(
    site: Site, provider: Provider, changes: Mapping[str, Any], said: str
) -> None:
    provider.claims |= {**changes}

    reply = await signed_in(site, provider)

    assert reply.status == 403
    assert said in reply.text
    assert (await site.program().get("/api/accounts")).json() == {"items": []}


@pytest.mark.parametrize(
    ("proved", "more"),
    [
        ({"email": "boss@shop.vn"}, {"email_verified": True}),
        ({"email_verified": True}, {"email": "boss@shop.vn"}),
        ({"email": "boss@shop.vn"}, {"email": "eve@evil.example", "email_verified": True}),
    ],
)
async def test_an_address_is_verified_only_by_the_answer_that_names_it(
    site: Site, provider: Provider, proved: Mapping[str, Any], more: Mapping[str, Any]
) -> None:
    provider.claims = {"sub": "7", **proved}
    provider.more |= more

    assert (await signed_in(site, provider)).status == 403


async def test_an_address_that_only_the_answer_about_the_user_verifies_signs_in(
    site: Site, provider: Provider
) -> None:
    provider.claims = {"sub": "7", "email": "mai@shop.vn"}
    provider.more |= {"email": "mai@shop.vn", "email_verified": True}

    assert (await signed_in(site, provider)).status == 303


async def test_addresses_that_look_alike_get_accounts_of_their_own(
    site: Site, provider: Provider
) -> None:
    addresses = [f"{name}@shop.vn" for name in ("a+b", "a-b", "x" * 62 + ".1", "x" * 62 + ".2")]
    for number, address in enumerate(addresses):
        provider.claims |= {"sub": str(number), "email": address}
        provider.more["sub"] = str(number)
        assert (await signed_in(site, provider)).status == 303

    items = (await site.program().get("/api/accounts")).json()["items"]
    assert sorted(item["name"] for item in items) == sorted(addresses)


async def test_claims_about_somebody_else_are_not_taken(site: Site, provider: Provider) -> None:
    provider.more |= {"sub": "8", "groups": ["owners"]}

    assert (await signed_in(site, provider)).status == 403
    assert await role_of(site) is None


async def test_the_highest_group_counts_and_a_later_sign_in_can_lower_even_the_last_admin(
    site: Site, provider: Provider
) -> None:
    provider.claims["groups"] = ["staff", "owners", "sales"]
    await signed_in(site, provider)
    assert await role_of(site) is Role.ADMIN

    provider.claims["groups"] = "staff"
    await signed_in(site, provider)
    assert await role_of(site) is Role.VIEWER


async def test_who_loses_the_last_group_loses_sessions_and_tokens(
    site: Site, provider: Provider, clock: ManualClock
) -> None:
    caller = site.caller()
    await signed_in(site, provider, caller)
    store, now_ms = site.services.store, clock.now_ms()
    await create_token(store, name="t", role=Role.VIEWER, now_ms=now_ms, account="mai@shop.vn")
    provider.claims["groups"] = []

    assert (await signed_in(site, provider)).status == 403

    assert (await caller.get("/log")).status == 401
    assert await list_tokens(store) == []


async def test_nobody_gets_the_account_of_a_link_or_of_an_earlier_owner_of_the_address(
    site: Site, provider: Provider
) -> None:
    await site.signed_in()
    link = await site.link(account="mai@shop.vn", role=Role.ADMIN)
    await site.caller().post("/sign-in", {"token": link})
    assert "belongs to somebody else" in (await signed_in(site, provider)).text

    provider.claims["email"] = "lan@shop.vn"
    assert (await signed_in(site, provider)).status == 303
    provider.claims["sub"] = provider.more["sub"] = "8"
    reply = await signed_in(site, provider)

    assert (reply.status, await role_of(site)) == (409, Role.ADMIN)


async def test_a_link_for_the_same_name_that_nobody_has_used_does_not_lead_to_the_new_account(
    site: Site, provider: Provider
) -> None:
    link = await site.link(account="mai@shop.vn", role=Role.ADMIN)
    await signed_in(site, provider)

    assert (await site.caller().post("/sign-in", {"token": link})).status == 401


async def test_a_person_whose_address_changes_keeps_the_account(
    site: Site, provider: Provider
) -> None:
    await signed_in(site, provider)
    provider.claims["email"] = "mai.nguyen@shop.vn"

    assert (await signed_in(site, provider)).status == 303
    assert await role_of(site) is Role.EDITOR
    assert await role_of(site, "mai.nguyen@shop.vn") is None


async def test_removing_the_account_ends_the_session(site: Site, provider: Provider) -> None:
    caller = site.caller()
    await signed_in(site, provider, caller)

    await site.program().request("DELETE", "/api/accounts/mai@shop.vn?force=true")

    assert (await caller.get("/log")).status == 401


AWAY = RetryableError(connection_closed(), code="no_connection")


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/keys", "/me"])
@pytest.mark.parametrize(
    "answer",
    [
        AWAY,
        a_reply(500, b"down"),
        a_reply(400, b'{"error": "invalid_grant"}'),
        a_reply(200, b"[]"),
        a_reply(200, b"<html>" + b"x" * 70_000),
        a_reply(302, b"", {"location": f"{ISSUER}/elsewhere"}),
    ],
)
async def test_whatever_the_provider_fails_at_a_page_says_so_and_links_still_work(
    site: Site,
    provider: Provider,
    path: str,
    answer: HttpReply | RetryableError,
    caplog: pytest.LogCaptureFixture,
) -> None:
    provider.instead[path] = answer
    caller = site.caller()

    with caplog.at_level(logging.WARNING):
        reply = await caller.get("/sign-in/openid")
        if path != "/.well-known/openid-configuration":
            state = parse_qs(urlsplit(reply.headers["location"]).query)
            provider.nonce = state["nonce"][0]
            reply = await caller.get(f"/sign-in/openid/back?code=1&state={state['state'][0]}")

    assert reply.status == 503
    assert "Shop account cannot sign anybody in at the moment." in reply.text
    assert "automator link" in reply.text
    assert "openid.provider_away" in caplog.text
    link = await site.link()
    assert (await caller.post("/sign-in", {"token": link})).status == 303


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://evil.example"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": None},
        {"token_endpoint": "http://id.shop.example/token"},
        {"jwks_uri": 7},
    ],
)
async def test_a_description_of_another_provider_or_without_https_is_not_used(
    site: Site, provider: Provider, changes: Mapping[str, Any]
) -> None:
    provider.metadata |= changes

    assert (await site.caller().get("/sign-in/openid")).status == 503


@pytest.mark.parametrize("keys", [b'{"keys": [{"kty": "RSA"}]}', b'{"keys": 7}', b'{"keys": [7]}'])
async def test_keys_that_cannot_be_read_prove_nothing(
    site: Site, provider: Provider, keys: bytes
) -> None:
    provider.instead["/keys"] = a_reply(200, keys)

    assert (await signed_in(site, provider)).status == 503


async def test_a_new_key_is_fetched_once_and_the_description_every_hour(
    site: Site, provider: Provider, clock: ManualClock
) -> None:
    for _ in range(3):
        assert (await signed_in(site, provider)).status == 303
    assert len(provider.asked("/keys")) == 1

    provider.key = RSAKey.generate_key(2048, {"kid": "2"})
    assert (await signed_in(site, provider)).status == 303
    assert len(provider.asked("/keys")) == 2
    assert len(provider.asked("/.well-known/openid-configuration")) == 1
    clock.advance(3600)
    assert (await signed_in(site, provider)).status == 303
    assert len(provider.asked("/.well-known/openid-configuration")) == 2


async def test_the_answer_of_another_issuer_is_refused_before_its_code_is_used(
    site: Site, provider: Provider
) -> None:
    provider.metadata["authorization_response_iss_parameter_supported"] = True
    for issuer in ("", "&iss=https://evil.example"):
        caller = site.caller()
        state = await begun(site, provider, caller)
        reply = await caller.get(f"/sign-in/openid/back?code=1&state={state}{issuer}")
        assert reply.status == 403
    assert provider.asked("/token") == []


async def test_who_changes_their_mind_at_the_provider_comes_back_to_the_sign_in_page(
    site: Site, provider: Provider
) -> None:
    caller = site.caller()
    state = await begun(site, provider, caller)

    reply = await caller.get(f"/sign-in/openid/back?error=access_denied&state={state}")

    assert reply.status == 403
    assert "Shop account has not signed you in." in reply.text


async def test_a_provider_that_takes_the_secret_in_the_form_gets_it_there(
    site: Site, provider: Provider
) -> None:
    provider.metadata["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    await signed_in(site, provider)

    (request,) = provider.asked("/token")
    assert parse_qs(request.body.decode())["client_id"] == ["automator"]
    assert "authorization" not in request.headers


async def test_one_address_begins_only_so_many_sign_ins_a_minute_and_links_are_counted_alone(
    site: Site,
) -> None:
    caller = site.caller()
    statuses = [
        (await caller.get("/sign-in/openid")).status for _ in range(ATTEMPTS_PER_MINUTE + 1)
    ]

    assert statuses == [303] * ATTEMPTS_PER_MINUTE + [429]
    assert (await caller.post("/sign-in", {"token": await site.link()})).status == 303


async def test_a_provider_that_hangs_holds_eight_sign_ins_and_the_others_are_told_at_once(
    site: Site, provider: Provider
) -> None:
    address = f"{ISSUER}/.well-known/openid-configuration"
    provider.http.hanging[address] = asyncio.Event()
    waiting = [asyncio.create_task(site.caller().get("/sign-in/openid")) for _ in range(8)]
    await until(lambda: provider.http.under_way[address] == 8)

    assert (await site.caller().get("/sign-in/openid")).status == 503
    assert provider.http.peak[address] == 8
    provider.http.hanging[address].set()
    await asyncio.gather(*waiting)


async def test_at_the_public_address_the_cookies_are_bound_to_it(
    site: Site, provider: Provider
) -> None:
    settings = site.services.settings.model_copy(update={"public_url": "https://bot.example.vn"})
    services = replace(site.services, settings=settings)
    public = Site(create_app(services), services)
    # The proxy puts its own name into Host.
    caller = public.caller()

    page = await caller.get("/sign-in?next=/rules")
    reply = await signed_in(public, provider, caller)

    assert 'href="https://bot.example.vn/sign-in/openid?next=%2Frules"' in page.text
    assert reply.status == 303
    assert caller.cookies.keys() >= {"__Host-sid"}
    (request,) = provider.asked("/token")
    form = parse_qs(request.body.decode())
    assert form["redirect_uri"] == ["https://bot.example.vn/sign-in/openid/back"]


async def test_signing_out_offers_to_sign_out_at_the_provider_only_who_came_from_there(
    site: Site, provider: Provider
) -> None:
    provider.metadata["end_session_endpoint"] = f"{ISSUER}/end"
    caller, owner = site.caller(), await site.signed_in()
    await signed_in(site, provider, caller)

    left = await site.press(caller, "/sign-out")
    plain = await site.press(owner, "/sign-out")

    assert f"{ISSUER}/end?client_id=automator" in left.text
    assert (await caller.get("/log")).status == 401
    assert (plain.status, plain.headers["location"]) == (303, "/sign-in")


async def test_signing_out_ends_the_session_before_the_provider_answers(
    site: Site, provider: Provider, clock: ManualClock
) -> None:
    caller = site.caller()
    await signed_in(site, provider, caller)
    csrf = await site.csrf(caller)
    clock.advance(3601)
    asked, answered = asyncio.Event(), asyncio.Event()

    async def hang(request: SentRequest) -> HttpReply:
        asked.set()
        await answered.wait()
        return await provider.answer(request)

    provider.http.answer = hang
    leaving = asyncio.create_task(caller.post("/sign-out", {"csrf": csrf}))
    await asyncio.wait_for(asked.wait(), 10)

    assert (await caller.get("/log")).status == 401
    answered.set()
    await leaving


async def test_without_groups_in_the_settings_an_admin_gives_the_roles(
    site: Site, provider: Provider
) -> None:
    oidc = site.services.settings.sign_in.oidc
    assert oidc is not None
    without_roles = oidc.model_copy(update={"roles": {}})
    sign_in = site.services.settings.sign_in.model_copy(update={"oidc": without_roles})
    settings = site.services.settings.model_copy(update={"sign_in": sign_in})
    services = replace(site.services, settings=settings)
    other = Site(create_app(services), services)
    await signed_in(other, provider)
    assert await role_of(other) is Role.VIEWER

    await other.program().json("POST", "/api/accounts/mai@shop.vn/role", {"role": "admin"})
    await signed_in(other, provider)

    assert await role_of(other) is Role.ADMIN
    assert provider.asked("/me") == []


async def test_without_a_provider_there_is_no_button_and_no_address(tmp_path: Path) -> None:
    async with open_site(tmp_path) as site:
        assert "openid" not in (await site.caller().get("/sign-in")).text
        for path in ("/sign-in/openid", "/sign-in/openid/back"):
            assert (await site.caller().get(path)).status == 404
