"""Lists the steps that people do at each provider before its events arrive.

The names of menus are as of November 2026; providers change them now and then.
"""

from automator.model import N_

#: A step of several providers; the steps from here on remain after a connection is saved.
_ADDRESS = N_("Paste the address of this connection there, as shown on this page.")
_META = (
    N_("At developers.facebook.com, create an app of the kind Business, or open yours."),
    N_("Copy the app secret from App settings → Basic into the field here."),
)
_HTTPS = N_(
    "Give this server an https address first: a name of yours that leads to it, and a proxy such as"
    " Caddy that gets the certificate. The how-to guide “Deploy” shows both."
)
_REVIEW = N_(
    "Switch the app to Live. For comments and messages by everybody, ask Meta under App Review for"
    " Advanced Access to its permissions; until then only events by people of the app come in."
)
_SAVE = N_("Save here. You get the address and the verify token to paste.")
_SAVE_ADDRESS = N_("Save here. You get the address to paste.")
_SAVE_BOT = N_("Save here. You get the address and the secret token.")
_SAVE_SECRET = N_("Save here with a secret of your own, or leave the field empty to get one.")
_SAVES = frozenset({_SAVE, _SAVE_BOT, _SAVE_SECRET})
#: The providers that send to no other address.
_OVER_HTTPS = frozenset({"facebook", "instagram", "whatsapp", "zalo", "line", "telegram"})
STEPS: dict[str, tuple[str, ...]] = {
    "facebook": (
        *_META,
        N_("Add the product Messenger, connect your Page there, and copy its access token."),
        N_(
            "The token needs the permissions pages_show_list, pages_manage_metadata,"
            " pages_read_engagement, pages_read_user_content, pages_manage_engagement and"
            " pages_messaging."
        ),
        _SAVE,
        N_("Under Webhooks → Page, paste both, and subscribe to feed and messages."),
        N_("Then press “Subscribe the Page” on the page of this connection here."),
        _REVIEW,
    ),
    "instagram": (
        *_META,
        N_("Add the product Instagram, and copy the Instagram app secret and an access token."),
        _SAVE,
        N_("Paste both under Webhooks, and subscribe to comments and messages."),
        _REVIEW,
    ),
    "whatsapp": (
        *_META,
        N_("Add the product WhatsApp, and make a token of a system user that never expires."),
        _SAVE,
        N_("Under WhatsApp → Configuration, paste both, and subscribe to messages."),
    ),
    "zalo": (
        N_("At developers.zalo.me, open your app with the product Official Account."),
        N_("Copy the id of the app and of the account, and the OA Secret Key under Webhook."),
        N_(
            "Show that the domain is yours under Domain verification: choose the meta tag, and give"
            " it to whoever runs this server, for site_verification in automator.yaml."
        ),
        _SAVE_ADDRESS,
        _ADDRESS,
        N_("Switch on the events that you want, and Webhook Retry; leave the syntax filter off."),
        N_(
            "Then ask the account for its rights on the page of this connection, or no events "
            "arrive."
        ),
    ),
    "telegram": (
        N_("Write /newbot to BotFather in Telegram, and copy the token of the bot."),
        _SAVE_BOT,
        N_("Call setWebhook of the Bot API once with both, as url and secret_token."),
    ),
    "line": (
        N_("At developers.line.biz, open the channel of the Messaging API."),
        N_("Copy the channel secret, and issue a channel access token."),
        _SAVE_ADDRESS,
        _ADDRESS,
        N_("Switch on Use webhook, and switch off the automatic answers of LINE."),
    ),
    "slack": (
        N_("At api.slack.com/apps, open your app, and copy its signing secret and bot token."),
        N_("Paste the address under Event Subscriptions, and add the events of your bot."),
    ),
    "github": (
        _SAVE_SECRET,
        N_("In the repository, under Settings → Webhooks, paste the address and the secret."),
        N_("Choose application/json, and the events that you want."),
    ),
}
_OTHERS = (
    N_("Copy the secret with which the sender signs into the field here."),
    _SAVE_ADDRESS,
    _ADDRESS,
    N_("Choose there the events that you want."),
)


def steps_of(provider: str, *, has_https: bool = True) -> tuple[str, ...]:
    """The steps at the provider with this name, in order."""
    steps = STEPS.get(provider, _OTHERS)
    return steps if has_https or provider not in _OVER_HTTPS else (_HTTPS, *steps)


def steps_after_saving(provider: str) -> tuple[str, ...]:
    """The steps that remain after the connection was created here."""
    steps = steps_of(provider)
    if _ADDRESS in steps:
        return steps[steps.index(_ADDRESS) :]
    made = (number for number, step in enumerate(steps) if step in _SAVES)
    return steps[next(made, -1) + 1 :]
