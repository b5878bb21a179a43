"""A Vietnamese reader finds no English on the pages of events, runs, samples and replays."""

import html
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from automator.model import format_id
from automator.server.web.security import Role
from tests.support.asgi import Caller
from tests.support.site import open_site
from web.catalogues import catalogue_files, read

#: Rules that give each kind of reason why they match or do not.
RULES = """\
rules:
  - id: matches
    trigger: {event: comment.created}
    conditions:
      - keywords(event.text, ['giá', 'bao nhiêu'])
      - any:
          - event.post.id == 'another'
          - contains(event.text, 'shop')
    stop: true
    limits: {once: {key: event.actor.id}}
    actions: [log: chào]
  - id: silenced
    trigger: {event: comment.created}
    actions: [log: chào]
  - id: off
    enabled: false
    trigger: {event: comment.created}
    actions: [log: chào]
  - id: other
    trigger: {event: [message.received, order.created]}
    actions: [log: chào]
  - id: by-itself
    trigger: {schedule: {cron: "0 8 * * *", timezone: Asia/Ho_Chi_Minh}}
    actions: [log: chào]
  - id: wrong
    priority: 10
    trigger: {event: comment.created}
    conditions: ["length(event.actor.is_self) > `10`"]
    actions: [log: chào]
  - id: missing
    priority: 10
    trigger: {event: comment.created}
    conditions:
      - "event.actor.nmae == 'Hoa' || contact.state.step == 'size' || event.nothing"
    actions: [log: chào]
  - id: words
    priority: 10
    trigger: {event: comment.created}
    conditions:
      - keywords(event.text, ['size', 'số đo'])
      - "keywords(event.text, ['giá', 'ship'], {all: `true`})"
      - not:
          - "keywords(event.text, ['giá'])"
    actions: [log: chào]
  - id: heavy
    priority: 10
    trigger: {event: comment.created}
    conditions: ["event|[[@,@][],[@,@][]][]|[@,@][]|[@,@][]|[@,@][]|[@,@][]|[@,@][]|[@,@][]|[@,@][]\
|[@,@][]|[@,@][]|[@,@][]|[@,@][]|[@,@][]|[@,@][]|[@,@][]|[@,@][]|[@,@][]|to_json(@)"]
    actions: [log: chào]
"""
PLACE = re.compile(r"\{[^{}]*\}")
DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
#: Shorter pieces are words that names and addresses have, too.
SHORTEST = 9


@cache
def english() -> frozenset[str]:
    """What stands between the values of English texts, and not in their translations."""
    (catalogue,) = map(read, catalogue_files())
    found = set()
    for message in catalogue:
        ids = message.id if isinstance(message.id, list | tuple) else [message.id]
        strings = [message.string] if isinstance(message.string, str) else message.string
        for piece in (piece.strip(" .:;,()") for text in ids for piece in PLACE.split(text)):
            is_said = any(piece in said for said in strings)
            if len(piece) >= SHORTEST and " " in piece and not is_said:
                found.add(piece)
    return frozenset(found)


def visible(page: str) -> str:
    """What a person reads on a page, without what is data."""
    page = re.sub(r"<(code|pre|script|style|textarea)\b.*?</\1>", " ", page, flags=re.DOTALL)
    text = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())
    # What others call their fields stands between `these`.
    text = re.sub(r"`[^`]*`", " ", text)
    # Two types of events after each other are no sentence: comment.liked comment.deleted.
    return DOTTED.sub(" ", text)


async def read_in_vietnamese(caller: Caller, address: str, names: Sequence[str] = ()) -> str:
    """The text of a page, which has no English in it but the names of rules."""
    answer = await caller.get(address, {"accept-language": "vi"})
    text = visible(answer.text)
    for name in names:
        text = text.replace(name, " ")
    assert answer.status == 200, address
    assert [piece for piece in english() if piece in text] == [], f"{address}: {text}"
    return text


async def test_pages_about_an_event_its_runs_and_replays_are_in_vietnamese(tmp_path: Path) -> None:
    async with open_site(tmp_path, RULES) as site:
        assert site.services.rulebook.active.rule_set.rule("heavy") is not None
        editor = await site.signed_in(Role.EDITOR)
        first, _ = await site.event("Giá bao nhiêu vậy shop?")
        second, _ = await site.event("Giá bao nhiêu nữa shop?")
        csrf = await site.csrf(editor)
        await editor.post(f"/events/{first}/sample", {"csrf": csrf})
        await editor.post(f"/events/{second}/replay", {"csrf": csrf})
        runs = [format_id(row.id) for row in site.services.store.log.runs()]
        (replay,) = site.services.store.log.replays()

        account = await read_in_vietnamese(editor, f"/events/{first}")
        for address in (
            f"/events/{second}",
            f"/samples/{first}",
            "/samples",
            *(f"/runs/{run}" for run in runs),
            "/replays",
            f"/replays/{format_id(replay.id)}",
            "/replays/new?over=events&since=1d",
            "/replays/new?since=1d",
            "/replays/new?state=done",
            "/review",
            "/log",
            "/events",
            "/follow-ups",
        ):
            await read_in_vietnamese(editor, address)

        filtered = await read_in_vietnamese(editor, "/events?matched=no&type=comment.created")
        assert "Khớp quy tắc không" in filtered
        assert "Loại có người bình luận" in filtered
        everything = await editor.get("/replays/new", {"accept-language": "vi"})
        assert "lần xử lý nào? tất cả thì quá nhiều" in everything.text
        assert "bị matches chặn: sau nó không xét quy tắc nào nữa" in account
        assert "vượt hạn mức: biểu thức tạo ra hơn 100.000 phần tử" in account
