"""Asks an account's admin for consent (OAuth), and gets the first tokens of a connection.

The browser goes to the provider, where the admin agrees, and comes back with a code. `state` and
the verifier of https://www.rfc-editor.org/rfc/rfc7636 are derived from the session that asks.
Therefore nothing is stored meanwhile, and a code that comes from another session is refused.
"""

import asyncio
import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from urllib.parse import quote

from automator.model import N_, UsageError, record
from automator.plugins import Provider
from automator.server.setup.connection_changes import replace_secrets
from automator.server.setup.settings_changes import settings_file
from automator.server.web.services import Services


@record
class Consent:
    """The address at the provider where an admin agrees, and our address to come back to."""

    address: str
    callback: str


def consent_for(services: Services, provider: Provider, session_id: str) -> Consent | None:
    """The addresses for the consent; None if the provider has none, or tokens cannot be stored."""
    if services.settings_file is None or not session_id:
        return None
    name = provider.connection
    callback = f"{services.outside_url}/connections/{quote(name)}/consent"
    verifier = _made_of(services, "verifier", session_id, name)
    challenge = _text(hashlib.sha256(verifier.encode()).digest())
    state = _made_of(services, "state", session_id, name)
    address = provider.consent_address(callback, state, challenge)
    return Consent(address=address, callback=callback) if address else None


async def take_consent(
    services: Services, provider: Provider, session_id: str, answer: Mapping[str, str]
) -> None:
    """Exchanges the parameters with which the browser came back for tokens, and stores these.

    Raises:
        UsageError: this session has not asked, nobody has agreed, or another account has.
        StepError: the provider refuses the code, or does not answer.
        SettingsRefusedError, ConflictError: automator.yaml could not be changed.
    """
    file, name = settings_file(services), provider.connection
    state = _made_of(services, "state", session_id, name)
    if not session_id or not hmac.compare_digest(answer.get("state", "").encode(), state.encode()):
        raise UsageError(
            N_("this is not the answer to a question of yours"),
            fix=N_("Ask for the rights once more, on the page of the connection."),
        )
    verifier = _made_of(services, "verifier", session_id, name)
    tokens = await provider.tokens_of_consent(answer, verifier, services.http)
    given = {"access_token": tokens.access, "refresh_token": tokens.refresh}
    await asyncio.to_thread(replace_secrets, file, services.data, name, given)


def _made_of(services: Services, purpose: str, session_id: str, connection: str) -> str:
    """A secret derived from the session and `purpose`; 43 characters, as a verifier must have."""
    message = f"consent {purpose}\n{session_id}\n{connection}".encode()
    return _text(hmac.digest(services.control_token.encode(), message, "sha256"))


def _text(digest: bytes) -> str:
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
