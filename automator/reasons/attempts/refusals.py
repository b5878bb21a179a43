"""Refusals by one platform: Discord, Slack, LINE, GitHub or Zalo."""

from automator.model import N_, Reason
from automator.reasons.kind import reason

_NOT_REACHED = N_(
    "The person, chat or post can no longer be reached, so there is nothing to answer."
)

# --- Discord ---


@reason(N_("the channel or the person cannot be written to. {told}"), _NOT_REACHED)
def discord_gone(*, told: Reason) -> None: ...
@reason(
    N_("Discord has not taken our first answer yet. {told}"), N_("It is tried again by itself.")
)
def discord_not_ready(*, told: Reason) -> None: ...
@reason(
    N_("the command or button can no longer be answered: Discord gives 15 minutes. {told}"),
    N_("Let the rule answer at once, or write with `message`."),
)
def discord_too_late(*, told: Reason) -> None: ...
@reason(
    N_("the webhook of {connection} is no longer there. {told}"),
    N_("Make a webhook in the channel's settings and put its address into webhook_url."),
)
def discord_webhook_gone(*, connection: str, told: Reason) -> None: ...
@reason(
    N_("the bot token of {connection} is not accepted. {told}"),
    N_("Reset the token on the app's Bot page and put it into bot_token."),
)
def discord_token(*, connection: str, told: Reason) -> None: ...
@reason(N_("{told}"), N_("Look at Discord's answer about the message."))
def discord_refused(*, told: Reason) -> None: ...
@reason(N_("{told}"), N_("The person takes no such content: change the text."))
def discord_content(*, told: Reason) -> None: ...
@reason(N_("{told}"), N_("Write into a thread of the forum, as in to: '#THREAD'."))
def discord_forum(*, told: Reason) -> None: ...
@reason(
    N_("{told}"), N_("Install the app in the server: one of a person alone may answer five times.")
)
def discord_not_installed(*, told: Reason) -> None: ...
@reason(N_("{told}"), N_("Look whether a proxy of yours changes requests to Discord."))
def discord_proxy(*, told: Reason) -> None: ...
@reason(
    N_("{told}"),
    N_("Let the bot see the channel: add it to the server and to the channel's permissions."),
)
def discord_no_access(*, told: Reason) -> None: ...
@reason(N_("{told}"), N_("Choose a channel that takes texts."))
def discord_not_text(*, told: Reason) -> None: ...
@reason(N_("{told}"), N_("Give the bot the right to send messages in the channel."))
def discord_no_right(*, told: Reason) -> None: ...
@reason(
    N_("{told}"),
    N_("AutoMod of the server holds the text back: change the text, or the rule there."),
)
def discord_automod(*, told: Reason) -> None: ...
@reason(N_("{told}"), N_("The webhook is a forum's: name a thread, as in to: webhook:THREAD."))
def discord_forum_webhook(*, told: Reason) -> None: ...
@reason(N_("{told}"), N_("Discord blocks a link in the text: take it out."))
def discord_link(*, told: Reason) -> None: ...


# --- Slack ---


@reason(N_("the channel or the person is no longer there. {told}"), _NOT_REACHED)
def slack_gone(*, told: Reason) -> None: ...
@reason(
    N_("the bot token of {connection} is no longer accepted. {told}"),
    N_("Install the app again and put the new Bot User OAuth Token into bot_token."),
)
def slack_token(*, connection: str, told: Reason) -> None: ...
@reason(N_("{told}"), N_("Look the error up under chat.postMessage in Slack's documentation."))
def slack_refused(*, told: Reason) -> None: ...
@reason(N_("{told}"), N_("Invite the app into the channel: /invite @app."))
def slack_not_in_channel(*, told: Reason) -> None: ...
@reason(N_("{told}"), N_("Compare the channel's id; invite the app where the channel is private."))
def slack_no_channel(*, told: Reason) -> None: ...
@reason(N_("{told}"), N_("Add the scope under OAuth & Permissions and install the app again."))
def slack_scope(*, told: Reason) -> None: ...
@reason(N_("{told}"), N_("Add chat:write under OAuth & Permissions and install the app again."))
def slack_may_not_write(*, told: Reason) -> None: ...
@reason(N_("{told}"), N_("An admin of the workspace must let apps post there."))
def slack_restricted(*, told: Reason) -> None: ...
@reason(N_("{told}"), N_("Switch the Messages tab on under App Home."))
def slack_no_messages_tab(*, told: Reason) -> None: ...
@reason(N_("{told}"), N_("Write to a person: a bot takes no direct messages."))
def slack_to_bot(*, told: Reason) -> None: ...


# --- LINE ---


@reason(N_("the person or the group is no longer there. {told}"), _NOT_REACHED)
def line_gone(*, told: Reason) -> None: ...
@reason(
    N_("the channel access token of {connection} is no longer accepted. {told}"),
    N_("Issue a new channel access token and put it into channel_access_token."),
)
def line_token(*, connection: str, told: Reason) -> None: ...
@reason(
    N_("the account of {connection} may not do this. {told}"),
    N_("Look up the limits of the account's plan in the console."),
)
def line_plan(*, connection: str, told: Reason) -> None: ...
@reason(
    N_("the account of {connection} has used up the messages of this month. {told}"),
    N_("Upgrade the plan, or reply sooner: a reply costs nothing."),
)
def line_quota(*, connection: str, told: Reason) -> None: ...
@reason(N_("{told}"), N_("Look at LINE's answer about the message."))
def line_refused(*, told: Reason) -> None: ...


# --- GitHub ---


@reason(
    N_("the token of {connection} is no longer accepted. {told}"),
    N_("Create a new token and put it into the connection's token."),
)
def github_token(*, connection: str, told: Reason) -> None: ...
@reason(N_("{told}"), N_("Check that the issue exists and that the token may write issues there."))
def github_refused(*, told: Reason) -> None: ...


# --- Zalo ---


@reason(
    N_(
        "Zalo's answer to a renewal cannot be read (status {status}), and the refresh token "
        "may have been used"
    )
)
def zalo_renewal_unreadable(*, status: int) -> None: ...
