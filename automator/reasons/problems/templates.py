"""Problems of templates in a rule file."""

from collections.abc import Sequence

from automator.model import N_, Reason
from automator.reasons.kind import problem


@problem(
    "template-limit",
    N_("the template has more than {most:number} characters"),
    N_("write it shorter."),
)
def template_too_long(*, most: int) -> None: ...
@problem(
    "template-limit",
    N_("the template has {count} parts; at most {most} are allowed"),
    N_("write it shorter."),
)
def template_has_too_many_parts(*, count: int, most: int) -> None: ...
@problem(
    "template-limit",
    N_("the template is nested more than {most} levels deep"),
    N_("do the work in several steps, or write it shorter."),
)
def template_too_deep(*, most: int) -> None: ...
@problem(
    "template-limit",
    N_("at most {most} loops may stand inside one another"),
    N_("do the work in several steps, or write it shorter."),
)
def template_too_many_loops(*, most: int) -> None: ...
@problem(
    "template-limit",
    N_("a text or number written in the template is too long"),
    N_("write it shorter."),
)
def template_constant_too_long() -> None: ...
@problem(
    "template-syntax",
    N_("this is not a template: it is too deep or has too long a number"),
    N_("write it shorter."),
)
def template_unreadable() -> None: ...
@problem(
    "template-syntax", N_("this template cannot be used: {problem}"), N_("write it in another way.")
)
def template_unusable(*, problem: Reason) -> None: ...
@problem(
    "template-syntax",
    N_("the '{opening}' that opens here is not closed"),
    N_("write '{closing}' where it ends."),
)
def template_tag_left_open(*, opening: str, closing: str) -> None: ...
@problem(
    "template-syntax",
    N_("'{tag}' belongs to nothing that is open here"),
    N_("write '{begin}' before it, or remove it."),
)
def template_nothing_to_close(*, tag: str, begin: str) -> None: ...
@problem(
    "template-syntax",
    N_("{sign} is a quotation mark of word processors, and means nothing here"),
    N_("write straight quotes, as in 'giá'."),
)
def template_smart_quote(*, sign: str) -> None: ...
@problem(
    "template-syntax",
    N_("the quotation mark {sign} that opens here is never closed"),
    N_("write another {sign} where the text ends."),
)
def template_quote_not_closed(*, sign: str) -> None: ...
@problem("template-syntax", N_("'{sign}' means nothing in a template"), N_("write '{word}'."))
def template_sign_for_word(*, sign: str, word: str) -> None: ...
@problem(
    "template-syntax",
    N_("'{sign}' means nothing in a template"),
    N_("remove it, or put quotes around it if it is a text."),
)
def template_strange_sign(*, sign: str) -> None: ...
@problem(
    "template-syntax",
    N_("three braces open here, and a placeholder has two"),
    N_("write {{{{ event.text }}}}."),
)
def template_three_braces() -> None: ...
@problem(
    "template-syntax",
    N_("a '{opening}' in this placeholder is never closed"),
    N_("write '{closing}' where it ends."),
)
def template_bracket_left_open(*, opening: str, closing: str) -> None: ...
@problem("template-syntax", N_("'=' is not a comparison"), N_("write '==' to compare."))
def template_one_equals() -> None: ...
@problem(
    "template-syntax", N_("a value is missing here"), N_("write one, as in {{{{ event.text }}}}.")
)
def template_without_value() -> None: ...
@problem(
    "template-syntax",
    N_("this placeholder goes on behind its value"),
    N_("close it with '}}}}' and begin another one, or put quotes around a text."),
)
def template_goes_on() -> None: ...
@problem(
    "template-syntax",
    N_("this is not a template: {said}"),
    N_("compare with: {{{{ event.text }}}} or {{% if event.text %}}…{{% endif %}}"),
)
def template_not_a_template(*, said: str) -> None: ...
@problem(
    "template-syntax",
    N_("there is no tag '{tag}'"),
    N_("templates have {{{{ … }}}}, {{% if %}}, {{% for %}} and {{% set name = … %}}."),
)
def template_unknown_tag(*, tag: str) -> None: ...
@problem(
    "template-statement",
    N_("'{word}' is not allowed in a template"),
    N_("templates have {{{{ … }}}}, {{% if %}}, {{% for %}} and {{% set name = … %}}."),
)
def template_forbidden_statement(*, word: str) -> None: ...
@problem(
    "url-host",
    N_("the scheme, host and port of an address cannot be filled in"),
    N_("write a literal https://host/; placeholders are allowed in the path and the query only."),
)
def template_host_from_template() -> None: ...
@problem("template-statement", N_("range takes one to three numbers"), N_("write them."))
def template_range_arguments() -> None: ...
@problem(
    "template-call",
    N_("'{name}(…)' is a call, and templates call nothing"),
    N_("use filters: {filters:list}."),
)
def template_call(*, name: str, filters: Sequence[str]) -> None: ...
@problem(
    "template-syntax",
    N_("the filter '{name}' cannot take this value, so the step would always fail"),
    N_("write it as in | {usage}."),
)
def template_filter_arguments(*, name: str, usage: str) -> None: ...
@problem(
    "template-call", N_("'{call}' is a call, and templates call nothing"), N_("write {better}.")
)
def template_filter_called(*, call: str, better: str) -> None: ...
@problem(
    "template-statement",
    N_("'{name}' cannot be set in a template"),
    N_("choose another name, of letters and digits."),
)
def template_name_cannot_be_set(*, name: str) -> None: ...
@problem("unknown-filter", N_("there is no filter '{name}'"), N_("{suggestion}"))
def template_unknown_filter(*, name: str, suggestion: Reason) -> None: ...
@problem(
    "unknown-filter",
    N_("there is no filter '{name}': values are calculated with signs"),
    N_("write the sign in place of it, as in {{{{ event.data.amount {sign} 100 }}}}."),
)
def template_filter_calculates(*, name: str, sign: str) -> None: ...
@problem(
    "unknown-name",
    N_("there is no '{name}' here: rules see no secrets"),
    N_(
        "write the secret below 'targets:' of automator.yaml, as in headers: {{authorization:"
        ' "Bearer env:TOKEN"}}, and send with forward: {{to: NAME}} to that target.'
    ),
)
def template_secret(*, name: str) -> None: ...
@problem("unknown-test", N_("there is no test '{name}'"), N_("{suggestion}"))
def template_unknown_test(*, name: str, suggestion: Reason) -> None: ...
@problem("template-statement", N_("loops cannot be recursive"), N_("remove 'recursive'."))
def template_recursive_loop() -> None: ...
@problem("template-statement", N_("set takes no list and no object"), N_("set its parts."))
def template_data_set() -> None: ...
@problem(
    "wrong-value",
    N_("date writes '{pattern}' unchanged: it has no sign such as %d"),
    N_("write '%d/%m/%Y' for a day, '%H:%M' for a time of day, or both."),
)
def template_date_without_sign(*, pattern: str) -> None: ...
@problem("wrong-value", N_("date has no sign '%{sign}'"), N_("write one of its signs: %{known}"))
def template_date_sign_unknown(*, sign: str, known: str) -> None: ...
@problem(
    "tracked-target",
    N_("the address of a tracked link does not begin with https:// and a host, written out"),
    N_(
        "write the beginning as text, and put what is joined to it in brackets:"
        " {{{{ ('https://shop.example/p/' ~ event.data.id) | tracked }}}}"
    ),
)
def template_tracked_target() -> None: ...
