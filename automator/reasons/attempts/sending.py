"""Messages that no platform could take, so that nothing was sent."""

from automator.model import N_
from automator.reasons.kind import reason_kind

# --- Nobody to write to ---

_GIVE_TO = N_("Give the step `to`, or narrow the trigger to events of a conversation.")
EVENT_WITHOUT_PERSON = reason_kind(
    "event_without_person", N_("nobody to write to: the event has no person"), _GIVE_TO
)
EVENT_WITHOUT_NUMBER = reason_kind(
    "event_without_number",
    N_("nobody to write to: the event has no person"),
    N_("Give the step `to`, a number with its country code."),
)
EVENT_WITHOUT_CHANNEL = reason_kind(
    "event_without_channel", N_("nobody to write to: the event belongs to no channel"), _GIVE_TO
)
EVENT_WITHOUT_CHAT = reason_kind(
    "event_without_chat", N_("nobody to write to: the event belongs to no chat"), _GIVE_TO
)
PERSON_NOT_TOLD = reason_kind(
    "person_not_told",
    N_("nobody to write to: {platform} does not name the person"),
    _GIVE_TO,
)
META_PERSON_NOT_TOLD = reason_kind(
    "meta_person_not_told",
    N_("nobody to write to: {platform} did not say who the person is"),
    N_("Use `private_reply`, which needs the comment alone, or check the app's access."),
)
ZALO_PERSON_NOT_TOLD = reason_kind(
    "zalo_person_not_told",
    N_("nobody to write to: Zalo did not say who the person is"),
    N_("Give the receiver's id as `to`, or a template with a phone number."),
)
DISCORD_PERSON_UNKNOWN = reason_kind(
    "discord_person_unknown",
    N_("nobody to write to: the event has no person whom Discord knows"),
    _GIVE_TO,
)
NOT_A_CHANNEL = reason_kind(
    "not_a_channel",
    N_("nobody to write to: '{channel}' is not the id of a channel"),
    N_("Copy the channel's id in Discord and write it as in to: '#123'."),
)
NOT_A_THREAD = reason_kind(
    "not_a_thread",
    N_("nobody to write to: '{thread}' is not the id of a thread"),
    N_("Copy the thread's id in Discord and write it as in to: webhook:123."),
)
NOT_AN_INTERACTION = reason_kind(
    "not_an_interaction",
    N_("nobody to write to: the interaction's token is not one of Discord's"),
    _GIVE_TO,
)
NOT_A_PHONE_NUMBER = reason_kind(
    "not_a_phone_number",
    N_("{number} is no phone number"),
    N_("Write it as 84912345678."),
)

# --- Nothing, or too much, to send ---

NOTHING_TO_SEND = reason_kind(
    "nothing_to_send",
    N_("there is nothing to say: no text and no attachment"),
    N_("Give the step a text."),
)
BUTTONS_WITHOUT_TEXT = reason_kind(
    "buttons_without_text", N_("buttons need a text"), N_("Give the step a text.")
)
NO_MENTIONS = reason_kind(
    "no_mentions",
    N_("an answer on {platform} cannot name the person here"),
    N_("Take mention out, and write their name in the text: {{{{ event.actor.name }}}}."),
)
_FEWER_BUTTONS = N_("Remove some of them, or send the rest with a second step.")
NO_BUTTONS = reason_kind(
    "no_buttons",
    N_("messages of {platform} have no buttons here"),
    N_("Use quick_replies, or write the address in the text."),
)
TOO_MANY_BUTTONS = reason_kind(
    "too_many_buttons", N_("{platform} shows at most {most} buttons"), _FEWER_BUTTONS
)
NO_FILES_WITH_BUTTONS = reason_kind(
    "no_files_with_buttons",
    N_("{platform} shows no files but pictures in a message with buttons"),
    N_("Send the file in a step of its own."),
)
LINK_STANDS_ALONE = reason_kind(
    "link_stands_alone",
    N_("{platform} takes a button with an address only as the one button of a message"),
    _FEWER_BUTTONS,
)
BUTTON_TEXT_TOO_LONG = reason_kind(
    "button_text_too_long",
    N_("the text above buttons has {length:number} characters; {platform} takes {most:number}"),
    N_("Shorten it, or send the buttons in a second step."),
)
BUTTON_TITLE_TOO_LONG = reason_kind(
    "button_title_too_long",
    N_("the button '{title}' has more than the {most} characters that {platform} takes"),
    N_("Shorten its text."),
)
BUTTON_ANSWER_TOO_LONG = reason_kind(
    "button_answer_too_long",
    N_("the payload of the button '{title}' is longer than the {most} that {platform} takes"),
    N_("Shorten its payload."),
)
MESSAGE_TOO_LONG = reason_kind(
    "message_too_long",
    N_("the text has {length:number} characters; {platform} takes {most:number}"),
    N_("Shorten it, as in {{{{ event.text | truncate({shorter}) }}}}, or send it in two steps."),
)
MESSAGE_OVER_BYTES = reason_kind(
    "message_over_bytes",
    N_(
        "the text has {length:number} bytes, as a letter with accents has two or three; {platform}"
        " takes {most:number}"
    ),
    N_("Shorten it, as in {{{{ event.text | truncate({shorter}) }}}}, or send it in two steps."),
)
TOO_MANY_QUICK_REPLIES = reason_kind(
    "too_many_quick_replies",
    N_("{platform} shows at most {most} quick replies"),
    N_("Remove {excess} of them."),
)
QUICK_REPLY_TOO_LONG = reason_kind(
    "quick_reply_too_long",
    N_("the quick reply '{title}…' has more than {most} bytes"),
    N_("Shorten it, or set quick_replies: keyboard in the connection."),
)
TOO_MANY_PICTURES = reason_kind(
    "too_many_pictures",
    N_("{platform} takes {most} pictures at once"),
    N_("Send fewer pictures."),
)
TOO_MANY_MESSAGES = reason_kind(
    "too_many_messages",
    N_("{platform} takes {most} messages at once"),
    N_("Send fewer pictures."),
)
TOO_MANY_BLOCKS = reason_kind(
    "too_many_blocks",
    N_("{platform} takes {most} blocks"),
    N_("Send fewer pictures at once."),
)
PUBLIC_REPLY_TOO_LARGE = reason_kind(
    "public_reply_too_large",
    N_("a public reply carries one text and at most one attachment"),
    N_("Leave buttons and further attachments to `message` or `private_reply`."),
)
PUBLIC_REPLY_TEXT_ALONE = reason_kind(
    "public_reply_text_alone",
    N_("a public reply on {platform} carries a text alone"),
    N_("Leave attachments to `message` or `private_reply`."),
)
PRIVATE_REPLY_TOO_LARGE = reason_kind(
    "private_reply_too_large",
    N_("{platform} allows one private message for a comment: a text or one attachment"),
    N_("Leave the attachments out, or send them when the person answers."),
)
GROUP_TEXT_ALONE = reason_kind(
    "group_text_alone",
    N_("a group takes a text alone"),
    N_("Leave attachments and buttons out."),
)

# --- What this event, or this platform, does not allow ---

NOT_OFFERED = reason_kind(
    "not_offered",
    N_("{provider} has no `{action}`"),
    N_("Use another action for events of {connection}, or narrow the trigger."),
)
NO_COMMENT_FOR_REPLY = reason_kind(
    "no_comment_for_reply",
    N_("a private reply needs a comment, and this event has none"),
    N_("Use `message` here, or narrow the trigger to comment.created."),
)
NO_COMMENT_TO_MODERATE = reason_kind(
    "no_comment_to_moderate",
    N_("`{action}` needs a comment, and this event has none"),
    N_("Narrow the trigger to comment.created or comment.edited."),
)
NO_PERSON_TO_BAN = reason_kind(
    "no_person_to_ban",
    N_("`{action}` needs a person, and Facebook did not say who this is"),
    N_("Narrow the trigger to events of people, or check the app's access."),
)
BAN_REFUSED = reason_kind(
    "ban_refused",
    N_("Facebook refused to `{action}` {person}"),
    N_("Look at the Page's own settings: it may be one of the Page's people."),
)
NOT_AN_ANSWERABLE_EVENT = reason_kind(
    "not_an_answerable_event",
    N_("only a command, a button or a form can be answered with `reply`"),
    N_("Use `message`, to a person or to a channel as in to: '#123'."),
)
NO_SUCH_ATTACHMENT = reason_kind(
    "no_such_attachment",
    N_("Zalo takes no '{kind}' by its address"),
    N_("Send an image, or the address in the text."),
)
NO_SENDER = reason_kind(
    "no_sender",
    N_("the event did not come through a number of the business, and none is set"),
    N_("Add phone_number_id to the connection in automator.yaml."),
)
ZALO_TEMPLATE = reason_kind(
    "zalo_template",
    N_("a template of Zalo has an id, data, and perhaps phone and mode"),
    N_('Write message: {{template: {{id: "…", data: {{…}}}}}}.'),
)
_META_TEMPLATE = N_("Write template: {{name: …, language: vi, components: […]}}.")
META_TEMPLATE_KEY = reason_kind(
    "wa_template_key",
    N_("the template cannot be sent: the key '{key}' is unknown"),
    _META_TEMPLATE,
)
NO_UTILITY_MESSAGES = reason_kind(
    "no_utility_messages",
    N_("{platform} has no templates that are approved in advance"),
    N_("Send a text within its window, or write through a Facebook Page."),
)
META_TEMPLATE_INCOMPLETE = reason_kind(
    "wa_template_incomplete",
    N_("the template cannot be sent: name or language is missing"),
    _META_TEMPLATE,
)
OTHER_MODULE_LEADS = reason_kind(
    "other_module_leads", N_("another module of the account leads the conversation")
)
REPLY_TOKEN_USED_UP = reason_kind(
    "reply_token_used_up",
    N_(
        "an attempt before was not answered, and its reply token is used up: it has most likely"
        " replied, and a push could repeat that"
    ),
    N_("Look at the conversation before you send it again."),
)
