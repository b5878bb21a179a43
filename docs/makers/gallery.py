"""The ready-made rules of the gallery, each as a rule file with a test."""

from pathlib import Path
from typing import Any

from automator.files.editing import put
from automator.providers import BUILTIN
from automator.providers.simulator import sample_names
from automator.rules.gallery.gallery import GALLERY
from automator.rules.gallery.gallery_rule import (
    GOALS,
    GalleryConnection,
    GalleryField,
    GalleryRule,
)
from docs.makers.models import cell

SHOP = Path(__file__).resolve().parents[1] / "shop"

#: The connection of the files, and when each test plays: a Tuesday night, when a shop is closed.
_CONNECTION = "shop-page"
_CLOCK = "2026-11-24T22:30:00+07:00"
_PERSON = "7100000000000001"


def gallery_text(_which: str) -> str:
    """A section for each goal, with a part for each rule."""
    return "\n\n".join(
        "\n\n".join([f"## {title}", *(_part(item) for item in GALLERY if item.goal == goal)])
        for goal, title in GOALS.items()
    )


def _part(item: GalleryRule) -> str:
    around = _connection("facebook")
    fitting = ", ".join(
        provider.title or name
        for name, provider in sorted(BUILTIN.items())
        if item.fits(_connection(name))
    )
    fields = "".join(f"- {one.label}{_usual(one)}\n" for one in item.fields_for(around))
    text = item.file(item.filled(around, {}, str), item.key.replace("_", "-"))
    return "\n\n".join(
        [
            f"### {item.title}",
            item.about,
            f"For {fitting}.",
            *([f"You fill in:\n\n{fields}".rstrip()] if fields else []),
            f"```yaml\n{_with_test(item, text).partition(chr(10))[2].rstrip()}\n```",
        ]
    )


def _usual(field: GalleryField) -> str:
    return f": `{field.default}`" if field.default and field.kind != "text" else ""


def _connection(name: str) -> GalleryConnection:
    """A connection of a provider, without receivers of notices."""
    events = [sample.partition("/")[2] for sample in sample_names(name)]
    can_send = BUILTIN[name].can_send
    return GalleryConnection(_CONNECTION, events, can_send, has_public_url=True)


def _with_test(item: GalleryRule, text: str) -> str:
    """The file with a test in which the rule acts."""
    given: dict[str, Any] = {"clock": _CLOCK}
    event: dict[str, Any] = {}
    expected: dict[str, Any] = {"matched": 1}
    if item.is_for_people:
        person = {"id": _PERSON, "tags": ["regular"]}
        given = {"clock": "2026-11-28T09:59:00+07:00", "contacts": [person]}
        expected = {"actions": [{"id": "message", "to": _PERSON}]}
    elif item.is_scheduled:
        given = {"clock": "2026-11-30T07:59:00+07:00"}
        event = {"event": {"sample": "facebook/message.received"}}
        expected = {"actions": [{"id": "log", "contains": "1"}]}
    else:
        kind = next(one for one in item.events if one in _connection("facebook").events)
        said = {"with": {"event.text": item.sample}} if item.sample else {}
        event = {"event": {"sample": f"facebook/{kind}", "connection": _CONNECTION, **said}}
    waits = {"run_for": "2m"} if item.is_scheduled or item.is_for_people else {}
    test = {"name": "acts", "given": given, **event, **waits, "expect": expected}
    return put(text, ("rules", 0, "tests"), [test])


def shop_table(_: str) -> str:
    """The rule files of docs/shop: the name of the first rule, and the comment at the top."""
    rows = []
    for path in sorted(SHOP.glob("*.yaml"), key=lambda it: int(it.stem.partition("-")[0])):
        text = path.read_text(encoding="utf-8")
        name = text.partition("    name: ")[2].partition("\n")[0]
        about = text.partition("\n")[0].removeprefix("# ")
        rows.append(f"| [{path.stem.partition('-')[2]}]({path.name}) | {name} | {cell(about)} |")
    return "\n".join(["| file | its first rule | what it does |", "|---|---|---|", *rows])
