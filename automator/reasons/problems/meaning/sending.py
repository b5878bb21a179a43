"""Warnings about steps that always fail, or that send something else than was meant."""

from automator.model import N_
from automator.reasons.kind import problem_kind

TEXT_EMPTY = problem_kind(
    "sending_text_empty",
    "nothing-to-say",
    N_("there is nothing to say: the text is empty"),
    N_("write a text, or take the '{action}' out."),
)
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
    N_(
        "add the secret under secrets: in automator.yaml with the hosts that it may go to, and "
        "write secret:NAME in a header or in the query."
    ),
)
UNKNOWN_SECRET = problem_kind(
    "sending_unknown_secret",
    "unknown-secret",
    N_("automator.yaml has no secret '{name}'"),
    N_("{suggestion}"),
)
SECRET_FOR_OTHERS = problem_kind(
    "sending_secret_for_others",
    "secret-for-others",
    N_("the secret '{name}' may not go to {host}"),
    N_("an administrator decides in automator.yaml where it may go: {hosts:list}."),
)
SECRET_IN_RULE = problem_kind(
    "sending_secret_in_rule",
    "secret-in-rule",
    N_("the rule itself contains a secret, and whoever may read rules can use it"),
    N_(
        "add it under secrets: in automator.yaml with the hosts that it may go to, and write "
        "secret:NAME here, or put the whole address into a target; then change it at the other "
        "side."
    ),
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
    N_("this text is sent unchanged: a placeholder has two braces on each side"),
    N_("write {{{{ {path} }}}}."),
)
OTHER_PLACEHOLDER = problem_kind(
    "sending_other_placeholder",
    "single-braces",
    N_("'{written}' is sent unchanged: it is no placeholder here"),
    N_("write {{{{ {path} }}}}."),
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
WORD_WITHOUT_QUOTES = problem_kind(
    "sending_word_without_quotes",
    "unknown-name",
    N_("there is no '{word}' here, so that the value is null"),
    N_("write \"'{text}'\" for the text."),
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
ALWAYS_FAILS = problem_kind(
    "sending_always_fails",
    "always-fails",
    N_("this step always fails: {problem}"),
    N_("change the value, or the expression around it."),
)
ATTACHMENT_OF_NO_KIND = problem_kind(
    "sending_attachment_of_no_kind",
    "unknown-value",
    N_("'{value}' is no kind of attachment: it is sent as a file, or not at all"),
    N_("{suggestion}"),
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
