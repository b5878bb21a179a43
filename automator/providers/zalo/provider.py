"""Zalo Official Accounts: the console's test, the account that an event is of, and its tokens."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from automator.http.types import Answer, Http, InboundRequest
from automator.model import (
    DAY_MS,
    N_,
    MessagingPolicy,
    ParsedEvent,
    Reason,
    RejectedDelivery,
    UnparsableDelivery,
    UsageError,
)
from automator.plugins import (
    JSON_TYPES,
    ChatAddress,
    ConnectionOptions,
    Outgoing,
    OutgoingKind,
    Provider,
    Sent,
    Suspicion,
)
from automator.plugins.access_tokens import AccessTokens, TokenPair
from automator.providers.shared.envelope import Envelope
from automator.providers.shared.handshakes import echo, may_be_question, query_once
from automator.providers.shared.outcomes import token_of
from automator.providers.shared.reading import as_dict, as_id, json_object
from automator.providers.zalo.api import FixedAccess, ZaloApi
from automator.providers.zalo.events import read_zalo_event
from automator.providers.zalo.options import ZaloOptions
from automator.providers.zalo.people import name_in_profile, names_user
from automator.providers.zalo.send import (
    FORM,
    MAX_TEXT,
    ZALO_BUTTONS,
    ZALO_TEMPLATES,
    phone_in,
    send_through_zalo,
)
from automator.providers.zalo.signature import SIGNATURE, ZaloSignature
from automator.providers.zalo.tokens import (
    ACCESS_LIVES_S,
    first_zalo_tokens,
    renew_zalo_tokens,
    zalo_consent_address,
)
from automator.providers.zalo.webhook_event import ZaloEvent, foreign_oa, occurred_at
from automator.reasons.bodies import ZALO_LATE
from automator.reasons.deliveries import FOREIGN_APP, FOREIGN_OA
from automator.reasons.mistakes import (
    ZALO_APP_SECRET,
    ZALO_KEY_WAS_RESET,
    ZALO_OTHER_APP,
    ZALO_SIGNS_WITH_OA_KEY,
)

_SERVER = "x-zevent-server"
#: Characters that are repeated of a foreign id, at most.
_MOST_OF_AN_ID = 40


class ZaloProvider(Provider):
    """One Official Account, through one app."""

    name = "zalo"
    title = "Zalo OA"
    options_model = ZaloOptions
    content_types = JSON_TYPES
    sample_accounts: ClassVar[Mapping[str, str]] = {
        "app_id": "431000000000000071",
        "oa_id": "219000000000000019",
    }
    demo_options: ClassVar[Mapping[str, Any]] = sample_accounts
    can_send: ClassVar[frozenset[OutgoingKind]] = frozenset({"reply", "message"})
    answer_when_sent: ClassVar[Mapping[str, Any]] = {
        "error": 0,
        "data": {"message_id": "0", "msg_id": "0"},
    }
    #: Numbers; a telephone number here begins with its country.
    receivers: ClassVar[re.Pattern[str]] = re.compile("[1-9][0-9]*")
    #: Messages are free for two days; later ones, which Zalo bills, are not forbidden.
    policy = MessagingPolicy(
        platform="Zalo",
        message_ms=7 * DAY_MS,
        templates_anytime=True,
        template_keys=ZALO_TEMPLATES,
        form_has=FORM,
        message_length=MAX_TEXT,
        buttons=ZALO_BUTTONS,
    )
    common_mistakes: ClassVar[tuple[Reason, ...]] = (ZALO_SIGNS_WITH_OA_KEY(), ZALO_KEY_WAS_RESET())
    seen_headers = ("num_retry", _SERVER)
    options: ZaloOptions

    def __init__(self, connection: str, options: ConnectionOptions) -> None:
        super().__init__(connection, options)
        self._signature = ZaloSignature(connection, self.options)

    @property
    def chat_address(self) -> ChatAddress | None:
        """The account's address at zalo.me."""
        return ChatAddress(f"https://zalo.me/{self.options.oa_id}")

    def handshake(self, request: InboundRequest) -> Answer | None:
        """Answers the console's test of the address, which leaves nothing behind.

        That is a POST without an event, most often unsigned, or a GET with a challenge.

        Raises:
            RejectedDelivery: a strange challenge.
        """
        if request.method != "POST":
            is_challenge = "hub.challenge" in request.query
            return echo(query_once(request).get("hub.challenge")) if is_challenge else None
        if request.headers.get(SIGNATURE):
            return Answer(200) if request.body.strip() in (b"", b"{}") else None
        return None if _may_carry_event(request) else Answer(200)

    def verify(self, request: InboundRequest) -> Reason | None:
        """Checks X-ZEvent-Signature over the raw bytes, and that the event is of this account."""
        item = self._signature.verify(request)
        self._require_ours(item)
        happened_at = occurred_at(item)
        away_ms = abs(request.received_at - (happened_at or 0))
        return ZALO_LATE(away=away_ms) if away_ms > self.options.late_after * 1000 else None

    def _require_ours(self, item: Mapping[str, Any]) -> None:
        app = as_id(item.get("app_id"))
        if app is not None and app != self.options.app_id:
            raise RejectedDelivery(FOREIGN_APP(app=app[:_MOST_OF_AN_ID]))
        account = foreign_oa(item, self.options.oa_id)
        if account is not None:
            # 200, because Zalo cancels the whole app's webhook after a few other answers.
            raise RejectedDelivery(FOREIGN_OA(account=account[:_MOST_OF_AN_ID]), status=200)

    def suspicions(self, request: InboundRequest) -> Sequence[Suspicion]:
        """Another app signs, or oa_secret holds a key of the app in place of the account's."""
        found = []
        try:
            app = as_id(as_dict(request.json()).get("app_id"))
        except UnparsableDelivery:
            app = None
        if app is not None and app.isascii() and app.isdigit() and app != self.options.app_id:
            options = self.options.model_copy(update={"app_id": app})
            found.append(
                Suspicion(
                    ZALO_OTHER_APP(),
                    type(self)(self.connection, options),
                )
            )
        others = [self.options.app_secret, self.options.access_token, self.options.refresh_token]
        known = {secret.reveal() for secret in others if secret is not None}
        if any(secret.reveal() in known for secret in self.options.oa_secret):
            found.append(
                Suspicion(
                    ZALO_APP_SECRET(),
                )
            )
        return found

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads the one event of a delivery."""
        envelope = Envelope.of(self.connection, request, *self.seen_headers)
        server = request.headers.get(_SERVER, "")
        event = ZaloEvent.of(envelope, self.options.oa_id, json_object(request), server)
        return [read_zalo_event(event)]

    def is_private(self, outgoing: Outgoing) -> bool:
        """Whether only the receiver sees it: true of all but an answer in a group."""
        conversation = as_dict(outgoing.event.get("conversation"))
        return outgoing.kind != "reply" or conversation.get("kind") != "group"

    def receiver_in(self, template: Mapping[str, Any]) -> str | None:
        """The telephone number to which a template of ZBS goes.

        Raises:
            PermanentError: it is none.
        """
        return phone_in(template)

    async def send(self, outgoing: Outgoing, http: Http) -> Sent:
        """Answers, writes to somebody, or sends a template."""
        if outgoing.kind not in self.can_send:
            return await super().send(outgoing, http)
        return await send_through_zalo(outgoing, http, self._api(), self.options.quick_replies)

    def _api(self) -> ZaloApi:
        return ZaloApi(
            connection=self.connection,
            api_url=self.options.api_url,
            business_url=self.options.business_url,
            tokens=self.tokens or self._fixed_access(),
        )

    def can_name(self, event: Mapping[str, Any]) -> bool:
        """Whether Zalo may know the name of who has written; not of who is anonymous there."""
        options = self.options
        has_token = options.access_token is not None or self.tokens is not None
        return options.look_up_names and has_token and names_user(event)

    async def name_of(self, event: Mapping[str, Any], http: Http, now_ms: int) -> str | None:
        """The name in the person's profile.

        Raises:
            StepError: Zalo does not give it.
        """
        return await name_in_profile(event, http, self._api(), now_ms)

    def _fixed_access(self) -> AccessTokens:
        token = token_of(self.options.access_token, self.connection, "access_token")
        return FixedAccess(self.connection, token)

    def first_tokens(self) -> TokenPair | None:
        """The tokens of the settings, when there is a refresh token."""
        refresh = self.options.refresh_token
        if refresh is None:
            return None
        access = self.options.access_token
        return TokenPair(
            access=access.reveal() if access else "",
            refresh=refresh.reveal(),
            lives_s=ACCESS_LIVES_S,
        )

    async def renew_tokens(self, tokens: TokenPair, http: Http) -> TokenPair:
        """Exchanges the refresh token, which works once, for the next pair.

        Raises:
            StepError: see Provider.
        """
        secret = self.options.app_secret
        return await renew_zalo_tokens(
            tokens,
            http,
            oauth_url=self.options.oauth_url,
            app_id=self.options.app_id,
            app_secret=secret.reveal() if secret else "",
        )

    def consent_address(self, callback: str, state: str, challenge: str) -> str:
        """The address at which Zalo asks an admin; "" without the app's secret key."""
        if self.options.app_secret is None:
            return ""
        return zalo_consent_address(
            self.options.oauth_url,
            self.options.app_id,
            callback=callback,
            state=state,
            challenge=challenge,
        )

    async def tokens_of_consent(
        self, answer: Mapping[str, str], verifier: str, http: Http
    ) -> TokenPair:
        """Exchanges the code that came with the admin's browser.

        Raises:
            UsageError, StepError: see Provider.
        """
        code, account, secret = answer.get("code"), answer.get("oa_id"), self.options.app_secret
        if not code or secret is None:
            raise UsageError(N_("Zalo gave no code"), fix=N_("Ask for the rights once more."))
        if account and account != self.options.oa_id:
            raise UsageError(
                N_("another account has granted its rights: {account}"),
                fix=N_("Ask once more, and choose the account with the id {expected}."),
                account=account,
                expected=self.options.oa_id,
            )
        return await first_zalo_tokens(
            code,
            verifier,
            http,
            oauth_url=self.options.oauth_url,
            app_id=self.options.app_id,
            app_secret=secret.reveal(),
        )

    def sign(self, body: bytes, *, now_ms: int, delivery_key: str) -> Mapping[str, str]:  # noqa: ARG002 - the time stands in the body, and a delivery has no id.
        """The headers with which Zalo would send `body`."""
        return {"content-type": "application/json", **self._signature.sign(body)}


def _may_carry_event(request: InboundRequest) -> bool:
    """Whether a body names an event, or is long or not plain JSON, so that it may be one."""
    if not may_be_question(request):
        return True
    if not request.body.strip():
        return False
    try:
        item = request.json()
    except UnparsableDelivery:
        return True
    is_plain = isinstance(item, dict) and not request.repeated_keys
    return not is_plain or bool(item.get("event_name"))
