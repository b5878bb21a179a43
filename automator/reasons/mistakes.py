"""Frequent mistakes with a sender, which its provider suspects or that nothing can prove."""

from automator.model import N_
from automator.reasons.kind import reason_kind

ZALO_SIGNS_WITH_OA_KEY = reason_kind(
    "zalo_signs_with_oa_key",
    N_(
        "Zalo signs with the OA Secret Key, which stands on the app's Webhook page: it is"
        " neither the app's secret key nor a token."
    ),
)
ZALO_KEY_WAS_RESET = reason_kind(
    "zalo_key_was_reset",
    N_(
        "The button Reset of the Webhook page makes a new OA Secret Key, and the old one"
        " ends at once."
    ),
)
ZALO_OTHER_APP = reason_kind(
    "zalo_other_app",
    N_("The secret is right, but the event is of another app than app_id names."),
    N_("Write the id of the app whose Webhook page has this address into app_id."),
)
ZALO_APP_SECRET = reason_kind(
    "zalo_app_secret",
    N_("oa_secret is the app's secret key or a token: Zalo signs with the OA Secret Key."),
    N_("Copy the OA Secret Key from the app's Webhook page into oa_secret."),
)
DISCORD_OTHER_APP = reason_kind(
    "discord_other_app",
    N_("The public key is that of another app: compare it with General Information."),
)
DISCORD_NO_SIMULATOR_KEY = reason_kind(
    "discord_no_simulator_key",
    N_("`automator send` has no key: set simulator_key in the connection."),
)
TELEGRAM_REPLACED_TOKEN = reason_kind(
    "telegram_replaced_token",
    N_("A later setWebhook replaces the secret_token: compare it with the last one."),
)
TELEGRAM_WITHOUT_TOKEN = reason_kind(
    "telegram_without_token",
    N_(
        "Telegram sent an update without a secret token: setWebhook was called without"
        " secret_token."
    ),
    N_("Call setWebhook again, with secret_token as in the connection."),
)
META_INSTAGRAM_SECRET = reason_kind(
    "meta_instagram_secret",
    N_("An app with Instagram Login signs with its Instagram app secret: list both in app_secret."),
)
META_ESCAPED_LETTERS = reason_kind(
    "meta_escaped_letters",
    N_("The signature covers the body with its letters escaped, but they came as UTF-8."),
    N_("Set accept_escaped: true, or have the proxy pass the body unchanged."),
)
SLACK_OTHER_APP = reason_kind(
    "slack_other_app",
    N_(
        "Each Slack app has a signing secret of its own: compare the app under Basic"
        " Information with the one whose Request URL has this address."
    ),
)
SLACK_VERIFICATION_TOKEN = reason_kind(
    "slack_verification_token",
    N_(
        "signing_secret is the verification token, which Slack writes into the body and"
        " does not sign with."
    ),
    N_("Copy the Signing Secret, which stands above it in Basic Information."),
)
WECHAT_SIGNS_WITH_TOKEN = reason_kind(
    "wechat_signs_with_token",
    N_(
        "WeChat signs with the Token of Basic configuration, which you have chosen: it is"
        " neither the AppSecret nor the EncodingAESKey."
    ),
)
WECHAT_AES_KEY = reason_kind(
    "wechat_aes_key",
    N_("token is too long for one: it looks like the EncodingAESKey."),
    N_("Write the Token of Basic configuration, which you have chosen yourself, into token."),
)
LINE_SIGNS_WITH_SECRET = reason_kind(
    "line_signs_with_secret",
    N_(
        "LINE signs with the channel secret of Basic settings: it is neither the channel"
        " access token nor the channel id."
    ),
)
LINE_LOGIN_CHANNEL = reason_kind(
    "line_login_channel",
    N_("A LINE Login channel has a secret of its own: use that of the Messaging API channel."),
)
LINE_ACCESS_TOKEN = reason_kind(
    "line_access_token",
    N_("channel_secret is too long for one: it looks like the channel access token."),
    N_("Copy the Channel secret from Basic settings into channel_secret."),
)
