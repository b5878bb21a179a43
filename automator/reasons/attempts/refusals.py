"""Refusals that one platform alone gives, each with what to do about it there."""

from automator.model import N_
from automator.reasons.kind import reason_kind

_NOT_REACHED = N_(
    "The person, chat or post can no longer be reached, so there is nothing to answer."
)

# --- Discord ---

DISCORD_GONE = reason_kind(
    "discord_gone", N_("the channel or the person cannot be written to. {told}"), _NOT_REACHED
)
DISCORD_NOT_READY = reason_kind(
    "discord_not_ready",
    N_("Discord has not taken our first answer yet. {told}"),
    N_("It is tried again by itself."),
)
DISCORD_TOO_LATE = reason_kind(
    "discord_too_late",
    N_("the command or button can no longer be answered: Discord gives 15 minutes. {told}"),
    N_("Let the rule answer at once, or write with `message`."),
)
DISCORD_WEBHOOK_GONE = reason_kind(
    "discord_webhook_gone",
    N_("the webhook of {connection} is no longer there. {told}"),
    N_("Make a webhook in the channel's settings and put its address into webhook_url."),
)
DISCORD_TOKEN = reason_kind(
    "discord_token",
    N_("the bot token of {connection} is not accepted. {told}"),
    N_("Reset the token on the app's Bot page and put it into bot_token."),
)
DISCORD_REFUSED = reason_kind(
    "discord_refused", N_("{told}"), N_("Look at Discord's answer about the message.")
)
DISCORD_CONTENT = reason_kind(
    "discord_content", N_("{told}"), N_("The person takes no such content: change the text.")
)
DISCORD_FORUM = reason_kind(
    "discord_forum",
    N_("{told}"),
    N_("Write into a thread of the forum, as in to: '#THREAD'."),
)
DISCORD_NOT_INSTALLED = reason_kind(
    "discord_not_installed",
    N_("{told}"),
    N_("Install the app in the server: one of a person alone may answer five times."),
)
DISCORD_PROXY = reason_kind(
    "discord_proxy",
    N_("{told}"),
    N_("Look whether a proxy of yours changes requests to Discord."),
)
DISCORD_NO_ACCESS = reason_kind(
    "discord_no_access",
    N_("{told}"),
    N_("Let the bot see the channel: add it to the server and to the channel's permissions."),
)
DISCORD_NOT_TEXT = reason_kind(
    "discord_not_text", N_("{told}"), N_("Choose a channel that takes texts.")
)
DISCORD_NO_RIGHT = reason_kind(
    "discord_no_right",
    N_("{told}"),
    N_("Give the bot the right to send messages in the channel."),
)
DISCORD_AUTOMOD = reason_kind(
    "discord_automod",
    N_("{told}"),
    N_("AutoMod of the server holds the text back: change the text, or the rule there."),
)
DISCORD_FORUM_WEBHOOK = reason_kind(
    "discord_forum_webhook",
    N_("{told}"),
    N_("The webhook is a forum's: name a thread, as in to: webhook:THREAD."),
)
DISCORD_LINK = reason_kind(
    "discord_link", N_("{told}"), N_("Discord blocks a link in the text: take it out.")
)

# --- Slack ---

SLACK_GONE = reason_kind(
    "slack_gone", N_("the channel or the person is no longer there. {told}"), _NOT_REACHED
)
SLACK_TOKEN = reason_kind(
    "slack_token",
    N_("the bot token of {connection} is no longer accepted. {told}"),
    N_("Install the app again and put the new Bot User OAuth Token into bot_token."),
)
SLACK_REFUSED = reason_kind(
    "slack_refused",
    N_("{told}"),
    N_("Look the error up under chat.postMessage in Slack's documentation."),
)
SLACK_NOT_IN_CHANNEL = reason_kind(
    "slack_not_in_channel", N_("{told}"), N_("Invite the app into the channel: /invite @app.")
)
SLACK_NO_CHANNEL = reason_kind(
    "slack_no_channel",
    N_("{told}"),
    N_("Compare the channel's id; invite the app where the channel is private."),
)
SLACK_SCOPE = reason_kind(
    "slack_scope",
    N_("{told}"),
    N_("Add the scope under OAuth & Permissions and install the app again."),
)
SLACK_MAY_NOT_WRITE = reason_kind(
    "slack_may_not_write",
    N_("{told}"),
    N_("Add chat:write under OAuth & Permissions and install the app again."),
)
SLACK_RESTRICTED = reason_kind(
    "slack_restricted",
    N_("{told}"),
    N_("An admin of the workspace must let apps post there."),
)
SLACK_NO_MESSAGES_TAB = reason_kind(
    "slack_no_messages_tab", N_("{told}"), N_("Switch the Messages tab on under App Home.")
)
SLACK_TO_BOT = reason_kind(
    "slack_to_bot", N_("{told}"), N_("Write to a person: a bot takes no direct messages.")
)

# --- LINE ---

LINE_GONE = reason_kind(
    "line_gone", N_("the person or the group is no longer there. {told}"), _NOT_REACHED
)
LINE_TOKEN = reason_kind(
    "line_token",
    N_("the channel access token of {connection} is no longer accepted. {told}"),
    N_("Issue a new channel access token and put it into channel_access_token."),
)
LINE_PLAN = reason_kind(
    "line_plan",
    N_("the account of {connection} may not do this. {told}"),
    N_("Look up the limits of the account's plan in the console."),
)
LINE_QUOTA = reason_kind(
    "line_quota",
    N_("the account of {connection} has used up the messages of this month. {told}"),
    N_("Upgrade the plan, or reply sooner: a reply costs nothing."),
)
LINE_REFUSED = reason_kind(
    "line_refused", N_("{told}"), N_("Look at LINE's answer about the message.")
)

# --- GitHub ---

GITHUB_TOKEN = reason_kind(
    "github_token",
    N_("the token of {connection} is no longer accepted. {told}"),
    N_("Create a new token and put it into the connection's token."),
)
GITHUB_REFUSED = reason_kind(
    "github_refused",
    N_("{told}"),
    N_("Check that the issue exists and that the token may write issues there."),
)

# --- Zalo ---

ZALO_RENEWAL_UNREADABLE = reason_kind(
    "zalo_renewal_unreadable",
    N_(
        "Zalo's answer to a renewal cannot be read (status {status}), and the refresh token "
        "may have been used"
    ),
)
