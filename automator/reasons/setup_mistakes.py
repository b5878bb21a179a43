"""Frequent mistakes in setting up a sender, its app and its secrets."""

from automator.model import N_
from automator.reasons.kind import reason


@reason(
    N_(
        "Zalo signs with the OA Secret Key, which stands on the app's Webhook page: it is"
        " neither the app's secret key nor a token."
    )
)
def zalo_signs_with_oa_key() -> None: ...
@reason(
    N_(
        "The button Reset of the Webhook page makes a new OA Secret Key, and the old one"
        " ends at once."
    )
)
def zalo_key_was_reset() -> None: ...
@reason(
    N_("The secret is right, but the event is of another app than app_id names."),
    N_("Write the id of the app whose Webhook page has this address into app_id."),
)
def zalo_other_app() -> None: ...
@reason(
    N_("oa_secret is the app's secret key or a token: Zalo signs with the OA Secret Key."),
    N_("Copy the OA Secret Key from the app's Webhook page into oa_secret."),
)
def zalo_app_secret() -> None: ...
@reason(N_("The public key is that of another app: compare it with General Information."))
def discord_other_app() -> None: ...
@reason(N_("`automator send` has no key: set simulator_key in the connection."))
def discord_no_simulator_key() -> None: ...
@reason(N_("A later setWebhook replaces the secret_token: compare it with the last one."))
def telegram_replaced_token() -> None: ...
@reason(
    N_(
        "Telegram sent an update without a secret token: setWebhook was called without"
        " secret_token."
    ),
    N_("Call setWebhook again, with secret_token as in the connection."),
)
def telegram_without_token() -> None: ...
@reason(
    N_("An app with Instagram Login signs with its Instagram app secret: list both in app_secret.")
)
def meta_instagram_secret() -> None: ...
@reason(
    N_("The signature covers the body with its letters escaped, but they came as UTF-8."),
    N_("Set accept_escaped: true, or have the proxy pass the body unchanged."),
)
def meta_escaped_letters() -> None: ...
@reason(
    N_(
        "Each Slack app has a signing secret of its own: compare the app under Basic"
        " Information with the one whose Request URL has this address."
    )
)
def slack_other_app() -> None: ...
@reason(
    N_(
        "signing_secret is the verification token, which Slack writes into the body and"
        " does not sign with."
    ),
    N_("Copy the Signing Secret, which stands above it in Basic Information."),
)
def slack_verification_token() -> None: ...
@reason(
    N_(
        "WeChat signs with the Token of Basic configuration, which you have chosen: it is"
        " neither the AppSecret nor the EncodingAESKey."
    )
)
def wechat_signs_with_token() -> None: ...
@reason(
    N_("token is too long for one: it looks like the EncodingAESKey."),
    N_("Write the Token of Basic configuration, which you have chosen yourself, into token."),
)
def wechat_aes_key() -> None: ...
@reason(
    N_(
        "LINE signs with the channel secret of Basic settings: it is neither the channel"
        " access token nor the channel id."
    )
)
def line_signs_with_secret() -> None: ...
@reason(N_("A LINE Login channel has a secret of its own: use that of the Messaging API channel."))
def line_login_channel() -> None: ...
@reason(
    N_("channel_secret is too long for one: it looks like the channel access token."),
    N_("Copy the Channel secret from Basic settings into channel_secret."),
)
def line_access_token() -> None: ...
@reason(
    N_("It is signed for {address}, and the address of this connection is {known}."),
    N_("Write {address} as `url` of the connection, or give the sender the other address."),
)
def signed_address(*, address: str, known: str) -> None: ...
