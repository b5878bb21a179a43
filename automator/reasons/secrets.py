"""Places of the secret of each sender: the advice of a refusal whose signature is wrong."""

from automator.model import N_
from automator.reasons.kind import reason_kind

META_SECRET = reason_kind(
    "meta_secret", N_("Copy the app secret from App settings → Basic into app_secret.")
)
ZALO_SECRET = reason_kind(
    "zalo_secret",
    N_(
        "Copy the OA Secret Key from the app's Webhook page into oa_secret, and compare app_id"
        " and oa_id."
    ),
)
TELEGRAM_SECRET = reason_kind(
    "telegram_secret",
    N_("Call setWebhook again with the same secret_token as in the connection."),
)
LINE_SECRET = reason_kind(
    "line_secret", N_("Copy the channel secret from Basic settings into channel_secret.")
)
SLACK_SECRET = reason_kind(
    "slack_secret",
    N_("Copy the signing secret from the app's Basic Information into signing_secret."),
)
DISCORD_KEY = reason_kind(
    "discord_key", N_("Copy the Public Key from the app's General Information into public_key.")
)
X_SECRET = reason_kind(
    "x_secret", N_("Copy the API Key Secret of the app's Keys and tokens into consumer_secret.")
)
ZOOM_SECRET = reason_kind(
    "zoom_secret",
    N_("Copy the Secret Token from the app's page Feature → Event Subscriptions into secret."),
)
DROPBOX_SECRET = reason_kind(
    "dropbox_secret", N_("Copy the App secret from the app's Settings page into secret.")
)
GITHUB_SECRET = reason_kind(
    "github_secret",
    N_("Copy this connection's secret into GitHub: Settings → Webhooks → Secret."),
)
GITLAB_SECRET = reason_kind(
    "gitlab_secret", N_("Write the same secret token here and under Settings → Webhooks.")
)
SHOPIFY_SECRET = reason_kind(
    "shopify_secret",
    N_(
        "Copy the app's client secret into secret; for webhooks made in the shop's own settings,"
        " the key that is shown below them. A new secret may take an hour to be used: list both."
    ),
)
STRIPE_SECRET = reason_kind(
    "stripe_secret",
    N_(
        "Copy the signing secret of this very endpoint, whsec_…, into secret: each endpoint has its"
        " own, and so has `stripe listen`."
    ),
)
TWITCH_SECRET = reason_kind(
    "twitch_secret",
    N_("Write the same secret here and into `transport.secret` of the subscription."),
)
WEBSUB_SECRET = reason_kind(
    "websub_secret", N_("Subscribe again with the same text as hub.secret as here.")
)
STANDARD_SECRET = reason_kind(
    "standard_secret",
    N_("Copy the secret that the sender shows for this endpoint into secret."),
)
SAME_SECRET = reason_kind(
    "same_secret",
    N_("Use the same secret here and at the sender, and check verify and signed."),
)
