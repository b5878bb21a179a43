"""Dropbox: events about accounts with changed files; a delivery does not name the changes.

https://www.dropbox.com/developers/reference/webhooks
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import Field

from automator.http.signing import body_digest
from automator.http.types import Answer, InboundRequest
from automator.model import N_, ParsedEvent
from automator.plugins import VerifiedOptions
from automator.providers.shared.envelope import Envelope, actor_of
from automator.providers.shared.handshakes import echo, query_once
from automator.providers.shared.options import SigningSecrets
from automator.providers.shared.payloads import as_dict, as_id, as_list, join_key, json_object
from automator.providers.shared.signed import HmacScheme, SignedProvider
from automator.reasons.secrets import dropbox_secret


class DropboxOptions(VerifiedOptions):
    """The options of a Dropbox connection."""

    secret: SigningSecrets = Field(description=N_("The App secret; a list while it is changed."))


class DropboxProvider(SignedProvider):
    """The webhook of one Dropbox app."""

    name = "dropbox"
    title = "Dropbox"
    issues_secret: ClassVar[bool] = True
    options_model = DropboxOptions
    scheme = HmacScheme(
        header="x-dropbox-signature",
        advice=dropbox_secret(),
    )
    sent_headers: ClassVar[Mapping[str, str]] = {
        "content-type": "application/json",
        "user-agent": "DropboxWebhooks/1.0",
    }

    def handshake(self, request: InboundRequest) -> Answer | None:
        """Repeats the challenge with which Dropbox checks an address.

        Raises:
            RejectedDelivery: the challenge has unexpected characters, or a parameter occurs twice.
        """
        if request.method != "GET" or "challenge" not in request.query:
            return None
        return echo(query_once(request).get("challenge"))

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Makes one event for each account. Without ids, every delivery counts as new."""
        data = json_object(request)
        listed = as_list(as_dict(data.get("list_folder")).get("accounts"))
        accounts = [account for item in listed if (account := as_id(item))]
        envelope = Envelope.of(self, request)
        return [
            envelope.event(
                "dropbox.list_folder" if account else "dropbox.event",
                # Dropbox sends the same body each time, so only the time of arrival distinguishes
                # deliveries.
                join_key(account or body_digest(request.body), request.received_at),
                data,
                actor=actor_of(account),
                lane_id=account,
            )
            for account in dict.fromkeys(accounts) or (None,)
        ]
