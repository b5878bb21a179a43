"""Zalo Official Accounts: options, signature, events, messages, names and tokens."""

import hashlib
import hmac
import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import quote, urlencode

from pydantic import Field, model_validator

from automator.configuration.values import Duration, SecretOne
from automator.http.json_body import dump_json, parse_json
from automator.http.types import Answer, Http, HttpReply, InboundRequest
from automator.model import (
    DAY_MS,
    N_,
    ButtonLimits,
    MessagingPolicy,
    ParsedEvent,
    PermanentError,
    Reason,
    RejectedDelivery,
    RetryableError,
    SkippedStep,
    StepError,
    UnknownOutcome,
    UnparsableDelivery,
    UsageError,
    WrongValue,
    record,
    whole_number,
)
from automator.model.messaging_policy import Asking, TemplateKeys
from automator.plugins import (
    JSON_TYPES,
    ChatAddress,
    ConnectionOptions,
    Outgoing,
    OutgoingKind,
    Provider,
    Sent,
    Suspicion,
    VerifiedOptions,
)
from automator.plugins.access_tokens import AccessTokens, TokenPair
from automator.plugins.outgoing import check_length
from automator.providers.shared import step_errors
from automator.providers.shared.envelope import Envelope, actor_of, part
from automator.providers.shared.handshakes import echo, may_be_question, query_once
from automator.providers.shared.json_requests import send_json
from automator.providers.shared.message_sequence import send_in_sequence
from automator.providers.shared.options import ApiUrl, LookUpNames, SigningSecrets
from automator.providers.shared.payloads import (
    as_dict,
    as_id,
    as_list,
    as_text,
    content_key,
    id_in,
    join_key,
    json_object,
)
from automator.providers.shared.payloads import event_type as named_type
from automator.reasons import ReasonKind, deliveries, setup_mistakes
from automator.reasons.attempts import platform, sending
from automator.reasons.attempts.providers import message_sent, template_sent
from automator.reasons.attempts.refusals import zalo_renewal_unreadable
from automator.reasons.bodies import zalo_late
from automator.reasons.problems.configuration.connections import option_refresh_without_secret
from automator.reasons.secrets import zalo_secret

# --- Zalo's API, and its errors ---


@record
class ZaloApi:
    """The address of the API, and the account that sends."""

    connection: str
    api_url: str
    #: The base address for templates to phone numbers.
    business_url: str
    tokens: AccessTokens

    async def call(
        self, http: Http, url: str, outgoing: Outgoing, body: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Makes a POST and returns the `data` of its answer; renews a refused token once."""
        key = outgoing.idempotency_key
        return await self._ask(http, "POST", url, body, key=key, now_ms=outgoing.now_ms)

    async def get(self, http: Http, url: str, now_ms: int) -> dict[str, Any]:
        """Makes a GET request, like `call`."""
        return await self._ask(http, "GET", url, None, key="", now_ms=now_ms)

    async def _ask(
        self,
        http: Http,
        method: str,
        url: str,
        body: Mapping[str, Any] | None,
        *,
        key: str,
        now_ms: int,
    ) -> dict[str, Any]:
        token = await self.tokens.access()
        reply = await self._sent(http, method, url, body, key, token)
        if error_code(as_dict(reply.json())) in TOKEN_REFUSED:
            # Zalo has done nothing yet, so the request may be repeated.
            token = await self.tokens.renewed(token)
            reply = await self._sent(http, method, url, body, key, token)
        answer = as_dict(reply.json())
        error = self._error_in(method, reply, answer, now_ms)
        if error is not None:
            raise error
        return as_dict(answer.get("data"))

    async def _sent(
        self,
        http: Http,
        method: str,
        url: str,
        body: Mapping[str, Any] | None,
        key: str,
        token: str,
    ) -> HttpReply:
        headers = {"access_token": token}
        at = "Zalo" if method == "GET" else ""
        return await send_json(
            http, url, body, key=key, method=method, headers=headers, repeatable_at=at
        )

    def _error_in(
        self, method: str, reply: HttpReply, answer: Mapping[str, Any], now_ms: int
    ) -> StepError | None:
        code = error_code(answer)
        if code == 0 and reply.is_success:
            return None
        if code is None and reply.is_success:
            return (
                step_errors.unreadable_look_up("Zalo")
                if method == "GET"
                else step_errors.unreadable("Zalo")
            )
        message = as_text(answer.get("message")) or f"status {reply.status}"
        return error_of(
            code or 0,
            message,
            reply,
            connection=self.connection,
            now_ms=now_ms,
            repeatable=method == "GET",
        )


@record(kw_only=False)
class FixedAccess:
    """The only token of a connection without a refresh token."""

    connection: str
    token: str

    async def access(self) -> str:
        """Returns the token."""
        return self.token

    async def renewed(self, refused: str) -> str:  # noqa: ARG002 - as AccessTokens says.
        """Fails: there is no other token."""
        raise token_refused(self.connection, platform.no_refresh_token())


def error_code(answer: Mapping[str, Any]) -> int | None:
    """Reads the error code of an answer: 0 for a success, None if the answer has none."""
    code = answer.get("error")
    if isinstance(code, str):
        number = whole_number(code.removeprefix("-"))
        code = -number if number and code.startswith("-") else number
    if code is None and isinstance(answer.get("data"), dict):
        return 0
    return code if code.__class__ is int else None


# --- The errors of Zalo's API, which come with status 200 ---

#: The access token was refused: a fresh token may be accepted.
TOKEN_REFUSED = frozenset({-216, -220, -124})
_OUTSIDE_WINDOW = frozenset({-230, -232})
_NOT_REACHABLE = {
    -213: platform.not_following,
    -217: platform.blocked_by_person,
    -227: platform.inactive_person,
    -244: platform.takes_no_such_messages,
    # Templates to phone numbers: without an account, inactive, or refusing such messages.
    **dict.fromkeys((-114, -118, -119, -139, -140, -141), platform.takes_no_such_messages),
}
_TOO_FAST = -32
_QUOTA = frozenset({-211, -144, -147})
_NIGHT = frozenset({-133, -234})
_TEMPORARY = frozenset({-200, -100})
_ACCESS = frozenset(
    {-135, -1351, -204, -205, -209, -212, -219, -221, -223, -224, -240, -242, -320, -321,
     *range(-105, -100)}
)  # fmt: skip
_MINUTE_S = 60.0
#: The zone of the hours at night in which Zalo sends no messages; it has no summer time.
_VIETNAM = timezone(timedelta(hours=7))
_MORNING_HOUR = 6


def error_of(
    code: int, message: str, reply: HttpReply, *, connection: str, now_ms: int, repeatable: bool
) -> StepError:
    """Returns the step error for a code other than 0. At night, `now_ms` decides how long to wait.

    `repeatable` means that a repeated request has no second effect.
    """
    told = platform.platform_says(platform="Zalo", said=message[:300], number=str(code))
    return (
        _skipped(code, told)
        or _passing(code, told, now_ms, reply, repeatable=repeatable)
        or _lasting(code, told, connection, reply.status)
    )


def token_refused(connection: str, told: Reason) -> PermanentError:
    """The error of a connection whose tokens are all refused."""
    return PermanentError(platform.token_expired(connection=connection, told=told))


def _skipped(code: int, told: Reason) -> SkippedStep | None:
    if code in _OUTSIDE_WINDOW:
        return SkippedStep(platform.wrote_too_long_ago(told=told), code="outside_window")
    kind = _NOT_REACHABLE.get(code)
    return SkippedStep(kind(told=told), code="gone") if kind else None


def _passing(
    code: int, told: Reason, now_ms: int, reply: HttpReply, *, repeatable: bool
) -> StepError | None:
    status = reply.status
    if code == _TOO_FAST or status == 429:
        return step_errors.rate_limited("Zalo", told, wait_s=_MINUTE_S, status=status)
    if code in _QUOTA:
        return RetryableError(
            platform.quota(told=told),
            retry_after_s=_until_hour(0, now_ms),
            status=status,
        )
    if code in _NIGHT:
        return RetryableError(
            platform.night(platform="Zalo", told=told),
            retry_after_s=_until_hour(_MORNING_HOUR, now_ms),
            status=status,
        )
    if code in _TEMPORARY or status >= 500:
        return step_errors.failed_there("Zalo", told, reply, repeatable=repeatable)
    return None


def _lasting(code: int, told: Reason, connection: str, status: int) -> PermanentError:
    if code in TOKEN_REFUSED:
        return token_refused(connection, told)
    if code in _ACCESS:
        return PermanentError(
            platform.zalo_access(connection=connection, told=told), code="permission", status=status
        )
    return PermanentError(platform.provider_refused(told=told), status=status)


def _until_hour(hour: int, now_ms: int) -> float:
    """Returns the seconds until the next `hour` o'clock in Vietnam, and one minute more."""
    now = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(_VIETNAM)
    then = now.replace(hour=hour, minute=0, second=0, microsecond=0)
    if then <= now:
        then += timedelta(days=1)
    return (then - now).total_seconds() + _MINUTE_S


# --- The provider ---

logger = logging.getLogger(__name__)
_Digits = Annotated[str, Field(pattern=r"^[0-9]{1,30}$")]
QuickReplies = Literal["text", "buttons"]
Item = dict[str, Any]
#: The type, the dedupe key, the text, and the parts of the event's body.
Reading = tuple[str, str, str | None, dict[str, Any]]
MAX_TEXT = 2000
#: From the documentation of a reseller (eSMS) for consultation messages. Zalo's own documentation
#: was not available, so the limits are not verified.
ZALO_BUTTONS = ButtonLimits(most=5, title=100, payload=1000)
ZALO_TEMPLATES = TemplateKeys(
    takes=frozenset({"id", "data", "phone", "mode"}),
    needs=frozenset({"id"}),
    kinds={"id": (str, int), "data": (dict,), "phone": (str, int)},
)
#: The key of a message with a form, such as `template_type: request_user_info`, which asks for
#: name, phone and address. Forms need no approval by Zalo, but the window applies to them.
FORM = "template_type"
_MENTION = re.compile(r"\[@[^\]]*\]?")
_PICTURES = frozenset({"image", "gif"})
_SERVER = "x-zevent-server"
#: The name of the Zalo server for messages to phone numbers; its events have no user id.
BY_PHONE_SERVER = "zns"
SIGNATURE = "x-zevent-signature"
#: How many digits a time may have: it is in milliseconds since 1970.
MAX_TIME_DIGITS = 13
#: A time in a body, as text or number: the time of the event, or of a part of it.
_TIME = re.compile(rb'"time[sS]tamp"\s*:\s*"?([0-9]{1,%d})["\s,}]' % MAX_TIME_DIGITS)
_MAX_TIMES = 16
_MAC = re.compile(r"mac\s*=\s*([0-9a-f]{64})")
#: How many characters of another account's id are shown in a reason.
_MOST_OF_AN_ID = 40
#: The icon that removes a reaction.
_NO_ICON = "/-remove"
#: The keys of an attachment's payload that are kept besides its address.
_ATTACHMENT_DETAILS = ("thumbnail", "description", "name", "size", "checksum")
#: How many seconds an access token is valid if the answer does not say.
ACCESS_LIVES_S = 90_000


class ZaloOptions(VerifiedOptions):
    """The options of a Zalo connection."""

    app_id: _Digits = Field(description=N_("The app's id, on its page at developers.zalo.me."))
    oa_id: _Digits = Field(
        description=N_("The Official Account's id: events of others are refused.")
    )
    oa_secret: SigningSecrets = Field(
        description=N_("The OA Secret Key of the app's Webhook page; a list while it is rotated.")
    )
    app_secret: SecretOne | None = Field(
        default=None,
        description=N_("The app's secret key: also accepted where Zalo signs with it."),
    )
    access_token: SecretOne | None = Field(
        default=None, description=N_("Needed to answer: the account's access token for this app.")
    )
    refresh_token: SecretOne | None = Field(
        default=None,
        description=N_(
            "Renews the access token, which lives 25 hours, together with app_secret."
            " It is only the first one: the server stores those that follow."
        ),
    )
    quick_replies: QuickReplies = Field(
        default="text",
        description=N_(
            "`text` lists quick replies and buttons below the text; `buttons` sends them as"
            " buttons, whose exact form Zalo does not document for such messages."
        ),
    )
    look_up_names: LookUpNames = True
    api_url: ApiUrl = Field(
        default="https://openapi.zalo.me", description="The API of Official Accounts."
    )
    business_url: ApiUrl = Field(
        default="https://business.openapi.zalo.me",
        description="The API that takes templates for phone numbers.",
    )
    oauth_url: ApiUrl = Field(
        default="https://oauth.zaloapp.com", description="Where tokens are renewed."
    )
    late_after: Duration = Field(
        default=10_800.0,
        ge=60,
        description=N_(
            "An event whose time differs from ours by more than this is accepted, with a remark."
        ),
    )

    @model_validator(mode="after")
    def _can_renew(self) -> "ZaloOptions":
        if self.refresh_token is not None and self.app_secret is None:
            raise WrongValue(option_refresh_without_secret(), at=("refresh_token",))
        return self


class ZaloProvider(Provider):
    """One Official Account, used through one app."""

    name = "zalo"
    title = "Zalo OA"
    customers_write = True
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
    #: Ids are numbers; telephone numbers begin with their country.
    receivers: ClassVar[re.Pattern[str]] = re.compile("[1-9][0-9]*")
    event_names: ClassVar[Mapping[str, str]] = {
        "follow": "contact.followed",
        "unfollow": "contact.unfollowed",
        "user_click_response_button": "button.clicked",
        "user_reacted_message": "reaction.added",
        "user_received_message": "message.delivered",
        "user_seen_message": "message.read",
        "user_send_image": "message.received",
        "user_send_text": "message.received",
        "user_submit_info": "contact.submitted_info",
    }
    #: Messages are free for two days after the person's last one; later ones cost money.
    policy = MessagingPolicy(
        platform="Zalo",
        message_ms=7 * DAY_MS,
        templates_anytime=True,
        template_keys=ZALO_TEMPLATES,
        form_has=FORM,
        asking={
            "request_user_info": Asking(
                N_("asks for name, telephone number and address"),
                N_(
                    "Zalo shows the form, within 7 days of the person's last message, with a"
                    " picture that everybody can open. What they fill in comes as the event"
                    " contact.submitted_info, and a rule for it can remember it."
                ),
                {
                    FORM: "request_user_info",
                    "elements": [
                        {
                            "title": N_("Delivery"),
                            "subtitle": N_("Where shall we send your order?"),
                            "image_url": "https://shop.example/delivery.png",
                        }
                    ],
                },
            )
        },
        message_length=MAX_TEXT,
        buttons=ZALO_BUTTONS,
    )
    common_mistakes: ClassVar[tuple[Reason, ...]] = (
        setup_mistakes.zalo_signs_with_oa_key(),
        setup_mistakes.zalo_key_was_reset(),
    )
    seen_headers = ("num_retry", _SERVER)
    options: ZaloOptions

    def __init__(self, connection: str, options: ConnectionOptions) -> None:
        super().__init__(connection, options)
        self._signature = ZaloSignature(connection, self.options)

    @property
    def chat_address(self) -> ChatAddress | None:
        """Returns the account's address at zalo.me."""
        return ChatAddress(f"https://zalo.me/{self.options.oa_id}")

    def handshake(self, request: InboundRequest) -> Answer | None:
        """Answers the console's test of the address, and stores nothing.

        The test is a POST without an event, usually unsigned, or a GET with a challenge.

        Raises:
            RejectedDelivery: the challenge has unexpected signs.
        """
        if request.method != "POST":
            is_challenge = "hub.challenge" in request.query
            return echo(query_once(request).get("hub.challenge")) if is_challenge else None
        if request.headers.get(SIGNATURE):
            return Answer(200) if request.body.strip() in (b"", b"{}") else None
        return None if _may_carry_event(request) else Answer(200)

    def verify(self, request: InboundRequest) -> Reason | None:
        """Checks X-ZEvent-Signature over the raw bytes, and the account of the event."""
        item = self._signature.verify(request)
        self._require_ours(item)
        happened_at = occurred_at(item)
        away_ms = abs(request.received_at - (happened_at or 0))
        return zalo_late(away=away_ms) if away_ms > self.options.late_after * 1000 else None

    def _require_ours(self, item: Mapping[str, Any]) -> None:
        app = as_id(item.get("app_id"))
        if app is not None and app != self.options.app_id:
            raise RejectedDelivery(deliveries.foreign_app(app=app[:_MOST_OF_AN_ID]))
        account = foreign_oa(item, self.options.oa_id)
        if account is not None:
            # The status is 200, because after a few errors Zalo switches off the webhook of the
            # whole app.
            raise RejectedDelivery(
                deliveries.foreign_oa(account=account[:_MOST_OF_AN_ID]), status=200
            )

    def suspicions(self, request: InboundRequest) -> Sequence[Suspicion]:
        """Suspects that another app has signed, or that oa_secret is the app's key and not the
        account's.
        """
        found = []
        try:
            app = as_id(as_dict(request.json()).get("app_id"))
        except UnparsableDelivery:
            app = None
        if app is not None and app.isascii() and app.isdigit() and app != self.options.app_id:
            options = self.options.model_copy(update={"app_id": app})
            found.append(
                Suspicion(
                    setup_mistakes.zalo_other_app(),
                    type(self)(self.connection, options),
                )
            )
        others = [self.options.app_secret, self.options.access_token, self.options.refresh_token]
        known = {secret.reveal() for secret in others if secret is not None}
        if any(secret.reveal() in known for secret in self.options.oa_secret):
            found.append(
                Suspicion(
                    setup_mistakes.zalo_app_secret(),
                )
            )
        return found

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads the one event of a delivery."""
        envelope = Envelope.of(self, request)
        server = request.headers.get(_SERVER, "")
        event = ZaloEvent.of(envelope, self.options.oa_id, json_object(request), server)
        return [read_zalo_event(event)]

    def is_private(self, outgoing: Outgoing) -> bool:
        """Whether only the receiver sees the message; False for an answer in a group."""
        conversation = as_dict(outgoing.event.get("conversation"))
        return outgoing.kind != "reply" or conversation.get("kind") != "group"

    def receiver_in(self, template: Mapping[str, Any]) -> str | None:
        """Returns the telephone number to which a template of ZBS goes; None if it names none.

        Raises:
            PermanentError: not a telephone number (code `bad_phone`).
        """
        phone = template.get("phone")
        return None if phone in (None, "") else _phone(phone)

    async def send(self, outgoing: Outgoing, http: Http) -> Sent:
        """Answers, writes to a person, or sends a template."""
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
        """Whether Zalo can be asked for the person's name; it does not know anonymous visitors."""
        options = self.options
        has_token = options.access_token is not None or self.tokens is not None
        return options.look_up_names and has_token and names_user(event)

    async def name_of(self, event: Mapping[str, Any], http: Http, now_ms: int) -> str | None:
        """Asks Zalo for the name in the person's profile.

        Raises:
            StepError: Zalo refuses or fails.
        """
        api, person = self._api(), as_dict(event.get("actor")).get("id")
        data = quote(dump_json({"user_id": person}).decode(), safe="")
        profile = await api.get(http, f"{api.api_url}/v3.0/oa/user/detail?data={data}", now_ms)
        return as_text(profile.get("display_name")) or as_text(profile.get("user_alias"))

    def _fixed_access(self) -> AccessTokens:
        token = step_errors.token_of(self.options.access_token, self.connection, "access_token")
        return FixedAccess(self.connection, token)

    def first_tokens(self) -> TokenPair | None:
        """Returns the tokens of the settings, if they have a refresh token."""
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
        """Exchanges the refresh token, which works once, for the next pair of tokens.

        Raises:
            StepError: see Provider.
        """
        form = {"refresh_token": tokens.refresh, "grant_type": "refresh_token"}
        return await _issued(form, http, self.options)

    def consent_address(self, callback: str, state: str, challenge: str) -> str:
        """Returns the address at which Zalo asks an admin; "" without the app's secret key.

        Zalo accepts only the callback in the app's settings.
        """
        if self.options.app_secret is None:
            return ""
        asked = {
            "app_id": self.options.app_id,
            "redirect_uri": callback,
            "code_challenge": challenge,
            "state": state,
        }
        return f"{self.options.oauth_url}/v4/oa/permission?{urlencode(asked)}"

    async def tokens_of_consent(
        self, answer: Mapping[str, str], verifier: str, http: Http
    ) -> TokenPair:
        """Exchanges the code that the admin's browser has brought for tokens. The code works once
        and for ten minutes.

        Raises:
            UsageError, StepError: see Provider.
        """
        code, account = answer.get("code"), answer.get("oa_id")
        if not code or self.options.app_secret is None:
            raise UsageError(N_("Zalo gave no code"), fix=N_("Ask for the rights once more."))
        if account and account != self.options.oa_id:
            raise UsageError(
                N_("another account has granted its rights: {account}"),
                fix=N_("Ask once more, and choose the account with the id {expected}."),
                account=account,
                expected=self.options.oa_id,
            )
        form = {"code": code, "grant_type": "authorization_code", "code_verifier": verifier}
        return await _issued(form, http, self.options)

    def sign(self, body: bytes, *, now_ms: int, delivery_key: str) -> Mapping[str, str]:  # noqa: ARG002 - the time stands in the body, and a delivery has no id.
        """Returns the headers with which Zalo would send `body`."""
        return {"content-type": "application/json", **self._signature.sign(body)}


def _may_carry_event(request: InboundRequest) -> bool:
    """Whether a body may have an event: it names one, or is too long or too odd to look inside."""
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


# --- The signature: plain SHA-256 of app id, body, timestamp and secret ---
#
# It is no HMAC. The app id is the connection's own, not the one in the body: otherwise digits could
# be moved between the app id and the body.


class ZaloSignature:
    """The signatures of one connection, made with an app or account id and one of its secrets."""

    def __init__(self, connection: str, options: ZaloOptions) -> None:
        secrets = [*options.oa_secret, *([options.app_secret] if options.app_secret else [])]
        self._connection = connection
        #: Label, prefix and suffix of each possible signature; the documented one comes first.
        self._ends = [
            (f"{first}_id with {secret.source}", number.encode(), secret.reveal().encode())
            for first, number in (("app", options.app_id), ("oa", options.oa_id))
            for secret in secrets
            # A secret that was left unresolved on purpose is empty.
            if secret.reveal()
        ]
        self._seen_ends: set[str] = set()
        self._signs_with = (options.app_id.encode(), options.oa_secret[0].reveal().encode())

    def verify(self, request: InboundRequest) -> dict[str, Any]:
        """Checks a delivery over its raw bytes and the time in them; returns its event.

        The signed time is in the body, which may not be parsed before it is verified. So the first
        few times in the bytes are tried, and the body is parsed only if one of them fits.

        Raises:
            RejectedDelivery: the header is missing, doubled, malformed or does not match.
        """
        given = _MAC.fullmatch(request.single_header(SIGNATURE))
        times = _times_in(request.body)
        signed = self._signed_time(request.body, times, given[1].encode()) if given else None
        if signed is None:
            raise _refusal(deliveries.bad_signature if times else deliveries.no_signed_time)
        try:
            item = as_dict(request.json())
        except UnparsableDelivery:
            item = {}
        if timestamp_text(item) != signed:
            raise _refusal(deliveries.bad_signature)
        return item

    def sign(self, body: bytes) -> Mapping[str, str]:
        """Returns the header with which Zalo would send `body`."""
        try:
            item = as_dict(parse_json(body))
        except UnparsableDelivery:
            item = {}
        # The secret is empty if references are not resolved; then nobody checks the signature.
        first, secret = self._signs_with
        signed = first + body + (timestamp_text(item) or "").encode() + secret
        return {SIGNATURE: f"mac={hashlib.sha256(signed).hexdigest()}"}

    def _signed_time(self, body: bytes, times: Sequence[bytes], claimed: bytes) -> str | None:
        """Finds which of `times` the body was signed with; None if no time fits.

        The body is hashed once for each app or account id, no matter how many times are tried.
        """
        begun = {first: hashlib.sha256(first + body) for _, first, _ in self._ends}
        for label, first, secret in self._ends:
            for time in times:
                digest = begun[first].copy()
                digest.update(time + secret)
                if hmac.compare_digest(digest.hexdigest().encode(), claimed):
                    if label not in self._seen_ends:
                        self._seen_ends.add(label)
                        logger.info("zalo.signed connection=%s by=%s", self._connection, label)
                    return time.decode()
        return None


def _times_in(body: bytes) -> list[bytes]:
    """Finds the first few values in the bytes that may be the time of the event."""
    found: dict[bytes, None] = {}
    for match in _TIME.finditer(body):
        found[match[1]] = None
        if len(found) >= _MAX_TIMES:
            break
    return list(found)


def _refusal(kind: ReasonKind[...]) -> RejectedDelivery:
    return RejectedDelivery(kind(header="X-ZEvent-Signature", advice=zalo_secret()))


# --- One event of the webhook: its time, and its person, account or group ---
#
# Zalo names the people of an event as sender and recipient, as follower, or by a plain id. The
# person of an event is whoever of them is not the account itself.


@record(kw_only=False)
class ZaloEvent:
    """One event of the webhook, with the values that all readers need."""

    envelope: Envelope
    oa_id: str
    item: Item
    #: Zalo's name for the event, such as `user_send_text`.
    name: str
    #: The event's message; empty if there is none.
    message: Item
    #: The ids of sender and receiver: of a person, the account, a group, or a phone number.
    sender: str | None
    recipient: str | None
    #: The group of the event.
    group: str | None
    #: The event's person, if Zalo names one.
    person: str | None
    #: Whether the event is about a message to a phone number.
    is_by_phone: bool

    @classmethod
    def of(cls, envelope: Envelope, oa_id: str, item: Item, server: str) -> "ZaloEvent":
        """Makes the event of a body; `server` is the name of the sending server, from a header."""
        name = as_text(item.get("event_name")) or "unknown"
        message = as_dict(item.get("message"))
        sender, recipient = _id_of(item.get("sender")), _id_of(item.get("recipient"))
        group = recipient if message and "_group_" in name else as_id(item.get("group_id"))
        is_by_phone = server.lower() == BY_PHONE_SERVER
        person = None
        if not is_by_phone:
            ids = _people(item, sender, None if group else recipient)
            person = next((found for found in ids if found is not None and found != oa_id), None)
        return cls(
            envelope=envelope,
            oa_id=oa_id,
            item=item,
            name=name,
            message=message,
            sender=sender,
            recipient=recipient,
            group=group,
            person=person,
            is_by_phone=is_by_phone,
        )

    @property
    def is_ours(self) -> bool:
        """Whether the account itself acted, by hand or through a program."""
        return self.name.startswith("oa_")

    @property
    def conversation(self) -> dict[str, Any] | None:
        """Returns the conversation: the chat with the person, a group, or an anonymous chat."""
        unnamed = self.message.get("conversation_id") if "anonymous" in self.name else None
        return (
            part(self.group, kind="group")
            or part(as_id(unnamed), kind="anonymous")
            or part(self.person, kind="person")
        )

    def key(self, *parts: Any) -> str:
        """Makes a dedupe key out of ids of this account."""
        return join_key(self.oa_id, self.name, *parts)

    @property
    def content_key(self) -> str:
        """Makes a dedupe key of the whole event, which Zalo repeats unchanged."""
        return content_key(self.oa_id, self.name, value=self.item)


def _people(item: Item, *first: str | None) -> Iterator[str | None]:
    """Yields the ids in an event, the most likely person first, and also the account itself."""
    yield from first
    yield _id_of(item.get("follower"))
    yield as_id(item.get("user_id"))
    yield as_id(as_dict(item.get("data")).get("user_id"))


def _id_of(value: Any) -> str | None:
    return as_id(as_dict(value).get("id"))


def timestamp_text(item: Mapping[str, Any]) -> str | None:
    """Returns the time of an event in digits, as the signature has it; None without a time.

    Zalo writes the time as text in some events and as a number in others.
    """
    value = item.get("timestamp", item.get("timeStamp"))
    if value.__class__ is int:
        value = str(value)
    if not isinstance(value, str) or not value.isascii() or not value.isdigit():
        return None
    return value if len(value) <= MAX_TIME_DIGITS else None


def occurred_at(item: Mapping[str, Any]) -> int | None:
    """Returns the time of an event in milliseconds since 1970."""
    text = timestamp_text(item)
    return (int(text) or None) if text else None


def foreign_oa(item: Mapping[str, Any], oa_id: str) -> str | None:
    """Returns the id of the event's account if it is another one than `oa_id`; else None."""
    named = as_id(item.get("oa_id")) or as_id(item.get("oaId"))
    if named is not None:
        return None if named == oa_id else named
    sender, recipient = _id_of(item.get("sender")), _id_of(item.get("recipient"))
    if sender is None or recipient is None or oa_id in (sender, recipient):
        return None
    name = as_text(item.get("event_name")) or ""
    is_from_person = name.startswith(("user_send_", "user_submit_", "user_reacted_", "anonymous_"))
    return recipient if is_from_person else sender


# --- Readers, by the name that Zalo gives an event ---


def read_zalo_event(event: ZaloEvent) -> ParsedEvent:
    """Reads an event into the common form; an unknown event becomes `zalo.<its name>`."""
    type_, key, text, parts = _reader_of(event.name)(event)
    conversation = event.conversation
    # If a colleague has written, the actor is the account itself.
    actor = event.oa_id if event.is_ours else event.person
    return event.envelope.event(
        type_,
        key,
        event.item,
        text=text,
        actor=actor_of(actor, is_self=event.is_ours),
        lane_id=conversation["id"] if conversation else event.person,
        occurred_at=occurred_at(event.item),
        oa={"id": event.oa_id},
        conversation=conversation,
        **parts,
    )


def _reader_of(name: str) -> Callable[[ZaloEvent], Reading]:
    found = _READERS.get(name)
    if found is not None:
        return found
    if name.startswith(("user_send_", "anonymous_send_")):
        return _read_received
    return _read_sent if name.startswith("oa_send_") else _read_other


def _read_received(event: ZaloEvent) -> Reading:
    type_, key, text, parts = _read_said(event)
    quoted = as_id(event.message.get("quote_msg_id"))
    if quoted:
        parts["parent"] = {"id": quoted}
    return type_, key, text, parts


def _read_sent(event: ZaloEvent) -> Reading:
    _, key, text, parts = _read_said(event)
    admin = as_id(as_dict(event.item.get("sender")).get("admin_id"))
    # Without an admin id, a program has sent it; Zalo does not say whether this server did.
    parts["message"] |= {"admin_id": admin, "sent_by": "human" if admin else "app"}
    return "message.sent", key, text, parts


def _read_said(event: ZaloEvent) -> Reading:
    message = event.message
    number = as_id(message.get("msg_id"))
    key = join_key(event.oa_id, number) if number else event.content_key
    parts = {"message": {"id": number}, "attachments": read_attachments(event.message, event.item)}
    return "message.received", key, as_text(message.get("text")), parts


def _read_delivered(event: ZaloEvent) -> Reading:
    number = as_id(event.message.get("msg_id"))
    key = event.key(number) if number else event.content_key
    parts: dict[str, Any] = {"message": {"id": number}}
    if event.is_by_phone:
        parts["message"]["tracking_id"] = as_id(event.message.get("tracking_id"))
        parts["phone"] = event.recipient
    return "message.delivered", key, None, parts


def _read_seen(event: ZaloEvent) -> Reading:
    ids = sorted(filter(None, map(as_id, as_list(event.message.get("msg_ids")))))
    single = as_id(event.message.get("msg_id"))
    if single and not ids:
        ids = [single]
    key = event.key(*ids, timestamp_text(event.item)) if ids else event.content_key
    parts = {"message": {"id": ids[-1] if ids else None, "ids": ids}}
    return "message.read", key, None, parts


def _read_reaction(event: ZaloEvent) -> Reading:
    number = as_id(event.message.get("msg_id"))
    icon = as_text(event.message.get("react_icon"))
    key = event.key(number, event.sender, icon, timestamp_text(event.item))
    type_ = "reaction.removed" if icon == _NO_ICON else "reaction.added"
    parts = {"message": {"id": number}, "reaction": {"type": icon, "emoji": None}}
    return type_, key if number else event.content_key, None, parts


def _read_followed(event: ZaloEvent) -> Reading:
    type_ = "contact.followed" if event.name == "follow" else "contact.unfollowed"
    key = event.key(event.person, timestamp_text(event.item))
    return type_, key, None, {"source": as_text(event.item.get("source"))}


def _read_submitted(event: ZaloEvent) -> Reading:
    key = event.key(event.person, timestamp_text(event.item))
    info = as_dict(event.item.get("info"))
    place = as_dict(info.get("full_address"))
    # Vietnamese addresses no longer have districts, so their parts have new names.
    known = {
        "name": as_text(info.get("name")),
        "phone": as_id(info.get("phone")),
        "birthday": as_text(info.get("user_dob")),
        "gender": as_text(info.get("gender")),
        "address": as_text(place.get("user_address", info.get("address"))),
        "ward": as_text(place.get("user_ward", info.get("ward"))),
        "district": as_text(info.get("district")),
        "city": as_text(place.get("user_city", info.get("city"))),
    }
    return "contact.submitted_info", key, None, {"info": {**info, **known}}


def _read_clicked(event: ZaloEvent) -> Reading:
    number = as_id(event.item.get("msg_id")) or as_id(event.message.get("msg_id"))
    choice = as_text(event.message.get("data"))
    tracking = as_id(event.message.get("tracking_id"))
    key = event.key(number, choice) if number else event.content_key
    parts = {
        "button": {"id": choice, "title": None},
        "message": {"id": number, "tracking_id": tracking},
    }
    return "button.clicked", key, None, parts


def _read_feedback(event: ZaloEvent) -> Reading:
    number = as_id(event.message.get("msg_id"))
    tracking = as_id(event.message.get("tracking_id"))
    key = event.key(number) if number else event.content_key
    parts = {"message": {"id": number, "tracking_id": tracking}}
    return "zalo.user_feedback", key, as_text(event.message.get("note")), parts


def _read_chat_opened(event: ZaloEvent) -> Reading:
    # Zalo sends this event once for each person, so the time is no part of the key.
    return "zalo.user_click_chatnow", event.key(event.person), None, {}


def _read_other(event: ZaloEvent) -> Reading:
    call = as_id(event.item.get("call_id"))
    key = event.key(call) if call else event.content_key
    parts: dict[str, Any] = {}
    phone = as_id(event.item.get("phone"))
    if phone:
        parts["phone"] = phone
    return named_type("zalo", event.name), key, None, parts


_READERS: Mapping[str, Callable[[ZaloEvent], Reading]] = {
    "user_received_message": _read_delivered,
    "user_seen_message": _read_seen,
    "user_reacted_message": _read_reaction,
    "oa_reacted_message": _read_reaction,
    "follow": _read_followed,
    "unfollow": _read_followed,
    "user_submit_info": _read_submitted,
    "user_click_response_button": _read_clicked,
    "user_feedback": _read_feedback,
    "user_click_chatnow": _read_chat_opened,
    "oa_send_consent": _read_other,
}


def read_attachments(message: Item, item: Item) -> list[dict[str, Any]]:
    """Reads the attachments of a message, which is a part of the event `item`."""
    # Some events have the list next to the message, and a location directly inside the message.
    listed = as_list(message.get("attachments")) or as_list(item.get("attachments"))
    place = message.get("location")
    if isinstance(place, dict):
        listed = [*listed, {"type": "location", "payload": {"coordinates": place}}]
    return [_attachment(one) for one in listed if isinstance(one, dict)]


def _attachment(item: Item) -> dict[str, Any]:
    payload = as_dict(item.get("payload"))
    found: dict[str, Any] = {
        "id": as_id(payload.get("id")),
        "type": as_text(item.get("type")),
        "url": as_text(payload.get("url")),
    }
    found |= {key: payload[key] for key in _ATTACHMENT_DETAILS if payload.get(key)}
    if isinstance(payload.get("coordinates"), dict):
        found["coordinates"] = payload["coordinates"]
    return found


# --- Messages to people, groups, anonymous chats and phone numbers ---
#
# The API does not recognise a repeated request: nothing that may have arrived is sent again.


async def send_through_zalo(
    outgoing: Outgoing, http: Http, api: ZaloApi, quick_replies: QuickReplies
) -> Sent:
    """Sends `outgoing` through the API."""
    template = outgoing.template
    if template is not None and FORM not in template:
        return await _template(outgoing, template, http, api)
    if template is not None:
        pieces = [{"attachment": {"type": "template", "payload": dict(template)}}]
    else:
        pieces = _pieces(outgoing, quick_replies)
    conversation = as_dict(outgoing.event.get("conversation"))
    kind = as_text(conversation.get("kind"))
    place = as_id(conversation.get("id"))
    if outgoing.to is None and place and kind == "group" and outgoing.kind == "reply":
        return await _to_group(outgoing, http, api, place, pieces)
    if outgoing.to is None and place and kind == "anonymous":
        person = id_in(outgoing.event, "actor")
        recipient = {"anonymous_id": person, "conversation_id": place}
        url = f"{api.api_url}/v2.0/oa/message"
        return await _say(outgoing, http, api, url, recipient, pieces, place)
    person = _person(outgoing)
    url = f"{api.api_url}/v3.0/oa/message/cs"
    return await _say(outgoing, http, api, url, {"user_id": person}, pieces, person)


async def _to_group(
    outgoing: Outgoing, http: Http, api: ZaloApi, group: str, pieces: list[dict[str, Any]]
) -> Sent:
    if any("attachment" in piece for piece in pieces):
        raise step_errors.too_much(sending.group_text_alone())
    # A text that repeats a person's words must not notify others, as `[@id]` would in a group.
    texts = [{"text": _MENTION.sub("", piece["text"])} for piece in pieces]
    url = f"{api.api_url}/v3.0/oa/group/message"
    return await _say(outgoing, http, api, url, {"group_id": group}, texts, group)


async def _say(
    outgoing: Outgoing,
    http: Http,
    api: ZaloApi,
    url: str,
    recipient: Mapping[str, Any],
    pieces: list[dict[str, Any]],
    to: str,
) -> Sent:
    async def send(piece: Mapping[str, Any]) -> str | None:
        data = await api.call(http, url, outgoing, {"recipient": recipient, "message": piece})
        return as_id(data.get("message_id"))

    ids = await send_in_sequence(pieces, send)
    return Sent(summary=message_sent(to=to), output={"message_id": ids[0], "ids": ids})


async def _template(
    outgoing: Outgoing, template: Mapping[str, Any], http: Http, api: ZaloApi
) -> Sent:
    number, data = as_id(template.get("id")), template.get("data", {})
    if number is None or not isinstance(data, dict) or set(template) - ZALO_TEMPLATES.takes:
        raise PermanentError(sending.zalo_template(), code="bad_template")
    phone = template.get("phone")
    if phone is None:
        person = _person(outgoing)
        body = {"user_id": person, "template_id": number, "template_data": data}
        url, to = f"{api.api_url}/v3.0/oa/message/template", person
    else:
        to = _phone(phone)
        body = {
            "phone": to,
            "template_id": number,
            "template_data": data,
            "tracking_id": outgoing.idempotency_key,
        }
        if template.get("mode"):
            body["mode"] = template["mode"]
        url = f"{api.business_url}/message/template"
    answer = await api.call(http, url, outgoing, body)
    sent = as_id(answer.get("msg_id")) or as_id(answer.get("message_id"))
    return Sent(summary=template_sent(template=number, to=to), output={"message_id": sent})


def _phone(value: Any) -> str:
    """Returns a phone number in Zalo's form: digits that begin with the country."""
    digits = str(value).replace(" ", "").replace(".", "").replace("-", "").removeprefix("+")
    if not digits.isascii() or not digits.isdigit() or not 8 <= len(digits) <= 15:
        raise PermanentError(sending.not_a_phone_number(number=str(value)[:40]), code="bad_phone")
    return f"84{digits[1:]}" if digits.startswith("0") else digits


def _person(outgoing: Outgoing) -> str:
    if outgoing.to is not None:
        found = as_id(outgoing.to)
    else:
        conversation = as_dict(outgoing.event.get("conversation"))
        is_with_person = conversation.get("kind") == "person"
        found = as_id(conversation.get("id")) if is_with_person else id_in(outgoing.event, "actor")
    if found is None:
        raise step_errors.no_recipient(sending.zalo_person_not_told())
    return found


def _pieces(outgoing: Outgoing, quick_replies: QuickReplies) -> list[dict[str, Any]]:
    """Builds the messages to send: first each picture on its own, then the text."""
    pieces: list[dict[str, Any]] = [{"attachment": _picture(item)} for item in outgoing.attachments]
    text = outgoing.text
    if outgoing.quick_replies and quick_replies == "text":
        text = "\n".join([text, *(f"• {title}" for title in outgoing.quick_replies)]).strip()
    if outgoing.buttons and quick_replies == "text":
        lines = (f"• {item['text']}{_address(item)}" for item in outgoing.buttons)
        text = "\n".join([text, *lines]).strip()
    check_length(text, MAX_TEXT, "Zalo")
    if text:
        pieces.append({"text": text})
    if not pieces:
        raise step_errors.nothing_to_say()
    if (outgoing.quick_replies or outgoing.buttons) and quick_replies == "buttons":
        if not text:
            raise PermanentError(sending.buttons_without_text(), code="nothing_to_say")
        buttons = [
            {"title": title, "type": "oa.query.show", "payload": title}
            for title in outgoing.quick_replies
        ]
        buttons += [_button(item) for item in outgoing.buttons]
        pieces[-1]["attachment"] = {"type": "template", "payload": {"buttons": buttons}}
    return pieces


def _button(item: Mapping[str, str]) -> dict[str, Any]:
    if "url" in item:
        return {"title": item["text"], "type": "oa.open.url", "payload": {"url": item["url"]}}
    return {"title": item["text"], "type": "oa.query.hide", "payload": item["payload"]}


def _address(item: Mapping[str, str]) -> str:
    """Returns the address of a button that is written as a line of text."""
    return f": {item['url']}" if "url" in item else ""


def _picture(item: Mapping[str, Any]) -> dict[str, Any]:
    kind = item.get("type")
    if kind not in _PICTURES:
        raise step_errors.not_possible(sending.no_such_attachment(kind=str(kind)))
    element = {"media_type": kind, "url": item.get("url")}
    return {"type": "template", "payload": {"template_type": "media", "elements": [element]}}


# --- The names of people who write to an Official Account ---
#
# Events carry only an id. `GET /v3.0/oa/user/detail` gives the profile of a person who has dealt
# with the account:
# https://developers.zalo.me/docs/official-account/quan-ly/quan-ly-thong-tin-nguoi-dung


def names_user(event: Mapping[str, Any]) -> bool:
    """Whether the actor of an event is a user, not the account or an anonymous visitor."""
    actor, conversation = as_dict(event.get("actor")), as_dict(event.get("conversation"))
    is_person = as_id(actor.get("id")) is not None and not actor.get("is_self")
    return is_person and conversation.get("kind") != "anonymous"


# --- Tokens: access for 25 hours, and refresh tokens and codes that work once ---


async def _issued(form: Mapping[str, str], http: Http, options: ZaloOptions) -> TokenPair:
    """Returns the tokens for a refresh token or a code.

    Raises:
        RetryableError: the refresh token or the code was not used.
        PermanentError: it is refused.
        UnknownOutcome: it is unknown whether it was used.
    """
    secret = options.app_secret.reveal() if options.app_secret else ""
    headers = {"secret_key": secret, "content-type": "application/x-www-form-urlencoded"}
    body = urlencode({**form, "app_id": options.app_id}).encode()
    url = f"{options.oauth_url}/v4/oa/access_token"
    try:
        reply = await http.request("POST", url, headers=headers, body=body)
    except PermanentError as error:
        # The address guard refused the request, so nothing was sent.
        raise RetryableError(error.reason, code=error.code) from error
    answer = as_dict(reply.json())
    access, refresh = as_text(answer.get("access_token")), as_text(answer.get("refresh_token"))
    if access and refresh:
        return TokenPair(access=access, refresh=refresh, lives_s=_seconds(answer.get("expires_in")))
    code = error_code(answer)
    if not code:
        raise UnknownOutcome(zalo_renewal_unreadable(status=reply.status), code=UnknownOutcome.code)
    words = as_text(answer.get("error_description")) or as_text(answer.get("error_name")) or "?"
    told = platform.platform_says(
        platform="Zalo", said=words[: step_errors.MAX_SAID], number=str(code)
    )
    if code == _TOO_FAST:
        raise step_errors.rate_limited("Zalo", told, wait_s=_MINUTE_S, status=reply.status)
    raise PermanentError(told, code="token_expired")


def _seconds(value: object) -> int:
    seconds = whole_number(str(value))
    return ACCESS_LIVES_S if seconds is None else seconds
