"""Problems of templates in a rule file."""

from automator.model import N_
from automator.reasons.kind import problem_kind

TEMPLATE_TOO_LONG = problem_kind(
    "template_too_long",
    "template-limit",
    N_("the template has more than {most:number} characters"),
    N_("write it shorter."),
)
TEMPLATE_HAS_TOO_MANY_PARTS = problem_kind(
    "template_has_too_many_parts",
    "template-limit",
    N_("the template has {count} parts; at most {most} are allowed"),
    N_("write it shorter."),
)
TEMPLATE_TOO_DEEP = problem_kind(
    "template_too_deep",
    "template-limit",
    N_("the template is nested more than {most} levels deep"),
    N_("do the work in several steps, or write it shorter."),
)
TOO_MANY_LOOPS = problem_kind(
    "template_too_many_loops",
    "template-limit",
    N_("at most {most} loops may stand inside one another"),
    N_("do the work in several steps, or write it shorter."),
)
CONSTANT_TOO_LONG = problem_kind(
    "template_constant_too_long",
    "template-limit",
    N_("a text or number written in the template is too long"),
    N_("write it shorter."),
)
TEMPLATE_UNREADABLE = problem_kind(
    "template_unreadable",
    "template-syntax",
    N_("this is not a template: it is too deep or has too long a number"),
    N_("write it shorter."),
)
TEMPLATE_UNUSABLE = problem_kind(
    "template_unusable",
    "template-syntax",
    N_("this template cannot be used: {problem}"),
    N_("write it in another way."),
)
TAG_LEFT_OPEN = problem_kind(
    "template_tag_left_open",
    "template-syntax",
    N_("the '{opening}' that opens here is not closed"),
    N_("write '{closing}' where it ends."),
)
NOTHING_TO_CLOSE = problem_kind(
    "template_nothing_to_close",
    "template-syntax",
    N_("'{tag}' belongs to nothing that is open here"),
    N_("write '{begin}' before it, or remove it."),
)
SMART_QUOTE_IN_TEMPLATE = problem_kind(
    "template_smart_quote",
    "template-syntax",
    N_("{sign} is a quotation mark of word processors, and means nothing here"),
    N_("write straight quotes, as in 'giá'."),
)
QUOTE_OF_TEMPLATE_NOT_CLOSED = problem_kind(
    "template_quote_not_closed",
    "template-syntax",
    N_("the quotation mark {sign} that opens here is never closed"),
    N_("write another {sign} where the text ends."),
)
SIGN_FOR_WORD = problem_kind(
    "template_sign_for_word",
    "template-syntax",
    N_("'{sign}' means nothing in a template"),
    N_("write '{word}'."),
)
STRANGE_SIGN = problem_kind(
    "template_strange_sign",
    "template-syntax",
    N_("'{sign}' means nothing in a template"),
    N_("remove it, or put quotes around it if it is a text."),
)
THREE_BRACES = problem_kind(
    "template_three_braces",
    "template-syntax",
    N_("three braces open here, and a placeholder has two"),
    N_("write {{{{ event.text }}}}."),
)
BRACKET_OF_TEMPLATE_LEFT_OPEN = problem_kind(
    "template_bracket_left_open",
    "template-syntax",
    N_("a '{opening}' in this placeholder is never closed"),
    N_("write '{closing}' where it ends."),
)
ONE_EQUALS = problem_kind(
    "template_one_equals",
    "template-syntax",
    N_("'=' is not a comparison"),
    N_("write '==' to compare."),
)
VALUE_OF_TEMPLATE_MISSING = problem_kind(
    "template_without_value",
    "template-syntax",
    N_("a value is missing here"),
    N_("write one, as in {{{{ event.text }}}}."),
)
PLACEHOLDER_GOES_ON = problem_kind(
    "template_goes_on",
    "template-syntax",
    N_("this placeholder goes on behind its value"),
    N_("close it with '}}}}' and begin another one, or put quotes around a text."),
)
NOT_A_TEMPLATE = problem_kind(
    "template_not_a_template",
    "template-syntax",
    N_("this is not a template: {said}"),
    N_("compare with: {{{{ event.text }}}} or {{% if event.text %}}…{{% endif %}}"),
)
UNKNOWN_TAG = problem_kind(
    "template_unknown_tag",
    "template-syntax",
    N_("there is no tag '{tag}'"),
    N_("templates have {{{{ … }}}}, {{% if %}}, {{% for %}} and {{% set name = … %}}."),
)
FORBIDDEN_STATEMENT = problem_kind(
    "template_forbidden_statement",
    "template-statement",
    N_("'{word}' is not allowed in a template"),
    N_("templates have {{{{ … }}}}, {{% if %}}, {{% for %}} and {{% set name = … %}}."),
)
HOST_FROM_TEMPLATE = problem_kind(
    "template_host_from_template",
    "url-host",
    N_("the scheme, host and port of an address cannot be filled in"),
    N_("write a literal https://host/; placeholders are allowed in the path and the query only."),
)
RANGE_ARGUMENTS = problem_kind(
    "template_range_arguments",
    "template-statement",
    N_("range takes one to three numbers"),
    N_("write them."),
)
TEMPLATE_CALL = problem_kind(
    "template_call",
    "template-call",
    N_("'{name}(…)' is a call, and templates call nothing"),
    N_("use filters: {filters:list}."),
)
FILTER_ARGUMENTS = problem_kind(
    "template_filter_arguments",
    "template-syntax",
    N_("the filter '{name}' cannot take this value, so the step would always fail"),
    N_("write it as in | {usage}."),
)
FILTER_CALLED = problem_kind(
    "template_filter_called",
    "template-call",
    N_("'{call}' is a call, and templates call nothing"),
    N_("write {better}."),
)
NAME_CANNOT_BE_SET = problem_kind(
    "template_name_cannot_be_set",
    "template-statement",
    N_("'{name}' cannot be set in a template"),
    N_("choose another name, of letters and digits."),
)
UNKNOWN_FILTER = problem_kind(
    "template_unknown_filter",
    "unknown-filter",
    N_("there is no filter '{name}'"),
    N_("{suggestion}"),
)
FILTER_CALCULATES = problem_kind(
    "template_filter_calculates",
    "unknown-filter",
    N_("there is no filter '{name}': values are calculated with signs"),
    N_("write the sign in place of it, as in {{{{ event.data.amount {sign} 100 }}}}."),
)
SECRET_IN_TEMPLATE = problem_kind(
    "template_secret",
    "unknown-name",
    N_("there is no '{name}' here: rules see no secrets"),
    N_(
        "write the secret below 'targets:' of automator.yaml, as in headers: {{authorization:"
        ' "Bearer env:TOKEN"}}, and send with forward: {{to: NAME}} to that target.'
    ),
)
UNKNOWN_TEST = problem_kind(
    "template_unknown_test", "unknown-test", N_("there is no test '{name}'"), N_("{suggestion}")
)
RECURSIVE_LOOP = problem_kind(
    "template_recursive_loop",
    "template-statement",
    N_("loops cannot be recursive"),
    N_("remove 'recursive'."),
)
DATA_SET = problem_kind(
    "template_data_set",
    "template-statement",
    N_("set takes no list and no object"),
    N_("set its parts."),
)
DATE_WITHOUT_SIGN = problem_kind(
    "template_date_without_sign",
    "wrong-value",
    N_("date writes '{pattern}' unchanged: it has no sign such as %d"),
    N_("write '%d/%m/%Y' for a day, '%H:%M' for a time of day, or both."),
)
DATE_SIGN_UNKNOWN = problem_kind(
    "template_date_sign_unknown",
    "wrong-value",
    N_("date has no sign '%{sign}'"),
    N_("write one of its signs: %{known}"),
)
TRACKED_TARGET = problem_kind(
    "template_tracked_target",
    "tracked-target",
    N_("the address of a tracked link does not begin with https:// and a host, written out"),
    N_(
        "write the beginning as text, and put what is joined to it in brackets:"
        " {{{{ ('https://shop.example/p/' ~ event.data.id) | tracked }}}}"
    ),
)
