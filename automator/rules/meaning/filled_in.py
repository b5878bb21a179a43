"""Finds inputs that are filled in with something else than their author meant, or not at all."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from automator.files import Path, suggest
from automator.reasons import ReasonKind
from automator.reasons.problems.meaning.remembering import (
    BLOCK_AS_VALUE,
    NOTHING_REMEMBERED,
    OPT_OUT_AS_VALUE,
    TAG_AS_VALUE,
    UNTAGGING_AS_VALUE,
)
from automator.reasons.problems.meaning.sending import (
    ALWAYS_FAILS,
    ATTACHMENT_OF_NO_KIND,
    BARE_PATH,
    OBJECT_IN_TEXT,
)
from automator.reasons.problems.words import WORD_KINDS
from automator.rules.meaning.kinds import LISTS, OBJECTS
from automator.rules.meaning.sending import AMOUNT
from automator.rules.meaning.subject import Remark, Subject, UsedAction
from automator.rules.references.outputs import texts_in
from automator.rules.templates.inputs import compile_text
from automator.rules.templates.template import RenderError, is_template
from automator.rules.templates.template_budget import TemplateBudget

#: A path of the scope that stands alone, perhaps with a calculation or a filter behind it.
_BARE_PATH: Final = re.compile(
    r"(?:event\.(?:id|type|provider|connection|occurred_at|received_at|text|actor|conversation|post"
    r"|comment|parent|message|attachments|data|emitted)|connection\.(?:name|provider)"
    r"|contact\.(?:id|name|state|tags|first_seen|last_inbound_at)|(?:vars|steps)\.[a-z_]\w*)"
    r"(?:\.[a-z_]\w*|\[\d+\])*"
    r"(?:\s*(?:[-+*/]\s*[\w.]+|\|\s*[a-z]+(?:\([^()]*\))?))*"
)
_PLACEHOLDER: Final = re.compile(r"\{\{-?(?P<inner>[^{}]+)\}\}")
_PATH: Final = re.compile(r"[a-z_]\w*(?:\.\w+)*")
_INSIDE: Final[Mapping[str, str]] = {
    **dict.fromkeys(("event", "event.comment", "event.message"), "event.text"),
    "event.actor": "event.actor.name",
    "contact": "contact.name",
    "connection": "connection.name",
    "contact.tags": "contact.tags | join(', ')",
}
#: The kinds of attachments of every provider; Zalo has `gif` as well.
_ATTACHMENTS: Final = ("image", "video", "audio", "file")
_PICTURES: Final = ("img", "pic", "picture", "photo", "png", "jpg", "jpeg", "anh", "ảnh")
_FILES: Final = ("document", "doc", "pdf", "attachment")
_KNOWN_ATTACHMENTS: Final = (*_ATTACHMENTS, "gif")
#: Names of values for which people have something else in mind.
_MEANT: Final[Mapping[str, ReasonKind]] = {
    **dict.fromkeys(("tag", "add_tag", "add_tags", "tags_add"), TAG_AS_VALUE),
    **dict.fromkeys(("remove_tag", "remove_tags", "tags_remove"), UNTAGGING_AS_VALUE),
    **dict.fromkeys(("opt_out", "optout", "unsubscribed"), OPT_OUT_AS_VALUE),
    **dict.fromkeys(("ban", "banned", "block"), BLOCK_AS_VALUE),
}


def bare_paths(subject: Subject) -> Iterator[Remark]:
    """`remember: {size: event.text}`: only `set` reads a text as an expression."""
    for used, place, text in _texts(subject):
        if used.name != "set" and _BARE_PATH.fullmatch(text.strip()):
            better = f'"{{{{ {text.strip()} }}}}"'
            yield Remark(place, BARE_PATH(text=text, better=better))


def objects_in_texts(subject: Subject) -> Iterator[Remark]:
    """`Chào {{ event.actor }}`: people read all of its values, as JSON."""
    for used, place, text in _texts(subject):
        for found in _PLACEHOLDER.finditer(text) if used.action.speaks else ():
            name = found["inner"].removesuffix("-").strip()
            value = _of_vars(subject, name)
            if name in OBJECTS | LISTS or isinstance(value, Mapping | list):
                inner = f"{name}.id" if name in OBJECTS else f"{name} | join(', ')"
                inner = f"{name}.{next(iter(value), 'id')}" if isinstance(value, Mapping) else inner
                better = f"{{{{ {_INSIDE.get(name, inner)} }}}}"
                reason = OBJECT_IN_TEXT(path=name, better=better)
                yield Remark(place, reason, (found.start(), len(found[0])))


def counters(subject: Subject) -> Iterator[Remark]:
    """`remember: {count: "{{ contact.state.count + 1 }}"}`: the first time there is no count."""
    for used, place, text in _texts(subject):
        if used.name != "remember" or "if" in used.item or not is_template(text):
            continue
        name = f"contact.state.{place[-1]}"
        template, _ = compile_text(text, is_url=False)
        if template is not None and tuple(name.split(".")) in template.reads:
            reason = NOTHING_REMEMBERED(path=name)
            yield Remark(place, reason, (max(0, text.find(name)), len(name)))


def failing_values(subject: Subject) -> Iterator[Remark]:
    """`{{ vars.sizes[9] }}`, `{{ vars.price + 'đ' }}`: what reads `vars` alone fails always.

    A `set` may give a value, and an `if` may keep a step from being done.
    """
    changed = {name for used in subject.uses if used.name == "set" for name in used.inputs}
    values = {name: value for name, value in subject.vars.items() if name not in changed}
    for used, place, text in _texts(subject):
        if "if" in used.item or "{%" in text:
            continue
        for found in _PLACEHOLDER.finditer(text):
            # Another check says of a single amount how it is written.
            problem = None if AMOUNT.fullmatch(found[0]) else _failure(found[0], values)
            if problem is not None:
                yield Remark(place, problem, (found.start(), len(found[0])))


def _failure(placeholder: str, values: Mapping[str, Any]) -> Any:
    """The reason why a placeholder cannot be filled in; None where it can or reads other things."""
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
        return ALWAYS_FAILS(problem=error.reason)
    return None


def _of_vars(subject: Subject, path: str) -> Any:
    """The value of a path of `vars`; None where it is another path, or not known."""
    names = path.split(".")
    if names[0] != "vars" or len(names) < 2 or not _PATH.fullmatch(path):
        return None
    value: Any = subject.vars
    for name in names[1:]:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _texts(subject: Subject) -> Iterator[tuple[UsedAction, Path, str]]:
    """Every text that a step is given, with its place, where templates may stand."""
    for used in subject.uses:
        # The steps of a follow-up are uses themselves.
        for name, value in used.inputs.items() if used.name != "follow_up" else ():
            if name not in used.action.literal_inputs:
                for place, text in texts_in(value, used.at(name)):
                    yield used, place, text


def unknown_attachments(subject: Subject) -> Iterator[Remark]:
    """`attachments: [{type: img, url: …}]`: providers take what they do not know for a file."""
    for used in subject.uses:
        items = used.inputs.get("attachments")
        for number, item in enumerate(items if isinstance(items, list) else ()):
            kind = item.get("type") if isinstance(item, Mapping) else None
            if isinstance(kind, str) and kind not in _KNOWN_ATTACHMENTS and not is_template(kind):
                place: Path = (*used.at("attachments"), number, "type")
                suggestion = suggest(_nearest(kind), _ATTACHMENTS, WORD_KINDS)
                reason = ATTACHMENT_OF_NO_KIND(value=kind, suggestion=suggestion)
                yield Remark(place, reason)


def _nearest(kind: str) -> str:
    word = kind.strip().lower()
    if word in _PICTURES:
        return "image"
    return "file" if word in _FILES else word


def misnamed_values(subject: Subject) -> Iterator[Remark]:
    """`remember: {tag: vip}` or `{block: true}`, where the rule reads no such value."""
    for used in subject.uses:
        for name in used.inputs if used.name == "remember" else ():
            kind = _MEANT.get(str(name).lower())
            if kind is None or _reads(subject, str(name)):
                continue
            said = {"nearest": "opted_out"} if kind is OPT_OUT_AS_VALUE else {}
            yield Remark((*used.path, name), kind(key=name, **said), about_key=True)


def _reads(subject: Subject, name: str) -> bool:
    """Whether the rule itself reads the value, which then is what it means."""
    texts = [written.text for written in subject.expressions]
    texts += [text for used in subject.uses for _, text in texts_in(used.inputs, used.path)]
    path = re.compile(rf"\bstate\.{re.escape(name)}\b")
    return any(path.search(text) for text in texts)
