"""Sending: steps that always fail, texts that are sent otherwise than meant, and tracked links."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from automator.conditions import SCOPE_NAMES, compile_expression
from automator.conditions.functions.answers import names
from automator.conditions.texts.fold import fold
from automator.configuration.secrets import (
    MIN_SECRET_LENGTH,
    REDACTED,
    SECRET_OF_RULE,
    bare_credential,
    is_secret_parameter,
    names_secret,
    redacted_url,
)
from automator.configuration.target import may_go_to
from automator.files import Path, plain_name, suggest
from automator.model import N_, Reason
from automator.reasons.problems.addresses import address_without_scheme
from automator.reasons.problems.configuration import notify
from automator.reasons.problems.inputs import value_choices_twice
from automator.reasons.problems.phrases import word_receivers, word_secrets, word_targets
from automator.rules.meaning.conditions import path_and_literal
from automator.rules.meaning.subject import Remark, Subject, UsedAction, error, warning
from automator.rules.mending.fixes import Place, QuickFix, by, changed, mistake
from automator.rules.templates.filters import DONG, money
from automator.rules.templates.inputs import texts_in, tracks_links
from automator.rules.templates.template import is_template
from automator.rules.templates.values import BadValueError


def _placeholder(place: Place) -> Iterator[QuickFix]:
    """Mends `%name%`, a placeholder of another program, and `{event.actor.name}`."""
    if place.underlined == place.params["written"]:
        yield changed(place.start, place.end, f"{{{{ {place.params['path']} }}}}")


def _double_quotes(place: Place) -> Iterator[QuickFix]:
    """Mends `'one\\ntwo'`: only double quotes make a new line of it."""
    for found in re.finditer(r"'((?:''|[^'\"\\]|\\[nrt])*)'", place.line):
        start, end = (place.line_start + at for at in found.span())
        if start < place.start < end:
            inner = found[1].replace("''", "'")
            yield changed(start, end, f'"{inner}"')


# --- Steps and texts ---

_ASKED = "trigger: {event: message.received, connection: demo-page}\n"


@mistake(
    "nothing-to-say",
    N_("there is nothing to say: the text is empty"),
    N_("write a text, or take the '{action}' out."),
    bad="actions: [{reply: ''}]",
    good="actions: [{reply: Hi}]",
)
def sending_text_empty(*, action: str) -> None: ...
@mistake(
    "unknown-target",
    N_("automator.yaml has no target '{name}'"),
    N_("{suggestion}"),
    bad="actions: [{forward: crm}]",
    good="actions: [{forward: demo-target}]",
)
def sending_unknown_target(*, name: str, suggestion: Reason) -> None: ...
@mistake(
    "secret-not-read",
    N_("references to secrets are not read here: '{text}' itself is sent"),
    N_(
        "add the secret under secrets: in automator.yaml with the hosts that it may go to, and "
        "write secret:NAME in a header or in the query."
    ),
    bad="actions: [{request: {url: 'https://crm.example/', query: {token: 'env:KEY'}}}]",
    good="actions: [{request: {url: 'https://crm.example/', query: {token: 'secret:crm'}}}]",
)
def sending_secret_not_read(*, text: str) -> None: ...
@mistake(
    "unknown-secret",
    N_("automator.yaml has no secret '{name}'"),
    N_("{suggestion}"),
    bad="actions: [{request: {url: 'https://crm.example/', query: {token: 'secret:shop'}}}]",
    good="actions: [{request: {url: 'https://crm.example/', query: {token: 'secret:crm'}}}]",
)
def sending_unknown_secret(*, name: str, suggestion: Reason) -> None: ...
@mistake(
    "secret-for-others",
    N_("the secret '{name}' may not go to {host}"),
    N_("an administrator decides in automator.yaml where it may go: {hosts:list}."),
    bad="actions: [{request: {url: 'https://a.example/', query: {token: 'secret:crm'}}}]",
    good="actions: [{request: {url: 'https://crm.example/', query: {token: 'secret:crm'}}}]",
)
def sending_secret_for_others(*, name: str, host: str, hosts: Sequence[str]) -> None: ...
@mistake(
    "secret-in-rule",
    N_("the rule itself contains a secret, and whoever may read rules can use it"),
    N_(
        "add it under secrets: in automator.yaml with the hosts that it may go to, and write "
        "secret:NAME here, or put the whole address into a target; then change it at the other "
        "side."
    ),
    bad="actions: [{request: {url: 'https://crm.example/', query: {token: 8f14e45fceea167a}}}]",
    good="actions: [{request: {url: 'https://crm.example/', query: {token: 'secret:crm'}}}]",
)
def sending_secret_in_rule() -> None: ...
@mistake(
    "without-answers",
    N_("this sends the ids of the lead alone, without the answers to its form"),
    N_("write body: {{lead: '{{{{ event.lead.id }}}}', answers: '{{{{ event.lead.answers }}}}'}}."),
    bad="trigger: {event: lead.created}\nactions: [{forward: demo-target}]",
    good="trigger: {event: lead.created}\nactions: [{forward: {to: demo-target, body: {id: 1}}}]",
)
def sending_lead_without_answers() -> None: ...
@mistake(
    "json-as-text",
    N_("this is sent as one text in quotes, and not as the object that it writes"),
    N_("write the body as a mapping, as in body: {{id: 1}}."),
    bad="actions: [{forward: {to: demo-target, body: '{\"id\": 1}'}}]",
    good="actions: [{forward: {to: demo-target, body: {id: 1}}}]",
)
def sending_json_in_quotes() -> None: ...
@mistake(
    "json-as-text",
    N_("a quotation mark in an inserted value would break this JSON"),
    N_("write the body as a mapping, as in body: {{id: 1}}."),
    bad="actions: [{request: {url: 'https://a.example/', body: '{\"id\": \"{{ event.id }}\"}'}}]",
    good="actions: [{request: {url: 'https://a.example/', body: {id: '{{ event.id }}'}}}]",
)
def sending_json_with_template() -> None: ...
@mistake(
    "single-braces",
    N_("'{written}' is sent unchanged: it is no placeholder here"),
    N_("write {{{{ {path} }}}}."),
    bad='actions:\n  - reply: "Hi %name%"',
    fix=_placeholder,
)
def sending_other_placeholder(*, written: str, path: str) -> None: ...
@mistake(
    "single-braces",
    N_("'{written}' is sent unchanged: it is no placeholder here"),
    N_("write the path of a value, as in {{{{ contact.state.{name} }}}}, which is remembered."),
    bad="actions:\n  - reply: 'Order {order_id} is ready'",
    good="actions:\n  - reply: \"Order {{ contact.state.order_id | default('') }} is ready\"",
)
def sending_unknown_placeholder(*, written: str, name: str) -> None: ...
@mistake(
    "shown-as-written",
    N_("people read '{written}' as it is, and no new line"),
    N_("put the text between double quotes, or write it in several lines below text: |."),
    bad="actions:\n  - reply: 'Hi\\nWelcome'",
    fix=_double_quotes,
)
def sending_escape_shown(*, written: str) -> None: ...
@mistake(
    "unfinished-text",
    N_("'{written}' is left over from a draft or an example"),
    N_("write what is meant in its place."),
    bad="actions:\n  - reply: 'TODO: the price'",
    good="actions:\n  - reply: 'It costs 250.000đ'",
)
def sending_unfinished(*, written: str) -> None: ...
@mistake(
    "shown-as-written",
    N_("'{written}' begins no link that people can open"),
    N_("write '{better}'."),
    bad="actions: [{reply: 'See htps://shop.example/'}]",
    fix=by("{written}", "{better}"),
)
def sending_broken_link(*, written: str, better: str) -> None: ...
@mistake(
    "garbled-text",
    N_("question marks are in place of letters here, as in '{word}'"),
    N_("write the letters again, and save the file as UTF-8."),
    bad="actions: [{reply: 'C?m ?n b?n'}]",
    good="actions: [{reply: 'Cảm ơn bạn'}]",
)
def sending_letters_lost(*, word: str) -> None: ...
@mistake(
    "always-fails",
    N_("the comment is deleted by then, so that there is nothing to answer"),
    N_("answer in private first, or hide the comment instead."),
    bad="actions: [{moderate: delete}, {private_reply: Hi}]",
    good="actions: [{private_reply: Hi}, {moderate: delete}]",
)
def sending_after_deletion() -> None: ...
@mistake(
    "unknown-name",
    N_("there is no '{word}' here, so that the value is null"),
    N_("write \"'{text}'\" for the text."),
    bad="actions:\n  - set: {size: M}",
    fix=by("{text}", "\"'{text}'\""),
)
def sending_word_without_quotes(*, word: str, text: str) -> None: ...


@mistake(
    "wrong-address",
    N_("'{written}' cannot be the id of anybody on {providers:all}"),
    N_(
        "copy the id from the page of the contact, or leave 'to' out to write to the person of the"
        " event."
    ),
    bad="actions: [{message: {to: '@lan', text: Hi}}]",
    good="actions: [{message: {to: '1234567890123456', text: Hi}}]",
)
def sending_no_id_there(*, written: str, providers: Sequence[str]) -> None: ...
@mistake(
    "not-an-amount",
    N_("this step always fails: money writes numbers, and '{text}' is none"),
    N_("write a number, as in 250000, or leave '| money' out."),
    bad="actions: [{reply: \"{{ 'abc' | money }}\"}]",
    good="actions: [{reply: '{{ 250000 | money }}'}]",
)
def sending_not_an_amount(*, text: str) -> None: ...
@mistake(
    "amount-in-thousands",
    N_("money writes {shown} here: the dot is a decimal point, and separates no thousands"),
    N_("write {better}, without a dot."),
    bad="actions: [{reply: '{{ 250.000 | money }}'}]",
    good="actions: [{reply: '{{ 250000 | money }}'}]",
)
def sending_amount_in_thousands(*, shown: str, better: str) -> None: ...


@mistake(
    "choice-in-choice",
    N_("'{choice}' is in '{other}' as well, so that '{other} ạ' names both and counts as neither"),
    N_("word the choices so that none of them is a part of another."),
    bad=_ASKED + "actions: [{ask: {text: OK?, choices: [Có, Không có]}}]",
    good=_ASKED + "actions: [{ask: {text: OK?, choices: [Còn, Không có]}}]",
)
def sending_choice_in_choice(*, choice: str, other: str) -> None: ...


@mistake(
    "never-holds",
    N_("event.text is what the person wrote before the question '{step}', not the answer"),
    N_("write steps.{step}.output.value."),
    bad=_ASKED + "actions:\n  - {id: size, ask: {text: Size?, choices: [S, M]}}\n"
    "  - {log: Hi, if: event.text == 'S'}",
    fix=by("event.text", "steps.{step}.output.value"),
)
def sending_answer_elsewhere(*, step: str) -> None: ...


_ADDRESS = re.compile(r"https?://[^\s/?#]+", re.IGNORECASE)
#: A host, perhaps with a port and a path, without the scheme.
_HOST = re.compile(r"(?:[\w-]+\.)+[a-z]{2,}(?::[0-9]+)?(?:[/?#]\S*)?", re.IGNORECASE)
#: A text that is a JSON object or list; a template alone is neither.
_JSON_OBJECT = re.compile(r"\{\s*\".*\}|\[\s*[{\"].*\]", re.DOTALL)
_LEADS = "lead.created"
_REFERENCE = re.compile(r"(?:(?:Bearer|Basic|Token) +)?(?:env:[A-Za-z_]\w*|file:/\S+)", re.ASCII)
#: A key of a well-known service, recognised by its beginning.
_KEY = re.compile(
    r"\b(?:[sr]k_(?:live|test)_|gh[opsu]_|github_pat_|glpat-|xox[abeprs]-|shp(?:at|ca|pa|ss)_"
    r"|whsec_|AIza|AKIA|EAA|sk-)[\w+/=.-]{12,}"
    r"|(?<![0-9])[0-9]{8,10}:AA[\w-]{32,}|\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{16,}"
    r"|hooks\.slack\.com/services/\w+/\w+/\w{20,}|/api/webhooks/[0-9]+/[\w-]{40,}"
)
#: The inputs that become parts of a request.
_REQUEST = ("url", "to", "headers", "query", "body")
_OUR_PATH = re.compile(rf"(?:{'|'.join(sorted(SCOPE_NAMES))})\.[\w.]+")
#: Placeholders of other programs: `%name%`, `[name]`, `*|NAME|*`, and `{name}` or `${name}`.
_OTHER_PLACEHOLDER = re.compile(
    r"(?:[%#]{1,2}|__|\[{1,2}|<|\*\|)(?P<name>[^\W\d_][\w .-]{0,30})(?:[%#]{1,2}|__|\]{1,2}|>|\|\*)"
    r"|(?P<mark>(?<!\{)[$#@]?)\{\s*[$!]?(?P<field>[^\W\d_][\w .-]{0,60}?)\s*\}{1,2}"
)
#: Words for a person's name in placeholders of other programs, without accents and blanks.
_NAMES: Collection[str] = (
    *("name", "fullname", "firstname", "lastname", "fname", "lname", "nickname", "username"),
    *("customername", "contactname", "sendername", "clientname"),
    *("ten", "hoten", "hovaten", "tenkhach", "tenkhachhang", "tenkh"),
)
#: Words for other values of a person or an order there.
_OTHER_FIELDS: Collection[str] = (
    *("phone", "phonenumber", "sdt", "sodienthoai", "email", "gender", "address", "diachi"),
    *("orderid", "madon", "product", "sanpham"),
)
#: What a template fills in, which people do not see as it is written.
_FILLED_IN = re.compile(r"\{\{[^{}]*\}\}|\{%[^{}]*%\}")
_ESCAPED = re.compile(r"(?<![\\:/])\\[nrt]")
_UNFINISHED = re.compile(
    r"^\s*(?:TODO|FIXME|XXX+)\b|\b[Ll]orem ipsum\b|\bYOUR_[A-Z_]{2,}"
    r"|\byour-?(?:domain|site|shop)\.com\b|https?://(?:localhost|127\.0\.0\.1)(?![\w.])"
    r"|^(?:undefined|NaN|\[object Object\])$"
)
#: The beginning of a link, before a host: `https://`, `htps://`, `http:/`, `https//`.
_SCHEME = re.compile(
    r"(?<![\w/.])(?:h?t{1,2}ps?:?/{1,3}|https?:)(?=(?:[\w-]+\.)+[a-z]{2})", re.IGNORECASE
)
#: A word that had letters which an encoding does not have; in `ok?được`, a blank is missing.
_LETTERS_LOST = re.compile(r"(?<!\S)[^\W\d_]*\?[^\W\d_]+(?=[\s.,!?]|$)")
#: `{{ 'abc' | money }}` or `{{ vars.price | money }}`. Only a whole template: inside an `{% if %}`,
#: the placeholder may never be filled in.
AMOUNT = re.compile(
    r"\{\{-?\s*(?:'(?P<text>[^'{}]*)'|\"(?P<quoted>[^\"{}]*)\"|(?P<number>\d+\.\d+)"
    r"|vars\.(?P<name>\w+))"
    r"\s*\|\s*money\b(?:\((?P<currency>[^()]*)\))?\s*-?\}\}"
)
#: `250.000`, as shops write 250000 đồng; here the dot is a decimal point.
_IN_THOUSANDS = re.compile(r"[1-9]\d{0,2}\.\d{3}")
_TELEPHONE = re.compile(r"(?:\+84|84|0)(?:[ .-]?[0-9]){9}")
_NAME_FILLED_IN = re.compile(r"\{\{-?\s*(?:event\.actor|contact)\.name\s*-?\}\}")
#: Providers that identify people by phone number.
_BY_TELEPHONE = frozenset({"whatsapp", "twilio"})


@error
def empty_texts(subject: Subject) -> Iterator[Remark]:
    """Finds `reply: ""`: there is nothing to send."""
    for used in speaking(subject):
        if used.inputs.get("attachments") or used.inputs.get("template"):
            continue
        for place, text in said(used):
            if not text.strip():
                yield Remark(place, sending_text_empty(action=used.name))


@error
def wrong_addresses(subject: Subject) -> Iterator[Remark]:
    """Finds `url: crm.example/in`, and targets that automator.yaml does not have."""
    for used in subject.uses:
        for name in used.action.address_inputs:
            value = used.inputs.get(name)
            if isinstance(value, str) and not is_template(value):
                is_target = used.name == "forward"
                yield from _address(subject, used.at(name), value, may_be_target=is_target)
        for place, item in [*items_of(used, "attachments"), *items_of(used, "buttons")]:
            url = item.get("url")
            if isinstance(url, str) and not is_template(url):
                yield from _address(subject, (*place, "url"), url, may_be_target=False)


def _address(subject: Subject, path: Path, value: str, *, may_be_target: bool) -> Iterator[Remark]:
    if _ADDRESS.match(value):
        return
    is_name = may_be_target and not _HOST.fullmatch(value) and "://" not in value
    if not is_name:
        yield Remark(path, address_without_scheme(value))
    elif subject.context.targets is not None and value not in subject.context.targets:
        suggestion = suggest(value, subject.context.targets, word_targets)
        yield Remark(path, sending_unknown_target(name=value, suggestion=suggestion))


@error
def unknown_receivers(subject: Subject) -> Iterator[Remark]:
    """Finds `notify: {to: boss}` without a `boss` in automator.yaml, or with an address instead."""
    for used in subject.uses:
        name = used.inputs.get("to")
        if used.name != "notify" or not isinstance(name, str) or is_template(name):
            continue
        if "://" in name:
            yield Remark(used.at("to"), notify.notify_receiver_is_an_address())
        elif subject.context.receivers is not None and name not in subject.context.receivers:
            suggestion = suggest(name, subject.context.receivers, word_receivers)
            reason = notify.notify_unknown_receiver(name=name, suggestion=suggestion)
            yield Remark(used.at("to"), reason)


@warning
def unread_secrets(subject: Subject) -> Iterator[Remark]:
    """Finds `authorization: "env:KEY"`: a rule would send this text, and not the secret."""
    for _, name, place, text in _sent_texts(subject):
        is_secret = name not in ("headers", "query") and SECRET_OF_RULE.fullmatch(text.strip())
        if is_secret or _REFERENCE.fullmatch(text.strip()):
            yield Remark(place, sending_secret_not_read(text=text))


@error
def unusable_secrets(subject: Subject) -> Iterator[Remark]:
    """Finds `authorization: "secret:crmm"`, and a secret for a host to which it may not be sent."""
    for used, name, place, text in _sent_texts(subject):
        found = SECRET_OF_RULE.fullmatch(text.strip())
        if found is None or subject.context.secrets is None or name not in ("headers", "query"):
            continue
        hosts = subject.context.secrets.get(found[2])
        address = _ADDRESS.match(str(used.inputs.get("url") or used.inputs.get("to")))
        if hosts is None:
            suggestion = suggest(found[2], subject.context.secrets, word_secrets)
            yield Remark(place, sending_unknown_secret(name=found[2], suggestion=suggestion))
        elif address is not None and not may_go_to(address[0], hosts):
            host = address[0].partition("://")[2]
            reason = sending_secret_for_others(name=found[2], host=host, hosts=sorted(hosts))
            yield Remark(place, reason)


@warning
def literal_secrets(subject: Subject) -> Iterator[Remark]:
    """Finds `authorization: Bearer sk_live_…`: everybody who reads the rule gets the key."""
    sent = {place: name for _, name, place, _ in _sent_texts(subject)}
    for place, text in texts_in(subject.data, subject.path):
        name = sent.get(place, "") if not is_template(text) else ""
        is_of_test = place[len(subject.path)] == "tests"
        if (_KEY.search(text) or _gives_access(name, place, text.strip())) and not is_of_test:
            yield Remark(place, sending_secret_in_rule())


def _gives_access(name: str, place: Path, text: str) -> bool:
    """Whether a text is a secret, by the name of its header or parameter."""
    if name in ("url", "to"):
        return REDACTED in redacted_url(text)
    if SECRET_OF_RULE.fullmatch(text) or _REFERENCE.fullmatch(text):
        return False
    key = str(place[-1])
    is_named = name == "headers" and names_secret(key)
    is_named |= name in ("query", "body") and is_secret_parameter(key, text)
    return is_named and len(bare_credential(text)) >= MIN_SECRET_LENGTH


def _sent_texts(subject: Subject) -> Iterator[tuple[UsedAction, str, Path, str]]:
    """Yields every text that becomes a part of a request: its action, input, path and text."""
    for used in subject.uses:
        for name in _REQUEST if used.name in ("request", "forward") else ():
            if name in used.inputs:
                for place, text in texts_in(used.inputs[name], used.at(name)):
                    yield used, name, place, text


@warning
def leads_without_answers(subject: Subject) -> Iterator[Remark]:
    """Finds `forward: crm` in a rule for leads: their events do not contain the answers."""
    if tuple(subject.trigger.events) != (_LEADS,):
        return
    for used in subject.uses:
        sends_event = used.inputs.get("body") is None and not used.inputs.get("raw")
        if used.name == "forward" and sends_event:
            yield Remark(used.path, sending_lead_without_answers(), about_key=True)


@warning
def json_as_text(subject: Subject) -> Iterator[Remark]:
    """Finds `forward: {to: crm, body: '{"id": 1}'}`: a body is data, and no JSON text."""
    for used in subject.uses:
        body = used.inputs.get("body")
        if used.name not in ("forward", "request") or not isinstance(body, str):
            continue
        if not _JSON_OBJECT.fullmatch(body.strip()):
            continue
        if used.name == "forward":
            yield Remark(used.at("body"), sending_json_in_quotes())
        elif is_template(body):
            yield Remark(used.at("body"), sending_json_with_template())


@warning
def other_placeholders(subject: Subject) -> Iterator[Remark]:
    """Finds `%name%`, `{first_name}`, `{{ event.text }`: placeholders of other programs."""
    seen = {place for used in subject.uses for place, _ in seen_texts(used)}
    for used, place, text in subject.texts:
        for found in _OTHER_PLACEHOLDER.finditer(text) if used.name != "set" else ():
            reason = _other_placeholder(subject, found, is_seen=place in seen)
            if reason is not None:
                yield _about(place, found, reason)


def _other_placeholder(subject: Subject, found: re.Match[str], *, is_seen: bool) -> Reason | None:
    """The problem with a placeholder that nothing fills in; None if it may be meant as a text."""
    name = found["name"] or found["field"]
    if found["field"] and _OUR_PATH.fullmatch(name):
        return sending_other_placeholder(written=found[0], path=name)
    plain = re.sub(r"[\W_]", "", fold(name))
    if is_seen and plain in _NAMES:
        return sending_other_placeholder(written=found[0], path="event.actor.name")
    if not is_seen or not found["field"]:
        return None
    if name in subject.vars:
        return sending_other_placeholder(written=found[0], path=f"vars.{name}")
    is_name = found["mark"] or plain in _OTHER_FIELDS or re.fullmatch(r"\w+[_.]\w+", name)
    name = plain_name(name).replace(".", "_")
    return sending_unknown_placeholder(written=found[0], name=name) if is_name else None


@warning
def slips_in_texts(subject: Subject) -> Iterator[Remark]:
    """Finds `Chào\\nbạn` without double quotes, `https//shop.vn`, and `TODO`."""
    for used in subject.uses:
        for place, text in seen_texts(used):
            if found := _ESCAPED.search(text):
                yield _about(place, found, sending_escape_shown(written=found[0]))
            for found in _UNFINISHED.finditer(text):
                yield _about(place, found, sending_unfinished(written=found[0].strip()))
            for found in _SCHEME.finditer(text):
                better = "https://" if "s" in found[0].lower() else "http://"
                reason = sending_broken_link(written=found[0], better=better)
                if found[0].lower() != better:
                    yield _about(place, found, reason)
            for found in list(_LETTERS_LOST.finditer(text))[1:2]:
                yield _about(place, found, sending_letters_lost(word=found[0]))


def _about(place: Path, found: re.Match[str], reason: Reason) -> Remark:
    return Remark(place, reason, (found.start(), len(found[0])))


@warning
def wrong_receivers(subject: Subject) -> Iterator[Remark]:
    """Finds `message: {to: 0901234567}`, `{to: "@lan"}`: platforms identify people by ids."""
    for used in subject.uses:
        to = used.inputs.get("to")
        known = subject.platforms_of(used)
        if used.name != "message" or not isinstance(to, str) or not known:
            continue
        written, names = to.strip(), sorted(known)
        if is_template(to) and not _NAME_FILLED_IN.fullmatch(written):
            continue
        is_number = _TELEPHONE.fullmatch(written) and not known & _BY_TELEPHONE
        forms = [subject.context.ids.get(name) for name in names]
        if is_number or (written and not any(_may_be_id(written, one) for one in forms)):
            yield Remark(used.at("to"), sending_no_id_there(written=to, providers=names))


@warning
def nested_choices(subject: Subject) -> Iterator[Remark]:
    """Finds `choices: [Có, Không có]`: an answer that has the longer one in it has both."""
    for used in subject.uses:
        written = used.inputs.get("choices") if used.action.asks else None
        choices = [one for one in written or () if isinstance(one, str) and not is_template(one)]
        folded = [(one, " ".join(fold(one).split())) for one in choices]
        for number, (choice, plain) in enumerate(folded):
            others = (one for one, longer in folded if plain != longer and names(longer, plain))
            other = next(others, None) if plain and isinstance(written, list) else None
            if other is not None:
                reason = sending_choice_in_choice(choice=choice, other=other)
                yield Remark((*used.at("choices"), number), reason)


@warning
def titles_twice(subject: Subject) -> Iterator[Remark]:
    """Finds `quick_replies: [Có, Có]`, and two buttons with the same text."""
    for used in subject.uses:
        for name in ("quick_replies", "buttons"):
            seen: set[str] = set()
            for place, text in said(used, [name]):
                title = " ".join(text.casefold().split())
                if title in seen and not is_template(text):
                    yield Remark(place, value_choices_twice())
                seen.add(title)


@warning
def answers_to_deleted(subject: Subject) -> Iterator[Remark]:
    """Finds `reply` behind `moderate: delete`: the platform no longer has the comment."""
    deleted: set[Path] = set()
    for used in subject.uses if subject.is_about_comments else ():
        if used.inputs.get("do") == "delete" and "if" not in used.item:
            deleted.add(used.path[:-2])
        if used.name in ("reply", "private_reply") and used.path[:-2] in deleted:
            yield Remark(used.path, sending_after_deletion(), about_key=True)


@warning
def answers_elsewhere(subject: Subject) -> Iterator[Remark]:
    """Finds `if: event.text == 'M'` behind a question with the choice M: the event is the one from
    before the question.
    """
    conditions = {one.path: one for one in subject.expressions if one.role == "if"}
    asked: dict[tuple[Path, Any], str] = {}
    for used in subject.uses:
        written, around = conditions.get((*used.path[:-1], "if")), used.path[:-2]
        for node in written.parts if written else ():
            name, value = path_and_literal(node) or ("", None)
            step = asked.get((around, str(value)))
            if written and step and name == "event.text":
                yield written.remark(name, sending_answer_elsewhere(step=step))
        choices = used.inputs.get("choices") if used.action.asks else None
        for choice in choices if isinstance(choices, list) else ():
            asked[around, str(choice)] = used.item.get("id", used.name)


def _may_be_id(written: str, form: re.Pattern[str] | None) -> bool:
    return form is None or form.fullmatch(written) is not None


@error
def bare_words(subject: Subject) -> Iterator[Remark]:
    """Finds `set: {size: M}`: a word without quotes is the path of a value, which is null here."""
    for written in subject.expressions:
        if written.role != "set" or written.tree is None:
            continue
        for word in sorted(compile_expression(written.text).roots - SCOPE_NAMES - {"null"}):
            yield written.remark(word, sending_word_without_quotes(word=word, text=written.text))


@error
def wrong_amounts(subject: Subject) -> Iterator[Remark]:
    """Finds `{{ 'abc' | money }}`, where 'abc' is no number, and `{{ 250.000 | money }}`, which is
    250đ.

    A `set` may give a value another amount, and an `if` may prevent a step.
    """
    values = subject.sure_vars
    for used, place, text in subject.texts:
        for found in AMOUNT.finditer(text) if "{%" not in text else ():
            reason = _wrong_amount(found, {} if "if" in used.item else values)
            if reason is not None:
                yield Remark(place, reason, (found.start(), len(found[0])))


def _wrong_amount(found: re.Match[str], values: Mapping[str, Any]) -> Reason | None:
    """The problem with the amount in a `{{ … | money }}`; None if it is right or unknown."""
    amount = found["text"] or found["quoted"] or found["number"] or values.get(found["name"])
    if isinstance(amount, str):
        try:
            shown = money(amount)
        except BadValueError:
            return sending_not_an_amount(text=amount[:40])
        is_in_thousands = _IN_THOUSANDS.fullmatch(amount.strip()) is not None
    elif isinstance(amount, float) and 0 < amount < 1_000:
        # The đồng has no decimals, so `250.000` most likely means thousands.
        shown, is_in_thousands = money(amount), True
    else:
        return None
    currency = (found["currency"] or "").strip("'\" ")
    if is_in_thousands and (not currency or currency in DONG):
        meant = f"{round(float(amount) * 1_000)}"
        better = f"{found['name']}: {meant}" if found["name"] else meant
        return sending_amount_in_thousands(shown=shown, better=better)
    return None


def speaking(subject: Subject) -> Iterator[UsedAction]:
    """The actions that send people messages."""
    return (used for used in subject.uses if used.action.speaks)


#: The inputs with texts that a person reads; the first of them are sentences.
_SAID = ("text", "retry_text", "one_of", "buttons")
_SEEN = (*_SAID, "quick_replies", "choices", "title")


def said(used: UsedAction, inputs: Sequence[str] = _SAID) -> Iterator[tuple[Path, str]]:
    """Yields the texts that an action may send, with their paths."""
    for name in inputs:
        for place, text in texts_in(used.inputs.get(name), used.at(name)):
            if place[-1] not in ("payload", "url"):
                yield place, text


def seen_texts(used: UsedAction) -> Iterator[tuple[Path, str]]:
    """Yields the texts of a message or a notice that people see, with their paths. Blanks are in
    place of what is filled in.
    """
    for place, text in said(used, _SEEN) if used.action.speaks or used.name == "notify" else ():
        yield place, _FILLED_IN.sub(lambda found: " " * len(found[0]), text)


def items_of(used: UsedAction, name: str) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Yields the mappings in an input that is a list, with their paths."""
    written = used.inputs.get(name)
    for number, item in enumerate(written if isinstance(written, list) else ()):
        if isinstance(item, Mapping):
            yield (*used.at(name), number), item


# --- Tracked links ---


@mistake(
    "no-public-url",
    N_("a tracked link leads through this server, which has no address that people can open"),
    N_("set `public_url` in automator.yaml, as in https://bot.example.com."),
    bad="actions: [{private_reply: \"{{ 'https://shop.example/' | tracked }}\"}]",
    good="actions: [{private_reply: 'https://shop.example/'}]",
)
def sending_tracked_needs_address() -> None: ...
@mistake(
    "tracked-not-sent",
    N_("a tracked link is made for the receiver of a message, and '{action}' sends none"),
    N_("write the address without | tracked."),
    bad="actions: [{log: \"{{ 'https://shop.example/' | tracked }}\"}]",
    good="actions: [{log: 'https://shop.example/'}]",
)
def sending_tracked_not_sent(*, action: str) -> None: ...
@mistake(
    "tracked-in-public",
    N_("everybody can open a link under a comment, and every click would count as this person's"),
    N_("send the link with private_reply, or write the address without | tracked."),
    bad="actions: [{reply: \"{{ 'https://shop.example/' | tracked }}\"}]",
    good="actions: [{reply: 'https://shop.example/'}]",
)
def sending_tracked_in_public() -> None: ...


@error
def links_without_address(subject: Subject) -> Iterator[Remark]:
    """Finds `| tracked` on a server without `public_url`: nobody could open the link."""
    if subject.context.has_public_url is False:
        for _, path in _tracked(subject):
            yield Remark(path, sending_tracked_needs_address())


@error
def links_outside_messages(subject: Subject) -> Iterator[Remark]:
    """Finds `log: "{{ 'https://…' | tracked }}"`: a tracked link needs a message with a
    receiver.
    """
    for used, path in _tracked(subject):
        if not used.action.speaks:
            yield Remark(path, sending_tracked_not_sent(action=used.name))


@warning
def links_in_public(subject: Subject) -> Iterator[Remark]:
    """Finds a tracked link in a public `reply`: everybody could open it, not just the receiver."""
    for used, path in _tracked(subject) if subject.is_about_comments else ():
        if used.name == "reply":
            yield Remark(path, sending_tracked_in_public())


def _tracked(subject: Subject) -> Iterator[tuple[UsedAction, Path]]:
    """Yields the paths of texts with a tracked link, with their actions."""
    return ((used, path) for used, path, text in subject.texts if tracks_links(text))
