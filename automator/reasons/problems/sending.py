"""Problems of steps that always fail, or that send something else than was meant."""

import re

from automator.model import N_, Reason
from automator.reasons.kind import problem_kind, reason_kind

WORD_TARGETS = reason_kind("word_targets", N_("targets"))
TEXT_EMPTY = problem_kind(
    "sending_text_empty",
    "nothing-to-say",
    N_("there is nothing to say: the text is empty"),
    N_("write a text, or take the '{action}' out."),
)
ADDRESS_WITHOUT_SCHEME = problem_kind(
    "sending_address_without_scheme",
    "wrong-address",
    N_("'{written}' is no address: it does not begin with https:// or http://"),
    N_("write {better}"),
)
NO_WEB_ADDRESS = problem_kind(
    "sending_no_web_address",
    "wrong-address",
    N_("'{written}' is no address: it does not begin with https:// or http://"),
    N_("write the whole address of a page, such as https://example.com/page."),
)


FILE_AS_ADDRESS = problem_kind(
    "sending_file_as_address",
    "wrong-address",
    N_("'{written}' is a file of one computer, which nobody else can fetch"),
    N_("put the file on a web server, and write the https:// address that it has there."),
)
_HOST = re.compile(r"(?:[\w-]+\.)+[^\W\d_]{2,}(?![\w.@-])|[\w.-]+:[0-9]{1,5}(?:/|$)|localhost\b")
_FILE = re.compile(r"file:|[A-Za-z]:[\\/]|~/|\.{1,2}/|\\\\")


def address_without_scheme(written: str) -> Reason:
    """The reason, with the address that is most likely meant, if one is."""
    if _FILE.match(written):
        return FILE_AS_ADDRESS(written=written)
    rest = written.split("://", 1)[-1]
    if not _HOST.match(rest.removeprefix("//")):
        # `tel:0901234567` opens no page, and `/a.png` leaves the server open.
        return NO_WEB_ADDRESS(written=written)
    return ADDRESS_WITHOUT_SCHEME(written=written, better=f"https://{rest.removeprefix('//')}")


UNKNOWN_TARGET = problem_kind(
    "sending_unknown_target",
    "unknown-target",
    N_("automator.yaml has no target '{name}'"),
    N_("{suggestion}"),
)
SECRET_NOT_READ = problem_kind(
    "sending_secret_not_read",
    "secret-not-read",
    N_("references to secrets are not read here: '{text}' itself is sent"),
    N_("forward to a target of automator.yaml, which can have headers with secrets."),
)
LEAD_WITHOUT_ANSWERS = problem_kind(
    "sending_lead_without_answers",
    "without-answers",
    N_("this sends the ids of the lead alone, without the answers to its form"),
    N_("write body: {{lead: '{{{{ event.lead.id }}}}', answers: '{{{{ event.lead.answers }}}}'}}."),
)
JSON_IN_QUOTES = problem_kind(
    "sending_json_in_quotes",
    "json-as-text",
    N_("this is sent as one text in quotes, and not as the object that it writes"),
    N_("write the body as a mapping, as in body: {{id: 1}}."),
)
JSON_WITH_TEMPLATE = problem_kind(
    "sending_json_with_template",
    "json-as-text",
    N_("a quotation mark in an inserted value would break this JSON"),
    N_("write the body as a mapping, as in body: {{id: 1}}."),
)
SINGLE_BRACES = problem_kind(
    "sending_single_braces",
    "single-braces",
    N_("this is sent as it stands: a placeholder has two braces on each side"),
    N_("write {{{{ {path} }}}}."),
)
WORD_WITHOUT_QUOTES = problem_kind(
    "sending_word_without_quotes",
    "unknown-name",
    N_("there is no '{word}' here, so that the value is null"),
    N_("write \"'{text}'\" for the text."),
)
TEMPLATE_WITHOUT_KEY = problem_kind(
    "sending_template_without_key",
    "unknown-key",
    N_("a template of {platform} has no '{key}'"),
    N_("{suggestion}"),
)
TEMPLATE_LACKS_KEY = problem_kind(
    "sending_template_lacks_key",
    "missing-key",
    N_("a template of {platform} needs '{key}'"),
    N_("write {key}: with its value."),
)
QUICK_REPLIES_OVER_LIMIT = problem_kind(
    "sending_quick_replies_over_limit",
    "too-much",
    N_("these are {count} quick replies, and {platform} takes at most {most}"),
    N_("leave some out."),
)
QUICK_REPLY_CUT = problem_kind(
    "sending_quick_reply_cut",
    "too-much",
    N_("{platform} shows {most} letters of a quick reply: people see '{shown}'"),
    N_("shorten it."),
)
PUBLIC_REPLY_OVER_LIMIT = problem_kind(
    "sending_public_reply_over_limit",
    "too-much",
    N_("this reply to a comment cannot be sent: {problem}"),
    N_("leave them out, or write to the person with `private_reply`."),
)
PRIVATE_REPLY_OVER_LIMIT = problem_kind(
    "sending_private_reply_over_limit",
    "too-much",
    N_("{platform} takes one message for each comment: a text or one attachment"),
    N_("keep one of them, or add buttons, which make a card of a text and one picture."),
)
BUTTONS_OVER_LIMIT = problem_kind(
    "sending_buttons_over_limit",
    "too-much",
    N_("these buttons cannot be sent: {problem}"),
    N_("shorten them or leave some out, or narrow the trigger to connections that take them."),
)
TEXT_OVER_LIMIT = problem_kind(
    "sending_text_over_limit",
    "too-much",
    N_("the text has at least {length:number} characters, and {platform} takes {most:number}"),
    N_("shorten it, or send the rest with a second step."),
)
OTHER_PLACEHOLDER = problem_kind(
    "sending_other_placeholder",
    "single-braces",
    N_("'{written}' is sent as it stands: it is no placeholder here"),
    N_("write {{{{ {path} }}}}."),
)
TELEPHONE_NUMBER = problem_kind(
    "sending_telephone_number",
    "wrong-address",
    N_("'{written}' is a telephone number, and {providers:all} knows people by other ids"),
    N_(
        "copy the id from the page of the contact, or leave 'to' out to write to the person of the"
        " event."
    ),
)
NO_ID_THERE = problem_kind(
    "sending_no_id_there",
    "wrong-address",
    N_("'{written}' cannot be the id of anybody on {providers:all}"),
    N_(
        "copy the id from the page of the contact, or leave 'to' out to write to the person of the"
        " event."
    ),
)
NOT_AN_AMOUNT = problem_kind(
    "sending_not_an_amount",
    "not-an-amount",
    N_("this step always fails: money writes numbers, and '{text}' is none"),
    N_("write a number, as in 250000, or leave '| money' out."),
)
AMOUNT_IN_THOUSANDS = problem_kind(
    "sending_amount_in_thousands",
    "amount-in-thousands",
    N_("money writes {shown} here: the dot is a decimal point, and separates no thousands"),
    N_("write {better}, without a dot."),
)
BARE_PATH = problem_kind(
    "sending_bare_path",
    "single-braces",
    N_("'{text}' itself is used here, and not its value: only a placeholder is filled in"),
    N_("write {better}."),
)
OBJECT_IN_TEXT = problem_kind(
    "sending_object_in_text",
    "object-in-text",
    N_("people read all the values of {path} here, as a program would write them"),
    N_("name one of them, as in {better}."),
)
ALWAYS_FAILS = problem_kind(
    "sending_always_fails",
    "always-fails",
    N_("this step always fails: {problem}"),
    N_("change the value, or the expression around it."),
)
NOTHING_REMEMBERED = problem_kind(
    "sending_nothing_remembered",
    "unknown-reference",
    N_("{path} is missing the first time, so that this step fails and never remembers it"),
    N_("write {path} | default(0)."),
)
#: Inputs that are accepted and do something else than they seem to say.
WORD_KINDS = reason_kind("word_kinds", N_("kinds"))
ATTACHMENT_OF_NO_KIND = problem_kind(
    "sending_attachment_of_no_kind",
    "unknown-value",
    N_("'{value}' is no kind of attachment: it is sent as a file, or not at all"),
    N_("{suggestion}"),
)
TAG_AS_VALUE = problem_kind(
    "sending_tag_as_value",
    "tag-as-value",
    N_("this remembers a value, contact.state.{key}, and gives the person no tag"),
    N_("write tags: {{add: [vip]}}."),
)
UNTAGGING_AS_VALUE = problem_kind(
    "sending_untagging_as_value",
    "tag-as-value",
    N_("this remembers a value, contact.state.{key}, and takes no tag away"),
    N_("write tags: {{remove: [vip]}}."),
)
OPT_OUT_AS_VALUE = problem_kind(
    "sending_opt_out_as_value",
    "opt-out-as-value",
    N_(
        "this remembers a value, contact.state.{key}: the person gets private messages all the same"
    ),
    N_("write {nearest}."),
)
BLOCK_AS_VALUE = problem_kind(
    "sending_block_as_value",
    "block-as-value",
    N_("this remembers a value, contact.state.{key}: rules act for the person all the same"),
    N_("write blocked: true."),
)
REPLY_TOO_LATE = problem_kind(
    "meaning_reply_too_late",
    "outside-window",
    N_(
        "this is sent {wait:duration} after the event, and {platform} allows no reply"
        " more than {most:span} after it"
    ),
    N_("send it earlier, or write with `message`."),
)
MESSAGE_TOO_LATE = problem_kind(
    "meaning_message_too_late",
    "outside-window",
    N_(
        "this is sent {wait:duration} after the event, and {platform} allows no message"
        " more than {most:span} after that"
    ),
    N_("send it earlier."),
)
TEXT_TOO_LATE = problem_kind(
    "meaning_text_too_late",
    "outside-window",
    N_(
        "this is sent {wait:duration} after the event, and {platform} allows no message"
        " but an approved template more than {most:span} after that"
    ),
    N_("send it earlier, or send a template."),
)
MAY_BE_APPROVED_TOO_LATE = problem_kind(
    "meaning_may_be_approved_too_late",
    "outside-window",
    N_(
        "this may be sent {wait:duration} after the event, because it waits for somebody's"
        " approval, and {platform} allows nothing more than {most:span} after that"
    ),
    N_("give less time to approve, as with approve: {{within: 2h}}."),
)
MAY_BE_TOO_LATE = problem_kind(
    "meaning_may_be_too_late",
    "outside-window",
    N_(
        "this may be sent {wait:duration} after the event, because it waits until 'active' begins,"
        " and {platform} allows nothing more than {most:span} after that"
    ),
    N_("wait for less, act at more times, or skip late follow-ups, as with window: 2h."),
)
PRIVATE_REPLY_TOO_LATE = problem_kind(
    "meaning_private_reply_too_late",
    "outside-window",
    N_(
        "this is sent {wait:duration} after the event, and {platform} allows no private"
        " reply more than {most:span} after the comment"
    ),
    N_("send it earlier."),
)
SECOND_PRIVATE_REPLY = problem_kind(
    "meaning_second_private_reply",
    "second-private-reply",
    N_("{platform} allows one private reply for each comment, and this is the second"),
    N_("send the rest with `message` when the person has answered."),
)
TRACKED_NEEDS_ADDRESS = problem_kind(
    "sending_tracked_needs_address",
    "no-public-url",
    N_("a tracked link leads through this server, which has no address that people can open"),
    N_("set `public_url` in automator.yaml, as in https://bot.example.com."),
)
TRACKED_NOT_SENT = problem_kind(
    "sending_tracked_not_sent",
    "tracked-not-sent",
    N_("a tracked link is made for the receiver of a message, and '{action}' sends none"),
    N_("write the address without | tracked."),
)
TRACKED_IN_PUBLIC = problem_kind(
    "sending_tracked_in_public",
    "tracked-in-public",
    N_("everybody can open a link under a comment, and every click would count as this person's"),
    N_("send the link with private_reply, or write the address without | tracked."),
)
