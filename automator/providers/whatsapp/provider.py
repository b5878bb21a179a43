"""WhatsApp's Cloud API: entries of business accounts, with messages and their statuses."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from automator.configuration.values import SecretOne
from automator.http.types import Http
from automator.model import DAY_MS, N_, MessagingPolicy, ParsedEvent
from automator.plugins import ChatAddress, Outgoing, OutgoingKind, Sent
from automator.providers.meta.entry import AccountEntry
from automator.providers.meta.templates import APPROVED
from automator.providers.meta.webhook import MetaProvider, MetaWebhookOptions
from automator.providers.shared.options import ApiUrl
from automator.providers.shared.reading import as_dict, as_id, as_list
from automator.providers.whatsapp.changes import read_change, read_other_number
from automator.providers.whatsapp.send import (
    MAX_BUTTONS,
    MAX_QUICK_REPLY_TITLE,
    RECEIVERS,
    WHATSAPP_BUTTONS,
    is_in_group,
    send_through_whatsapp,
)


class WhatsAppOptions(MetaWebhookOptions):
    """The options of a WhatsApp connection."""

    access_token: SecretOne | None = Field(
        default=None, description=N_("Needed to answer: a system user's token for the account.")
    )
    phone_number_id: str | None = Field(
        default=None,
        description=N_(
            "The id of the sending number, for messages that are not answers; with it, "
            "messages through other numbers become `whatsapp.other_number`."
        ),
    )
    phone_number: str | None = Field(
        default=None,
        pattern=r"^[1-9][0-9]{6,14}$",
        description=N_(
            "The sending number with its country code and without +, as in 84901234567: for the "
            "link that opens a conversation."
        ),
    )
    appsecret_proof: bool = Field(
        default=True, description=N_("Prove each call with the first app_secret.")
    )
    graph_url: ApiUrl = Field(
        default="https://graph.facebook.com/v26.0",
        description="The Graph API with its version.",
    )


class WhatsAppProvider(MetaProvider):
    """One app with its WhatsApp business accounts."""

    name = "whatsapp"
    title = "WhatsApp"
    webhook_object = "whatsapp_business_account"
    options_model = WhatsAppOptions
    sample_accounts: ClassVar[Mapping[str, str]] = {"phone_number_id": "106540352242922"}
    largest_body = 3_145_728
    can_send: ClassVar[frozenset[OutgoingKind]] = frozenset({"reply", "message"})
    answer_when_sent: ClassVar[Mapping[str, Any]] = {"messages": [{"id": "0"}]}
    receivers = RECEIVERS
    policy = MessagingPolicy(
        platform="WhatsApp",
        message_ms=DAY_MS,
        templates_anytime=True,
        template_keys=APPROVED,
        quick_replies=MAX_BUTTONS,
        quick_reply_title=MAX_QUICK_REPLY_TITLE,
        message_length=4096,
        buttons=WHATSAPP_BUTTONS,
    )
    options: WhatsAppOptions

    @property
    def chat_address(self) -> ChatAddress | None:
        """The number's address at wa.me, where the settings name it."""
        number = self.options.phone_number
        address = f"https://wa.me/{number}"
        return ChatAddress(address, before_text=f"{address}?text=") if number else None

    def read_entry(self, entry: AccountEntry, raw: Any) -> Sequence[ParsedEvent]:
        """The messages and the statuses of one business account."""
        changes = as_list(as_dict(raw).get("changes")) or [raw]
        return [event for item in changes for event in self._read(entry, item)]

    def _read(self, entry: AccountEntry, item: Any) -> Sequence[ParsedEvent]:
        ours = self.options.phone_number_id
        value = as_dict(as_dict(item).get("value"))
        number = as_id(as_dict(value.get("metadata")).get("phone_number_id"))
        if ours is None or number is None or number == ours:
            return read_change(entry, item)
        return [read_other_number(entry, item)]

    def is_private(self, outgoing: Outgoing) -> bool:
        """Whether only the receiver sees it: true of all but messages in a group."""
        return not is_in_group(outgoing)

    def receiver_id(self, to: str) -> str | None:
        """A telephone number without `+`, as events have it, or the id of a person or a group."""
        found = super().receiver_id(to)
        return None if found is None else found.removeprefix("+")

    async def send(self, outgoing: Outgoing, http: Http) -> Sent:
        """Sends a message, or answers one."""
        if outgoing.kind not in self.can_send:
            return await super().send(outgoing, http)
        account = self.account("WhatsApp", "access_token", "whatsapp_business_messaging")
        return await send_through_whatsapp(outgoing, http, account, self.options.phone_number_id)
