"""Finds inputs that are accepted and do something else than they seem to say."""

import re
from collections.abc import Iterator, Mapping

from automator.files import Path, suggest
from automator.reasons import ReasonKind
from automator.reasons.problems import slips
from automator.rules.meaning.subject import Remark, Subject
from automator.rules.references.outputs import texts_in
from automator.rules.templates.template import is_template

#: What every provider knows; Zalo has `gif` as well.
_KINDS = ("image", "video", "audio", "file")
_PICTURES = ("img", "pic", "picture", "photo", "png", "jpg", "jpeg", "anh", "ảnh")
_FILES = ("document", "doc", "pdf", "attachment")
_KNOWN = (*_KINDS, "gif")
#: Names of values for which people have something else in mind.
_MEANT: Mapping[str, ReasonKind] = {
    **dict.fromkeys(("tag", "add_tag", "add_tags", "tags_add"), slips.TAG_AS_VALUE),
    **dict.fromkeys(("remove_tag", "remove_tags", "tags_remove"), slips.UNTAGGING_AS_VALUE),
    **dict.fromkeys(("opt_out", "optout", "opted-out", "unsubscribed"), slips.OPT_OUT_AS_VALUE),
}


def unknown_attachments(subject: Subject) -> Iterator[Remark]:
    """`attachments: [{type: img, url: …}]`: providers take what they do not know for a file."""
    for used in subject.uses:
        items = used.inputs.get("attachments")
        for number, item in enumerate(items if isinstance(items, list) else ()):
            kind = item.get("type") if isinstance(item, Mapping) else None
            if isinstance(kind, str) and kind not in _KNOWN and not is_template(kind):
                place: Path = (*used.at("attachments"), number, "type")
                suggestion = suggest(_nearest(kind), _KINDS, slips.WORD_KINDS)
                reason = slips.ATTACHMENT_OF_NO_KIND(value=kind, suggestion=suggestion)
                yield Remark(place, reason)


def _nearest(kind: str) -> str:
    word = kind.strip().lower()
    if word in _PICTURES:
        return "image"
    return "file" if word in _FILES else word


def misnamed_values(subject: Subject) -> Iterator[Remark]:
    """`remember: {tag: vip}`, where the rule reads no such value."""
    for used in subject.uses:
        for name in used.inputs if used.name == "remember" else ():
            kind = _MEANT.get(str(name).lower())
            if kind is None or _reads(subject, str(name)):
                continue
            said = {"nearest": "opted_out"} if kind is slips.OPT_OUT_AS_VALUE else {}
            yield Remark((*used.path, name), kind(key=name, **said), about_key=True)


def _reads(subject: Subject, name: str) -> bool:
    """Whether the rule itself reads the value, which then is what it means."""
    texts = [written.text for written in subject.expressions]
    texts += [text for used in subject.uses for _, text in texts_in(used.inputs, used.path)]
    path = re.compile(rf"\bstate\.{re.escape(name)}\b")
    return any(path.search(text) for text in texts)
