"""Problems of the options of a connection in automator.yaml."""

from collections.abc import Sequence

from automator.model import N_, Reason
from automator.reasons.kind import problem


@problem(
    "wrong-value",
    N_("at least one secret is needed"),
    N_("write one such as env:NAME or file:PATH."),
)
def option_no_secret_at_all() -> None: ...
@problem(
    "wrong-value",
    N_("'{text}' is not the path of a value"),
    N_("write one such as body.card, body.messages[].phone or query.email"),
)
def option_not_a_redact_path(*, text: str) -> None: ...
@problem(
    "wrong-value",
    N_("a connection that verifies nothing cannot have `redact`"),
    N_("let the sender prove itself: its secret also keeps repeats apart from new deliveries"),
)
def option_redact_without_secret() -> None: ...
@problem(
    "wrong-value",
    N_("the secret {source} has fewer than {least} bytes, which can be guessed"),
    N_("set a longer one at the sender and here"),
)
def option_secret_too_short(*, source: str, least: int) -> None: ...
@problem(
    "wrong-value", N_("'{address}' would carry a token unprotected"), N_("begin it with https://")
)
def option_token_unprotected(*, address: str) -> None: ...
@problem(
    "wrong-value",
    N_("`{option}` and `{several}` both name {account}, which then has two tokens"),
    N_("keep the one that already has contacts, and remove the other"),
)
def option_account_named_twice(*, option: str, several: str, account: str) -> None: ...
@problem(
    "wrong-value",
    N_("beside `{several}` it is unclear to which of them `{token}` belongs"),
    N_("write its id as `{option}`, or move the token into `{several}`"),
)
def option_account_of_token_unknown(*, several: str, token: str, option: str) -> None: ...
@problem(
    "wrong-value",
    N_("Messenger shows a menu only where there is a button “Get Started”"),
    N_("add the text that comes back when somebody taps it, as in get_started: START."),
)
def option_menu_needs_get_started() -> None: ...
@problem(
    "too-much",
    N_("here are {count:number} of these, and the platform takes {most:number}"),
    N_("take the others out."),
)
def option_profile_too_many(*, count: int, most: int) -> None: ...
@problem(
    "unknown-name",
    N_("people would read {written}: nothing is filled in for it here"),
    N_("write one of these, which Messenger fills in: {known:list}."),
)
def option_greeting_placeholder(*, written: str, known: Sequence[str]) -> None: ...
@problem(
    "wrong-value",
    N_("people who use another language get no `{part}`: it stands under `locales` alone"),
    N_("write it beside `locales` as well, for everybody else."),
)
def option_locale_without_default(*, part: Reason) -> None: ...
@problem(
    "wrong-value", N_("'{written}' is no locale of the platform"), N_("write it as in {example}.")
)
def option_not_a_locale(*, written: str, example: str) -> None: ...
@problem(
    "profile-without-token",
    N_("nobody can set this profile: {connection} has no token of an account"),
    N_("add the token with which it answers."),
)
def option_profile_without_token(*, connection: str) -> None: ...
@problem(
    "press-unanswered",
    N_("people who tap '{title}' get no answer: no rule takes '{payload}' of {connection}"),
    N_(
        "write a rule with trigger: {{event: button.clicked}} and the condition event.button.id =="
        " '{payload}'."
    ),
)
def option_press_unanswered(*, title: str, payload: str, connection: str) -> None: ...
@problem(
    "press-unanswered",
    N_("people who choose '{title}' get no answer: no rule takes {payload} of {connection}"),
    N_(
        "write a rule with trigger: {{event: message.received}} and the condition event.command.id"
        " == '{payload}'."
    ),
)
def option_command_unanswered(*, title: str, payload: str, connection: str) -> None: ...
@problem(
    "wrong-value",
    N_("'{written}' is no command of a bot"),
    N_("write up to 32 of the letters a to z, digits and _, as in gia."),
)
def option_not_a_command(*, written: str) -> None: ...
@problem(
    "wrong-value",
    N_("'{text}' is no public key"),
    N_("copy it from General Information, which shows it with 64 hex digits"),
)
def option_not_a_public_key(*, text: str) -> None: ...
@problem(
    "wrong-value", N_("'{address}' is no plain address"), N_("write it as in https://shop.example")
)
def option_not_a_plain_address(*, address: str) -> None: ...
@problem(
    "wrong-value",
    N_("the secret {source} is not 64 hex digits"),
    N_("make one: openssl rand -hex 32"),
)
def option_not_a_simulator_key(*, source: str) -> None: ...
@problem(
    "wrong-value",
    N_("the secret {source} is no webhook's address"),
    N_(
        "copy it from the settings of the Discord server, which show it as"
        " https://discord.com/api/webhooks/…/…"
    ),
)
def option_not_a_discord_webhook(*, source: str) -> None: ...
@problem(
    "wrong-value",
    N_("it does not say how the sender proves itself"),
    N_(
        "write {{hmac: sha256, header: …, secret: …}}, {{token: …}}, {{basic: …, password: …}} or"
        " {{none: true}}; `observe` is a part of it, as in {{hmac: sha256, header: …, secret: …,"
        " mode: observe}}"
    ),
)
def option_not_a_check() -> None: ...
@problem(
    "wrong-value",
    N_(
        "this is an expression over body, item, headers, query and request, and '{name}' is none of"
        " them"
    ),
    N_("write \"'{text}'\" for the text itself, or a path such as body.{name}."),
)
def option_not_a_part(*, name: str, text: str) -> None: ...
@problem("wrong-value", N_("'{text}' is not a header's name"), N_("write one such as x-signature"))
def option_not_a_header(*, text: str) -> None: ...
@problem(
    "wrong-value",
    N_("`parent` is what the events of a `split` share, and there is no `split`"),
    N_("name the list in `split`, or remove `parent`: event.data is the whole body then."),
)
def option_parent_without_split() -> None: ...
@problem(
    "header-not-shown",
    N_("rules do not see the header {name}, which proves the sender or may hold a secret"),
    N_("remove it from `headers`"),
)
def option_header_not_shown(*, name: str) -> None: ...
@problem(
    "wrong-value",
    N_("the header of an answer is sent as it is written: only `body` is a template"),
    N_("write the value itself, or put it into `body`."),
)
def option_header_no_template() -> None: ...
@problem(
    "wrong-value",
    N_("an answer with the status {status} has no body"),
    N_("remove `body`, or write another status."),
)
def option_answer_without_body(*, status: int) -> None: ...
@problem(
    "answer-fixed",
    N_("{provider:text} reads a certain answer, and this server gives it"),
    N_("remove `answer`."),
)
def option_answer_fixed(*, provider: str) -> None: ...
@problem(
    "unknown-name",
    N_("the template of an answer sees `event` alone, and not '{name}'"),
    N_("write a path such as event.data.id, event.delivery or event.ids."),
)
def option_answer_unknown_name(*, name: str) -> None: ...
@problem(
    "wrong-value",
    N_("'{text}' does not name the signed text"),
    N_("write {{body}} once, or the values of the body that are signed, as in {{body.order.id}}"),
)
def option_signed_without_body(*, text: str) -> None: ...
@problem(
    "wrong-value",
    N_("'signed' has the {name}, and nothing says where the sender writes it"),
    N_("name its header in verify.{name}_header, or give it a place in verify.format"),
)
def option_signed_without_header(*, name: str) -> None: ...
@problem(
    "wrong-value",
    N_("the {name} beside the signature proves nothing unless it is signed"),
    N_('write it into signed, as in "{{timestamp}}.{{body}}"'),
)
def option_part_unsigned(*, name: str) -> None: ...
@problem(
    "wrong-value",
    N_("'signed' has {placeholder}, which is nothing that a sender signs"),
    N_(
        "write {{body}}, {{timestamp}}, {{id}}, {{url}}, {{method}}, or a value as in"
        " {{headers.x-topic}}, {{query.shop}} or {{body.order.id}}"
    ),
)
def option_not_signable(*, placeholder: str) -> None: ...
@problem(
    "wrong-value",
    N_("'{text}' is no form of a header with a signature"),
    N_("write it as in t={{timestamp}},v1={{signature}}, and without `prefix` beside it"),
)
def option_not_a_format(*, text: str) -> None: ...
@problem(
    "wrong-value",
    N_("it does not say where the signature is"),
    N_("name its header in verify.header, or its place in the body in verify.field"),
)
def option_signature_without_place() -> None: ...
@problem(
    "wrong-value",
    N_("the secret {source} is no bot token"),
    N_("copy it from BotFather, which shows it as 123456789:AA…"),
)
def option_not_a_bot_token(*, source: str) -> None: ...
@problem(
    "wrong-value",
    N_("'{address}' is not https://host/path without a query"),
    N_("write it as the settings at the sender show it, without the '?' and the text behind it"),
)
def option_not_a_hooks_address(*, address: str) -> None: ...
@problem(
    "wrong-value",
    N_("the connection has no secret to verify with"),
    N_("write auth_token, or shared_key, or both"),
)
def option_twilio_without_secret() -> None: ...
@problem(
    "no-address",
    N_("the sender signs the address that it calls, and this connection does not know its own"),
    N_("Set `public_url` of automator.yaml, or `url` of the connection."),
)
def option_address_unknown() -> None: ...
@problem(
    "wrong-value",
    N_("the secret {source} is no EncodingAESKey, which has 43 signs"),
    N_("copy it from Basic configuration of the account"),
)
def option_not_an_aes_key(*, source: str) -> None: ...
@problem("wrong-value", N_("encoding_aes_key needs app_id"), N_("add the account's AppID"))
def option_aes_key_without_app() -> None: ...
@problem(
    "wrong-value",
    N_("refresh_token needs app_secret, with which Zalo lets it be used"),
    N_("add the app's secret key as app_secret"),
)
def option_refresh_without_secret() -> None: ...
