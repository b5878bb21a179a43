"""Mistaken values: inputs that are not filled in as meant, odd `vars`, and keys of limits."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from automator.conditions import FUNCTIONS, SCOPE_NAMES, ExpressionError, compile_expression, fold
from automator.conditions.forms.paths import path_names
from automator.configuration.secrets import names_secret
from automator.files import Parsed, Path, suggest
from automator.model import N_, Reason, Rule
from automator.model.rule import LIMIT_NAMES, Once
from automator.reasons import ReasonKind
from automator.reasons.problems.phrases import word_kinds
from automator.rules.meaning.event_paths import LISTS, OBJECTS, paths_of_expression
from automator.rules.meaning.searched_texts import TEXT_INSIDE, garbled_in
from automator.rules.meaning.sending import AMOUNT, sending_secret_in_rule
from automator.rules.meaning.subject import Remark, Subject, WrittenExpression, error, warning
from automator.rules.mending.fixes import (
    Place,
    QuickFix,
    by,
    changed,
    for_underlined,
    mistake,
    whole_value,
)
from automator.rules.templates.inputs import compile_text, texts_in
from automator.rules.templates.template import RenderError, is_template
from automator.rules.templates.template_budget import TemplateBudget

#: A value within one line: between brackets, in quotes, or up to the next comma.
_VALUE: Final = (
    r"(?P<value>\[[^\]]*\]|'[^']*'|\"[^\"]*\"|[^\s,{}\[\]#'\"][^,{}\[\]#]*?)\s*(?=[,}]|$)"
)


def _tags(place: Place) -> Iterator[QuickFix]:
    """Mends `remember: {tag: vip}`, a misnamed value."""
    pattern = re.compile(rf"{re.escape(str(place.params['key']))}:\s+{_VALUE}")
    found = pattern.match(place.text, place.start, place.line_end)
    if found:
        value = found["value"]
        listed = value if value.startswith("[") else f"[{value}]"
        better = str(place.params["better"]).replace("[vip]", listed)
        yield changed(found.start(), found.end("value"), better)


# --- Inputs ---


@mistake(
    "single-braces",
    N_("'{text}' itself is used here, and not its value: only a placeholder is filled in"),
    N_("write {better}."),
    bad="actions:\n  - remember: {size: event.text}",
    fix=whole_value,
)
def sending_bare_path(*, text: str, better: str) -> None: ...
@mistake(
    "single-braces",
    N_("'{text}' itself is used here, and not its value: only 'set' computes an expression"),
    N_("compute it with 'set' in a step before, and write {{{{ vars.{name} }}}} here."),
    bad="actions:\n  - remember: {phone: 'phones(event.text)[0]'}",
    good="actions:\n  - set: {phone: 'phones(event.text)[0]'}\n"
    "  - remember: {phone: '{{ vars.phone }}'}",
)
def sending_bare_expression(*, text: str, name: str) -> None: ...
@mistake(
    "object-in-text",
    N_("people read all the values of {path} here, as a program would write them"),
    N_("name one of them, as in {better}."),
    bad='actions:\n  - reply: "Hi {{ event.actor }}"',
    fix=for_underlined,
)
def sending_object_in_text(*, path: str, better: str) -> None: ...
@mistake(
    "always-fails",
    N_("this step always fails: {problem}"),
    N_("change the value, or the expression around it."),
    bad="vars: {sizes: [S, M]}\nactions: [{reply: '{{ vars.sizes[9] }}'}]",
    good="vars: {sizes: [S, M]}\nactions: [{reply: '{{ vars.sizes[1] }}'}]",
)
def sending_always_fails(*, problem: Reason) -> None: ...
@mistake(
    "unknown-value",
    N_("'{value}' is no kind of attachment: it is sent as a file, or not at all"),
    N_("{suggestion}"),
    bad="actions: [{reply: {attachments: [{type: picture, url: 'https://shop.example/a.png'}]}}]",
)
def sending_attachment_of_no_kind(*, value: str, suggestion: Reason) -> None: ...
@mistake(
    "unknown-reference",
    N_("{path} is missing the first time, so that this step fails and never remembers it"),
    N_("write {path} | default(0)."),
    bad="actions: [{remember: {asked: '{{ contact.state.asked + 1 }}'}}]",
    good="actions: [{remember: {asked: '{{ contact.state.asked | default(0) + 1 }}'}}]",
)
def sending_nothing_remembered(*, path: str) -> None: ...
@mistake(
    "tag-as-value",
    N_("this remembers a value, contact.state.{key}, and changes no tag of the person"),
    N_("write {better}."),
    bad="actions:\n  - remember: {tag: vip}",
    fix=_tags,
)
def sending_tag_as_value(*, key: str, better: str) -> None: ...
@mistake(
    "opt-out-as-value",
    N_("this remembers a value, contact.state.{key}: the person still gets private messages"),
    N_("write {nearest}."),
    bad="actions:\n  - remember: {opt_out: true}",
)
def sending_opt_out_as_value(*, key: str, nearest: str) -> None: ...
@mistake(
    "block-as-value",
    N_("this remembers a value, contact.state.{key}: rules still act for the person"),
    N_("write blocked: true."),
    bad="actions:\n  - remember: {ban: true}",
    good="actions:\n  - remember: {blocked: true}",
)
def sending_block_as_value(*, key: str) -> None: ...


#: A lone path of the scope, perhaps followed by a calculation or a filter.
_BARE_PATH: Final = re.compile(
    r"(?:event\.(?:id|type|provider|connection|occurred_at|received_at|text|actor|conversation|post"
    r"|comment|parent|message|attachments|data|emitted)|connection\.(?:name|provider)"
    r"|contact\.(?:id|name|state|tags|first_seen|last_inbound_at)|(?:vars|steps)\.[a-z_]\w*)"
    r"(?:\.[a-z_]\w*|\[\d+\])*"
    r"(?:\s*(?:[-+*/]\s*[\w.]+|\|\s*[a-z]+(?:\([^()]*\))?))*"
)
_BARE_CALL: Final = re.compile(
    rf"\s*(?:(?:{'|'.join(FUNCTIONS)})\(|(?:{'|'.join(SCOPE_NAMES)})\.[\w.]+\s*[=!]=\s*['`])"
)
_PLACEHOLDER: Final = re.compile(r"\{\{-?(?P<inner>[^{}]+)\}\}")
_ANSWER: Final = re.compile(r"steps\.(?P<step>\w+)(?:\.output)?")
_INSIDE: Final[Mapping[str, str]] = {
    **TEXT_INSIDE,
    "contact.tags": "contact.tags | join(', ')",
}
#: The kinds of attachments of every provider; Zalo has `gif` as well.
_ATTACHMENTS: Final = ("image", "video", "audio", "file")
_CALLED: Final = {
    **dict.fromkeys(("img", "pic", "picture", "photo", "png", "jpg", "jpeg"), "image"),
    **dict.fromkeys(("anh", "ảnh"), "image"),
    **dict.fromkeys(["document", "doc", "pdf", "attachment"], "file"),
}
_KNOWN_ATTACHMENTS: Final = (*_ATTACHMENTS, "gif")
#: Names of values by which people mean another input.
_MEANT: Final[Mapping[str, ReasonKind[...]]] = {
    **dict.fromkeys(("tag", "add_tag", "add_tags", "tags_add"), sending_tag_as_value),
    **dict.fromkeys(("remove_tag", "remove_tags", "tags_remove"), sending_tag_as_value),
    **dict.fromkeys(("opt_out", "optout", "unsubscribed"), sending_opt_out_as_value),
    **dict.fromkeys(("ban", "banned", "block"), sending_block_as_value),
}


@warning
def bare_paths(subject: Subject) -> Iterator[Remark]:
    """Finds `remember: {size: event.text}`: only `set` reads a text as an expression."""
    for used, place, text in subject.texts:
        if used.name in ("set", "follow_up"):
            continue
        if _BARE_PATH.fullmatch(text.strip()):
            better = f'"{{{{ {text.strip()} }}}}"'
            yield Remark(place, sending_bare_path(text=text, better=better))
        elif _BARE_CALL.match(text) and any(
            map(WrittenExpression(place, text, used.name).reads, SCOPE_NAMES)
        ):
            name = str(place[-1]) if used.name == "remember" else "value"
            yield Remark(place, sending_bare_expression(text=text, name=name))


@warning
def objects_in_texts(subject: Subject) -> Iterator[Remark]:
    """Finds `Chào {{ event.actor }}`: people would see the whole object as JSON."""
    asking = {one.item.get("id", one.name) for one in subject.uses if one.action.asks}
    for used, place, text in subject.texts:
        for found in _PLACEHOLDER.finditer(text) if used.action.speaks else ():
            name = found["inner"].removesuffix("-").strip()
            value = subject.value_of(name)
            answer = _ANSWER.fullmatch(name)
            if answer and answer["step"] in asking:
                better = f"{{{{ steps.{answer['step']}.output.value }}}}"
                reason = sending_object_in_text(path=name, better=better)
                yield Remark(place, reason, (found.start(), len(found[0])))
            elif name in OBJECTS | LISTS or isinstance(value, Mapping | list):
                inner = f"{name}.id" if name in OBJECTS else f"{name} | join(', ')"
                inner = f"{name}.{next(iter(value), 'id')}" if isinstance(value, Mapping) else inner
                better = f"{{{{ {_INSIDE.get(name, inner)} }}}}"
                reason = sending_object_in_text(path=name, better=better)
                yield Remark(place, reason, (found.start(), len(found[0])))


@warning
def counters(subject: Subject) -> Iterator[Remark]:
    """Finds `remember: {count: "{{ contact.state.count + 1 }}"}`, which fails the first time."""
    for used, place, text in subject.texts:
        if used.name != "remember" or "if" in used.item or not is_template(text):
            continue
        name = f"contact.state.{place[-1]}"
        template, _ = compile_text(text, is_url=False)
        if template is not None and tuple(name.split(".")) in template.reads:
            reason = sending_nothing_remembered(path=name)
            yield Remark(place, reason, (max(0, text.find(name)), len(name)))


@error
def failing_values(subject: Subject) -> Iterator[Remark]:
    """Finds `{{ vars.sizes[9] }}` and `{{ vars.price + 'đ' }}`, which fail for every event.

    A `set` may give a value, and an `if` may prevent a step.
    """
    values = subject.sure_vars
    for used, place, text in subject.texts:
        if "if" in used.item or "{%" in text:
            continue
        for found in _PLACEHOLDER.finditer(text):
            # Another check reports wrong amounts.
            problem = None if AMOUNT.fullmatch(found[0]) else _failure(found[0], values)
            if problem is not None:
                yield Remark(place, problem, (found.start(), len(found[0])))


def _failure(placeholder: str, values: Mapping[str, Any]) -> Any:
    """The reason why a placeholder of `vars` cannot be filled in; None if it can, or if unknown."""
    template, findings = compile_text(placeholder, is_url=False)
    if template is None or findings:
        return None
    if not all(
        names[0] == "vars" and names[1:2] and names[1] in values for names in template.reads
    ):
        return None
    try:
        template.render({"vars": dict(values)}, TemplateBudget(track=str))
    except RenderError as error:
        return sending_always_fails(problem=error.reason)
    return None


@warning
def unknown_attachments(subject: Subject) -> Iterator[Remark]:
    """Finds `attachments: [{type: img, url: …}]`: providers take an unknown type for a file."""
    for used in subject.uses:
        items = used.inputs.get("attachments")
        for number, item in enumerate(items if isinstance(items, list) else ()):
            kind = item.get("type") if isinstance(item, Mapping) else None
            if isinstance(kind, str) and kind not in _KNOWN_ATTACHMENTS and not is_template(kind):
                place: Path = (*used.at("attachments"), number, "type")
                word = kind.strip().lower()
                suggestion = suggest(_CALLED.get(word, word), _ATTACHMENTS, word_kinds)
                reason = sending_attachment_of_no_kind(value=kind, suggestion=suggestion)
                yield Remark(place, reason)


@warning
def misnamed_values(subject: Subject) -> Iterator[Remark]:
    """Finds `remember: {tag: vip}` or `{block: true}` if the rule reads no such value."""
    for used in subject.uses:
        for name in used.inputs if used.name == "remember" else ():
            kind = _MEANT.get(str(name).lower())
            if kind is None or _reads(subject, str(name)):
                continue
            said = {"nearest": "opted_out"} if kind is sending_opt_out_as_value else {}
            if kind is sending_tag_as_value:
                change = "remove" if "remove" in str(name).lower() else "add"
                said = {"better": f"tags: {{{change}: [vip]}}"}
            yield Remark((*used.path, name), kind(key=name, **said), about_key=True)


def _reads(subject: Subject, name: str) -> bool:
    """Whether the rule reads a remembered value of this name, and so means it."""
    texts = [written.text for written in subject.expressions]
    texts += [text for used in subject.uses for _, text in texts_in(used.inputs, used.path)]
    path = re.compile(rf"\bstate\.{re.escape(name)}\b")
    return any(path.search(text) for text in texts)


# --- Values of `vars` ---


@mistake(
    "template-in-vars",
    N_("values of vars are not filled in: the braces are sent as they stand"),
    N_("write the text into the step that sends it, and keep only constant values in vars."),
    bad="vars: {hello: 'Hi {{ event.actor.name }}'}",
    good="actions: [{reply: 'Hi {{ event.actor.name }}'}]",
)
def reference_template_in_vars() -> None: ...
@mistake(
    "word-for-flag",
    N_("'{text}' is a text here, and a text counts as true"),
    N_("write {better} without quotes, or put quotes around the text and compare it."),
    bad="vars: {open: no}",
    fix=whole_value,
)
def reference_word_for_flag(*, text: str, better: str) -> None: ...


@mistake(
    "unknown-value",
    N_("no rule of this file writes '{name}', and '{better}' is written: the two are different"),
    N_("write '{better}'."),
    bad="conditions: [\"contains(contact.tags, 'VIP')\"]\n"
    "actions: [{remember: {tags: {add: [vip]}}}]",
    fix=by("{name}", "{better}"),
)
def reference_spelt_otherwise(*, name: str, better: str) -> None: ...


#: Words that other versions of YAML read as true and false, or that are a text between quotes.
_FLAGS: Final = {
    **dict.fromkeys(("yes", "on", "true"), "true"),
    **dict.fromkeys(("no", "off", "false"), "false"),
}


#: A tag or a remembered value that an expression or a template reads.
_REMEMBERED: Final = re.compile(
    r"\bcontact\.tags, *(?P<quote>['\"])(?P<tag>[^'\"]+)(?P=quote)"
    r"|\bcontact\.state\.(?P<state>\w+)"
)


def _spelt_otherwise(
    data: Mapping[str, Any], rules: Sequence[Rule]
) -> Iterator[tuple[Path, Reason]]:
    """Finds `contains(contact.tags, 'VIP')` in a file whose rules give people the tag `vip`."""
    kept: dict[str, set[str]] = {"tag": set(), "state": set()}
    for step in (step for rule in rules for step in rule.every_step()):
        if step.action == "remember":
            kept["state"].update(step.inputs)
            kept["tag"].update(map(str, (step.inputs.get("tags") or {}).get("add") or ()))
    for path, text in texts_in({"rules": data.get("rules")}, ()) if any(kept.values()) else ():
        for found in _REMEMBERED.finditer(text) if "tests" not in path else ():
            kind = str(found.lastgroup)
            alike = [one for one in kept[kind] if fold(one) == fold(found[kind])]
            if alike and found[kind] not in alike:
                yield path, reference_spelt_otherwise(name=found[kind], better=alike[0])


def odd_values(parsed: Parsed, rules: Sequence[Rule]) -> Iterator[tuple[Path, Reason]]:
    """Finds `het: no`, a text and therefore true, and `hello: "Chào {{ event.actor.name }}"`, among
    the `vars` of a file, garbled texts there and among its words for intents, and what its `rules`
    read and write by two spellings.
    """
    data: Mapping[str, Any] = parsed.data if isinstance(parsed.data, Mapping) else {}
    yield from _spelt_otherwise(data, rules)
    own: Mapping[str, Any] = data["vars"] if isinstance(data.get("vars"), Mapping) else {}
    for path, text in texts_in({"vars": own, "intents": data.get("intents")}, ()):
        for _, reason in islice(garbled_in(text), 1):
            yield path, reason
    for path, text in texts_in(own, ("vars",)):
        if is_template(text):
            yield path, reference_template_in_vars()
        elif names_secret(str(path[-1])) and re.fullmatch(r"(?=\D*\d)[\w+/=.-]{12,}", text):
            yield path, sending_secret_in_rule()
    asked = {
        part.strip(" !")
        for path, text in texts_in(data.get("rules") if own else None, ())
        if {"conditions", "if"}.intersection(path)
        for part in re.split(r"&&|\|\|", text)
    }
    for path, text in _words(own, ("vars",)):
        place = parsed.positions.value(path)
        # The author means a value in quotes as a text, unless a condition takes it for a flag.
        is_bare = parsed.lines[place.line - 1][place.column - 1 :].startswith(text)
        if is_bare or ".".join(map(str, path)) in asked:
            yield path, reference_word_for_flag(text=text, better=_FLAGS[text.lower()])


def _words(values: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, str]]:
    """Yields texts that may be meant as true or false; items of lists are not."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _words(value, (*path, name))
        elif isinstance(value, str) and value.lower() in _FLAGS:
            yield (*path, name), value


# --- Keys of limits ---


@mistake(
    "key-of-everybody",
    N_("this key takes people with the same name for one person: {path} is not an id"),
    N_("write {nearest}."),
    bad="limits: {once: {key: event.actor.name, period: 1d}}",
)
def rule_key_of_namesakes(*, path: str, nearest: str) -> None: ...
@mistake(
    "key-of-one-event",
    N_("{path} differs for every event, so this limit never holds one back"),
    N_("leave it out of the key; events with the same key are counted together."),
    bad="limits: {once: {key: event.id, period: 1d}}",
    good="limits: {once: {key: event.actor.id, period: 1d}}",
)
def rule_key_of_one_event(*, path: str) -> None: ...
@mistake(
    "key-of-everybody",
    N_("this key is the same for different people: only the first one is answered"),
    N_("name the person as well, as in [event.actor.id, event.post.id]."),
    bad="limits: {once: {key: event.post.id, period: 1d}}",
    good="limits: {once: {key: '[event.actor.id, event.post.id]', period: 1d}}",
)
def rule_key_of_everybody() -> None: ...


#: Paths whose value does not depend on the person.
_OF_EVERYBODY = ("event.post", "event.type", "event.connection", "event.provider", "connection")
#: Paths with a different value for every event.
_OF_ONE_EVENT = ("event.id", "event.received_at", "now")

#: Functions whose result contains the whole value of their argument.
_KEEPS_VALUE = frozenset({"join", "to_json", "to_string", "to_array", "trim", "not_null"})

#: Paths whose value different people may share, such as a name, with the unique path for each.
_OF_NAMESAKES = {"event.actor.name": "event.actor.id", "contact.name": "contact.id"}


@warning
def limit_keys(subject: Subject) -> Iterator[Remark]:
    """Finds keys that differ for every event, or that different people share."""
    for limit in subject.limits:
        here: Path = (*subject.path, "limits", LIMIT_NAMES[type(limit)], "key")
        paths = [".".join(names) for names in paths_of_expression(limit.key)]
        for single in _unaltered(limit.key):
            if single in _OF_ONE_EVENT:
                reason = rule_key_of_one_event(path=single)
                yield Remark(here, reason, (limit.key.find(single), len(single)))
        for named in (path for path in paths if path in _OF_NAMESAKES):
            if not set(paths) & {"event.actor.id", "contact.id"}:
                reason = rule_key_of_namesakes(path=named, nearest=_OF_NAMESAKES[named])
                yield Remark(here, reason, (limit.key.find(named), len(named)))
        if isinstance(limit, Once) and _is_of_everybody(limit.key, paths):
            yield Remark(here, rule_key_of_everybody(), (0, len(limit.key)))


def _unaltered(key: str) -> Iterator[str]:
    """Yields the paths whose whole value is in the key; of `now`, for example, `weekday(now, zone)`
    has only the day.
    """
    try:
        tree = compile_expression(key).tree
    except ExpressionError:
        return
    open_ = [tree]
    for node in open_:
        names = path_names(node)
        if names:
            yield ".".join(names)
        elif node["type"] != "function_expression" or node["value"] in _KEEPS_VALUE:
            open_ += node["children"] if node["type"] != "slice" else ()


def _is_of_everybody(key: str, paths: Sequence[str]) -> bool:
    """Whether a key is the same for all people."""
    if {path.split(".")[0] for path in paths} != compile_expression(key).roots:
        # The key has more than plain paths, so it may differ.
        return False
    return all(f"{path}.".startswith(tuple(f"{one}." for one in _OF_EVERYBODY)) for path in paths)
