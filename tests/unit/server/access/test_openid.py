"""The proof of an OpenID Connect provider: every wrong token is refused."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

from automator.configuration.secrets import Secret
from automator.configuration.settings import OpenIdSettings
from automator.server.access.openid import LIFETIME_MS, SKEW_S, NotProvedError, claims_of

ISSUER, CLIENT, NONCE, NOW = "https://id.shop.example", "automator", "a-nonce", 1_800_000_000
SETTINGS = OpenIdSettings(
    issuer=ISSUER,
    client_id=CLIENT,
    client_secret=Secret("secret-of-the-client"),
    allowed_domains=("shop.vn",),
)
RSA = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
OTHER_RSA = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
EC = ECKey.generate_key("P-256", {"kid": "two"}, private=True)
KEYS = KeySet.import_key_set({"keys": [one.as_dict(private=False) for one in (RSA, EC)]})
CLAIMS: Mapping[str, Any] = {
    "iss": ISSUER,
    "aud": CLIENT,
    "sub": "person-7",
    "nonce": NONCE,
    "iat": NOW - 5,
    "exp": NOW + 300,
}
LEFT_OUT = object()


def token(
    changes: Mapping[str, Any] | None = None,
    *,
    key: Any = RSA,
    alg: str = "RS256",
    kid: str = "one",
) -> str:
    claims = {
        name: one for name, one in {**CLAIMS, **(changes or {})}.items() if one is not LEFT_OUT
    }
    return jwt.encode({"alg": alg, "kid": kid}, claims, key, algorithms=[alg])


def read(text: object) -> dict[str, Any]:
    return claims_of(text, KEYS, SETTINGS, NONCE, NOW)


def part(value: object) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def signed_by_the_public_key() -> str:
    """An HMAC whose key is what everybody knows: the text of the public key."""
    signed = f"{part({'alg': 'HS256', 'kid': 'one'})}.{part(dict(CLAIMS))}"
    code = hmac.new(RSA.as_pem(private=False), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{urlsafe_b64encode(code).rstrip(b'=').decode()}"


@pytest.mark.parametrize(
    "good",
    [
        token(),
        token(key=EC, alg="ES256", kid="two"),
        token(alg="PS256"),
        token({"aud": [CLIENT], "azp": CLIENT}),
        token({"aud": [CLIENT, "another"], "azp": CLIENT}),
        token({"exp": NOW - SKEW_S + 1}),
        token({"iat": NOW + SKEW_S, "nbf": NOW + SKEW_S}),
    ],
)
def test_a_token_signed_for_this_sign_in_is_believed(good: str) -> None:
    assert read(good)["sub"] == "person-7"


@pytest.mark.parametrize(
    "wrong",
    [
        *(token({name: LEFT_OUT}) for name in CLAIMS),
        *(token({name: None}) for name in CLAIMS),
        token({"iss": f"{ISSUER}/"}),
        token({"aud": "another"}),
        token({"aud": []}),
        token({"aud": [CLIENT, "another"]}),
        token({"aud": [CLIENT, "another"], "azp": "another"}),
        token({"aud": CLIENT, "azp": "another"}),
        token({"aud": "another", "azp": CLIENT}),
        token({"aud": ["another"], "azp": CLIENT}),
        token({"aud": {CLIENT: True}, "azp": CLIENT}),
        token({"aud": f"{CLIENT}-2"}),
        token({"exp": NOW - SKEW_S}),
        token({"exp": str(NOW + 300)}),
        token({"exp": True}),
        token({"exp": float("inf")}),
        token({"exp": 10**400}),
        token({"iat": NOW + SKEW_S + 1}),
        token({"iat": NOW - LIFETIME_MS / 1000 - SKEW_S - 1}),
        token({"nbf": NOW + SKEW_S + 1}),
        token({"nbf": "now"}),
        token({"nonce": "another"}),
        token({"nonce": ""}),
        token({"sub": ""}),
        token({"sub": 7}),
        token({"sub": "x" * 256}),
        token(key=OTHER_RSA),
        token(kid="unknown"),
        token(key=OctKey.import_key(RSA.as_pem(private=False).hex()), alg="HS256"),
        signed_by_the_public_key(),
        f"{part({'alg': 'none'})}.{part(dict(CLAIMS))}.",
        f"{part({'alg': 'None', 'kid': 'one'})}.{part(dict(CLAIMS))}.",
        f"{token().rpartition('.')[0]}.",
        f"{token()}x",
        f"{part({'alg': 'RS256', 'kid': 'one'})}.{part([1])}.x",
        "a.b.c",
        "",
        None,
        7,
    ],
)
def test_a_wrong_token_is_not_believed(wrong: object) -> None:
    with pytest.raises(NotProvedError):
        read(wrong)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=2)
    ),
    max_leaves=5,
)


@given(st.sampled_from(sorted({*CLAIMS, "azp", "nbf"})), ANY)
def test_any_other_value_of_a_claim_that_counts_is_refused_or_means_the_same(
    name: str, value: Any
) -> None:
    try:
        claims = read(token({name: value}))
    except NotProvedError:
        return
    assert claims["iss"] == ISSUER
    assert claims["aud"] == CLIENT or claims["aud"] == [CLIENT]
    assert claims.get("azp", CLIENT) == CLIENT
    assert claims["nonce"] == NONCE
    assert isinstance(claims["sub"], str)
    assert claims["sub"]
    assert claims["exp"] > NOW - SKEW_S
    assert claims["iat"] <= NOW + SKEW_S
    assert claims.get("nbf", NOW) <= NOW + SKEW_S


@given(st.integers(0, len(token()) - 1), st.sampled_from("ABab01-_."))
def test_no_changed_letter_makes_another_person(place: int, letter: str) -> None:
    good = token()
    changed = good[:place] + letter + good[place + 1 :]
    try:
        assert read(changed) == dict(CLAIMS)
    except NotProvedError:
        assert changed != good
