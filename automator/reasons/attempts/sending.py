"""Messages that were not sent, because the platform could not accept them."""

from automator.model import N_
from automator.reasons.kind import reason

# --- Nobody to write to ---

_GIVE_TO = N_("Give the step `to`, or narrow the trigger to events of a conversation.")


@reason(N_("nobody to write to: the event has no person"), _GIVE_TO)
def event_without_person() -> None: ...
@reason(
    N_("nobody to write to: the event has no person"),
    N_("Give the step `to`, a number with its country code."),
)
def event_without_number() -> None: ...
@reason(N_("nobody to write to: the event belongs to no channel"), _GIVE_TO)
def event_without_channel() -> None: ...
@reason(N_("nobody to write to: the event belongs to no chat"), _GIVE_TO)
def event_without_chat() -> None: ...
@reason(N_("nobody to write to: {platform} does not name the person"), _GIVE_TO)
def person_not_told(*, platform: str) -> None: ...
@reason(
    N_("nobody to write to: {platform} did not say who the person is"),
    N_("Use `private_reply`, which needs the comment alone, or check the app's access."),
)
def meta_person_not_told(*, platform: str) -> None: ...
@reason(
    N_("nobody to write to: Zalo did not say who the person is"),
    N_("Give the receiver's id as `to`, or a template with a phone number."),
)
def zalo_person_not_told() -> None: ...
@reason(N_("nobody to write to: the event has no person whom Discord knows"), _GIVE_TO)
def discord_person_unknown() -> None: ...
@reason(
    N_("nobody to write to: '{channel}' is not the id of a channel"),
    N_("Copy the channel's id in Discord and write it as in to: '#123'."),
)
def not_a_channel(*, channel: str) -> None: ...
@reason(
    N_("nobody to write to: '{thread}' is not the id of a thread"),
    N_("Copy the thread's id in Discord and write it as in to: webhook:123."),
)
def not_a_thread(*, thread: str) -> None: ...
@reason(N_("nobody to write to: the interaction's token is not one of Discord's"), _GIVE_TO)
def not_an_interaction() -> None: ...
@reason(N_("{number} is no phone number"), N_("Write it as 84912345678."))
def not_a_phone_number(*, number: str) -> None: ...


# --- Nothing, or too much, to send ---


@reason(N_("there is nothing to say: no text and no attachment"), N_("Give the step a text."))
def nothing_to_send() -> None: ...
@reason(N_("buttons need a text"), N_("Give the step a text."))
def buttons_without_text() -> None: ...
@reason(
    N_("an answer on {platform} cannot name the person here"),
    N_("Take mention out, and write their name in the text: {{{{ event.actor.name }}}}."),
)
def no_mentions(*, platform: str) -> None: ...


_FEWER_BUTTONS = N_("Remove some of them, or send the rest with a second step.")


@reason(
    N_("messages of {platform} have no buttons here"),
    N_("Use quick_replies, or write the address in the text."),
)
def no_buttons(*, platform: str) -> None: ...
@reason(N_("{platform} shows at most {most} buttons"), _FEWER_BUTTONS)
def too_many_buttons(*, platform: str, most: int) -> None: ...
@reason(
    N_("{platform} shows no files but pictures in a message with buttons"),
    N_("Send the file in a step of its own."),
)
def no_files_with_buttons(*, platform: str) -> None: ...
@reason(
    N_("{platform} takes a button with an address only as the one button of a message"),
    _FEWER_BUTTONS,
)
def link_stands_alone(*, platform: str) -> None: ...
@reason(
    N_("the text above buttons has {length:number} characters; {platform} takes {most:number}"),
    N_("Shorten it, or send the buttons in a second step."),
)
def button_text_too_long(*, length: int, platform: str, most: int) -> None: ...
@reason(
    N_("the button '{title}' has more than the {most} characters that {platform} takes"),
    N_("Shorten its text."),
)
def button_title_too_long(*, title: str, most: int, platform: str) -> None: ...
@reason(
    N_("the payload of the button '{title}' is longer than the {most} that {platform} takes"),
    N_("Shorten its payload."),
)
def button_answer_too_long(*, title: str, most: int, platform: str) -> None: ...
@reason(
    N_("the text has {length:number} characters; {platform} takes {most:number}"),
    N_("Shorten it, as in {{{{ event.text | truncate({shorter}) }}}}, or send it in two steps."),
)
def message_too_long(*, length: int, platform: str, most: int, shorter: int) -> None: ...
@reason(
    N_(
        "the text has {length:number} bytes, as a letter with accents has two or three; {platform}"
        " takes {most:number}"
    ),
    N_("Shorten it, as in {{{{ event.text | truncate({shorter}) }}}}, or send it in two steps."),
)
def message_over_bytes(*, length: int, platform: str, most: int, shorter: int) -> None: ...
@reason(N_("{platform} shows at most {most} quick replies"), N_("Remove {excess} of them."))
def too_many_quick_replies(*, platform: str, most: int, excess: int) -> None: ...
@reason(
    N_("the quick reply '{title}…' has more than {most} bytes"),
    N_("Shorten it, or set quick_replies: keyboard in the connection."),
)
def quick_reply_too_long(*, title: str, most: int) -> None: ...
@reason(N_("{platform} takes {most} pictures at once"), N_("Send fewer pictures."))
def too_many_pictures(*, platform: str, most: int) -> None: ...
@reason(N_("{platform} takes {most} messages at once"), N_("Send fewer pictures."))
def too_many_messages(*, platform: str, most: int) -> None: ...
@reason(N_("{platform} takes {most} blocks"), N_("Send fewer pictures at once."))
def too_many_blocks(*, platform: str, most: int) -> None: ...
@reason(
    N_("a public reply carries one text and at most one attachment"),
    N_("Leave buttons and further attachments to `message` or `private_reply`."),
)
def public_reply_too_large() -> None: ...
@reason(
    N_("a public reply on {platform} carries a text alone"),
    N_("Leave attachments to `message` or `private_reply`."),
)
def public_reply_text_alone(*, platform: str) -> None: ...
@reason(
    N_("{platform} allows one private message for a comment: a text or one attachment"),
    N_("Leave the attachments out, or send them when the person answers."),
)
def private_reply_too_large(*, platform: str) -> None: ...
@reason(N_("a group takes a text alone"), N_("Leave attachments and buttons out."))
def group_text_alone() -> None: ...


# --- What this event, or this platform, does not allow ---


@reason(
    N_("{provider} has no `{action}`"),
    N_("Use another action for events of {connection}, or narrow the trigger."),
)
def not_offered(*, provider: str, action: str, connection: str) -> None: ...
@reason(
    N_("a private reply needs a comment, and this event has none"),
    N_("Use `message` here, or narrow the trigger to comment.created."),
)
def no_comment_for_reply() -> None: ...
@reason(
    N_("`{action}` needs a comment, and this event has none"),
    N_("Narrow the trigger to comment.created or comment.edited."),
)
def no_comment_to_moderate(*, action: str) -> None: ...
@reason(
    N_("`{action}` needs a person, and Facebook did not say who this is"),
    N_("Narrow the trigger to events of people, or check the app's access."),
)
def no_person_to_ban(*, action: str) -> None: ...
@reason(
    N_("Facebook refused to `{action}` {person}"),
    N_("Look at the Page's own settings: it may be one of the Page's people."),
)
def ban_refused(*, action: str, person: str) -> None: ...
@reason(
    N_("only a command, a button or a form can be answered with `reply`"),
    N_("Use `message`, to a person or to a channel as in to: '#123'."),
)
def not_an_answerable_event() -> None: ...
@reason(
    N_("Zalo takes no '{kind}' by its address"), N_("Send an image, or the address in the text.")
)
def no_such_attachment(*, kind: str) -> None: ...
@reason(
    N_("the event did not come through a number of the business, and none is set"),
    N_("Add phone_number_id to the connection in automator.yaml."),
)
def no_sender() -> None: ...
@reason(
    N_("a template of Zalo has an id, data, and perhaps phone and mode"),
    N_('Write message: {{template: {{id: "…", data: {{…}}}}}}.'),
)
def zalo_template() -> None: ...


_META_TEMPLATE = N_("Write template: {{name: …, language: vi, components: […]}}.")


@reason(N_("the template cannot be sent: the key '{key}' is unknown"), _META_TEMPLATE)
def wa_template_key(*, key: str) -> None: ...
@reason(
    N_("{platform} has no templates that are approved in advance"),
    N_("Send a text within its window, or write through a Facebook Page."),
)
def no_utility_messages(*, platform: str) -> None: ...
@reason(N_("the template cannot be sent: name or language is missing"), _META_TEMPLATE)
def wa_template_incomplete() -> None: ...
@reason(N_("another module of the account leads the conversation"))
def other_module_leads() -> None: ...
@reason(
    N_(
        "an attempt before was not answered, and its reply token is used up: it has most likely"
        " replied, and a push could repeat that"
    ),
    N_("Look at the conversation before you send it again."),
)
def reply_token_used_up() -> None: ...
