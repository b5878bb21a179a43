"""Problems of the options of a connection, as its provider judges them."""

from automator.model import N_
from automator.reasons.kind import problem_kind

NO_SECRET_AT_ALL = problem_kind(
    "option_no_secret_at_all",
    "wrong-value",
    N_("at least one secret is needed"),
    N_("write one such as env:NAME or file:PATH."),
)
SECRET_TOO_SHORT = problem_kind(
    "option_secret_too_short",
    "wrong-value",
    N_("the secret {source} has fewer than {least} bytes, which can be guessed"),
    N_("set a longer one at the sender and here"),
)
TOKEN_UNPROTECTED = problem_kind(
    "option_token_unprotected",
    "wrong-value",
    N_("'{address}' would carry a token unprotected"),
    N_("begin it with https://"),
)
ACCOUNT_NAMED_TWICE = problem_kind(
    "option_account_named_twice",
    "wrong-value",
    N_("`{option}` and `{several}` both name {account}, which then has two tokens"),
    N_("keep the one that already has contacts, and remove the other"),
)
ACCOUNT_OF_TOKEN_UNKNOWN = problem_kind(
    "option_account_of_token_unknown",
    "wrong-value",
    N_("beside `{several}` it is unclear to which of them `{token}` belongs"),
    N_("write its id as `{option}`, or move the token into `{several}`"),
)
MENU_NEEDS_GET_STARTED = problem_kind(
    "option_menu_needs_get_started",
    "wrong-value",
    N_("Messenger shows a menu only where there is a button “Get Started”"),
    N_("add the text that comes back when somebody taps it, as in get_started: START."),
)
PROFILE_TOO_MANY = problem_kind(
    "option_profile_too_many",
    "too-much",
    N_("here are {count:number} of these, and the platform takes {most:number}"),
    N_("take the others out."),
)
GREETING_PLACEHOLDER = problem_kind(
    "option_greeting_placeholder",
    "unknown-name",
    N_("people would read {written}: nothing is filled in for it here"),
    N_("write one of these, which Messenger fills in: {known:list}."),
)
LOCALE_WITHOUT_DEFAULT = problem_kind(
    "option_locale_without_default",
    "wrong-value",
    N_("people who use another language get no `{part}`: it stands under `locales` alone"),
    N_("write it beside `locales` as well, for everybody else."),
)
NOT_A_LOCALE = problem_kind(
    "option_not_a_locale",
    "wrong-value",
    N_("'{written}' is no locale of the platform"),
    N_("write it as in {example}."),
)
PROFILE_WITHOUT_TOKEN = problem_kind(
    "option_profile_without_token",
    "profile-without-token",
    N_("nobody can set this profile: {connection} has no token of an account"),
    N_("add the token with which it answers."),
)
PRESS_UNANSWERED = problem_kind(
    "option_press_unanswered",
    "press-unanswered",
    N_("people who tap '{title}' get no answer: no rule takes '{payload}' of {connection}"),
    N_(
        "write a rule with trigger: {{event: button.clicked}} and the condition event.button.id =="
        " '{payload}'."
    ),
)
COMMAND_UNANSWERED = problem_kind(
    "option_command_unanswered",
    "press-unanswered",
    N_("people who choose '{title}' get no answer: no rule takes {payload} of {connection}"),
    N_(
        "write a rule with trigger: {{event: message.received}} and the condition event.command.id"
        " == '{payload}'."
    ),
)
NOT_A_COMMAND = problem_kind(
    "option_not_a_command",
    "wrong-value",
    N_("'{written}' is no command of a bot"),
    N_("write up to 32 of the letters a to z, digits and _, as in gia."),
)
NOT_A_PUBLIC_KEY = problem_kind(
    "option_not_a_public_key",
    "wrong-value",
    N_("'{text}' is no public key"),
    N_("copy it from General Information, which shows it with 64 hex digits"),
)
NOT_A_PLAIN_ADDRESS = problem_kind(
    "option_not_a_plain_address",
    "wrong-value",
    N_("'{address}' is no plain address"),
    N_("write it as in https://shop.example"),
)
NOT_A_SIMULATOR_KEY = problem_kind(
    "option_not_a_simulator_key",
    "wrong-value",
    N_("the secret {source} is not 64 hex digits"),
    N_("make one: openssl rand -hex 32"),
)
NOT_A_DISCORD_WEBHOOK = problem_kind(
    "option_not_a_discord_webhook",
    "wrong-value",
    N_("the secret {source} is no webhook's address"),
    N_(
        "copy it from the settings of the Discord server, which show it as"
        " https://discord.com/api/webhooks/…/…"
    ),
)
NOT_A_CHECK = problem_kind(
    "option_not_a_check",
    "wrong-value",
    N_("it does not say how the sender proves itself"),
    N_(
        "write {{hmac: sha256, header: …, secret: …}}, {{token: …}}, {{basic: …, password: …}} or"
        " {{none: true}}; `observe` is a part of it, as in {{hmac: sha256, header: …, secret: …,"
        " mode: observe}}"
    ),
)
NOT_A_PART = problem_kind(
    "option_not_a_part",
    "wrong-value",
    N_("this is an expression over body, item, headers and query, and '{name}' is none of them"),
    N_("write \"'{text}'\" for the text itself, or a path such as body.{name}."),
)
NOT_A_SIGNATURE_HEADER = problem_kind(
    "option_not_a_header",
    "wrong-value",
    N_("'{text}' is not a header's name"),
    N_("write one such as x-signature"),
)
SIGNED_WITHOUT_BODY = problem_kind(
    "option_signed_without_body",
    "wrong-value",
    N_("'{text}' does not name the signed text"),
    N_("write {{body}} once, and {{timestamp}} where the time stands"),
)
SIGNED_WITHOUT_HEADER = problem_kind(
    "option_signed_without_header",
    "wrong-value",
    N_("'signed' has {{timestamp}}, and no header is known that has the time"),
    N_("name its header in verify.timestamp_header"),
)
TIMESTAMP_UNSIGNED = problem_kind(
    "option_timestamp_unsigned",
    "wrong-value",
    N_("verify.timestamp_header proves nothing unless it is signed"),
    N_('write it into signed, as in "{{timestamp}}.{{body}}"'),
)
NOT_A_BOT_TOKEN = problem_kind(
    "option_not_a_bot_token",
    "wrong-value",
    N_("the secret {source} is no bot token"),
    N_("copy it from BotFather, which shows it as 123456789:AA…"),
)
NOT_TWILIOS_ADDRESS = problem_kind(
    "option_not_twilios_address",
    "wrong-value",
    N_("'{address}' is not https://host/path without a query"),
    N_("write it as Twilio's console shows it, without the '?' and the text behind it"),
)
TWILIO_WITHOUT_SECRET = problem_kind(
    "option_twilio_without_secret",
    "wrong-value",
    N_("the connection has no secret to verify with"),
    N_("write auth_token, or shared_key, or both"),
)
ADDRESS_UNKNOWN = problem_kind(
    "option_address_unknown",
    "no-address",
    N_("Twilio signs the address that it calls, and this connection does not know its own"),
    N_("Set `public_url` of automator.yaml, or `url` of the connection."),
)
NOT_AN_AES_KEY = problem_kind(
    "option_not_an_aes_key",
    "wrong-value",
    N_("the secret {source} is no EncodingAESKey, which has 43 signs"),
    N_("copy it from Basic configuration of the account"),
)
AES_KEY_WITHOUT_APP = problem_kind(
    "option_aes_key_without_app",
    "wrong-value",
    N_("encoding_aes_key needs app_id"),
    N_("add the account's AppID"),
)
REFRESH_WITHOUT_SECRET = problem_kind(
    "option_refresh_without_secret",
    "wrong-value",
    N_("refresh_token needs app_secret, with which Zalo lets it be used"),
    N_("add the app's secret key as app_secret"),
)
