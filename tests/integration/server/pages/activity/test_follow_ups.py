"""The page of follow-ups: by the day on which they are due, and how people move them."""

import html
import re
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from automator.configuration.settings import Settings
from automator.model import NewRun, format_id, id_time_ms, parse_id
from automator.reasons.attempts.questions import answer_without_phone
from automator.server.web.security import Role
from tests.support.site import Site, open_site

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
LATER = """\
vars: {shop: Lan's}
rules:
  - id: price-question
    trigger: {event: comment.created}
    actions:
      - id: later
        follow_up:
          after: 2h
          actions:
            - message: "Still there, {{ event.actor.name }}? {{ vars.shop }}, {{ event.post.id }}"
            - remember: {asked: "yes"}
"""


@pytest.fixture(autouse=True)
def zone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shop is in Vietnam."""
    monkeypatch.setattr(Settings, "zone", property(lambda _: ZONE))


async def a_follow_up(site: Site, at: datetime, **data: object) -> str:
    """A follow-up of a comment, due at that time."""
    event, run = await site.event()
    parent = site.services.store.log.run(parse_id(run) or 0)
    run_id = site.services.ids.next()
    await site.services.store.run_edits.add(
        [
            NewRun(
                id=run_id,
                event_id=parse_id(event) or 0,
                rule="price-question",
                revision=1,
                lane=None,
                contact=parent.run.contact if parent else None,
                run_at=round(at.timestamp() * 1000),
                path="later",
                parent_id=parse_id(run),
                acts_until=data.pop("until", None),
                data=data,
            )
        ]
    )
    return format_id(run_id)


def now(site: Site) -> datetime:
    return datetime.fromtimestamp(site.services.clock.now_ms() / 1000, ZONE).replace(
        second=0, microsecond=0
    )


async def test_follow_ups_stand_under_the_day_on_which_they_are_due(site: Site) -> None:
    noon = now(site).replace(hour=12, minute=0, microsecond=0)
    late = await a_follow_up(site, noon + timedelta(days=3))
    midnight = await a_follow_up(site, noon + timedelta(days=1, hours=12, minutes=5))
    soon = await a_follow_up(site, noon + timedelta(days=1, hours=11, minutes=55))
    caller = await site.signed_in(Role.VIEWER)

    page = (await caller.get("/follow-ups")).text
    found = re.findall(r'<time datetime="([0-9-]{10})" data-day>|id="run-([0-9a-z]+)"', page)

    days = [(noon + timedelta(days=number)).date().isoformat() for number in (1, 2, 3)]
    assert [day or run for day, run in found] == [days[0], soon, days[1], midnight, days[2], late]
    assert page.count("1 follow-up<") == 3
    assert "Move…" not in page


def runs_under(title: str, page: str) -> list[str]:
    """The runs in the list under a title."""
    _, _, rest = page.partition(f"<h2>{title}</h2>")
    return re.findall(r'id="run-([0-9a-z]+)"', rest.partition("<h2>")[0])


async def test_the_pages_of_a_person_a_run_and_an_event_list_runs_under_their_titles(
    site: Site,
) -> None:
    follow_up = await a_follow_up(site, now(site) + timedelta(hours=2))
    log = site.services.store.log
    detail = log.run(parse_id(follow_up) or 0)
    assert detail
    assert detail.run.parent_id
    assert detail.run.contact
    parent, key = format_id(detail.run.parent_id), detail.run.contact
    caller = await site.signed_in(Role.VIEWER)

    person = (await caller.get(f"/contacts/{key.replace(':', '/', 1)}")).text
    run = (await caller.get(f"/runs/{parent}")).text
    event = (await caller.get(f"/events/{format_id(detail.run.event_id)}")).text

    assert runs_under("Follow-ups", person) == [follow_up]
    assert parent in runs_under("Runs", person)
    assert runs_under("Follow-ups of this run", run) == [follow_up]
    assert parent in runs_under("Runs", event)


async def test_a_follow_up_is_moved_to_a_time_of_the_shops_zone(site: Site) -> None:
    run = await a_follow_up(site, now(site) + timedelta(hours=2))
    wanted = (now(site) + timedelta(days=2)).replace(tzinfo=None)
    caller = await site.signed_in()

    await move(site, run, f"{wanted:%Y-%m-%dT%H:%M}")

    detail = site.services.store.log.run(parse_id(run) or 0)
    assert detail
    assert datetime.fromtimestamp(detail.run.run_at / 1000, ZONE).replace(tzinfo=None) == wanted
    assert [made["did"] for made in detail.run.decisions] == ["move"]
    assert "Moved by admin" in html.unescape((await caller.get(f"/runs/{run}")).text)


async def move(site: Site, run: str, at: str) -> str:
    caller = await site.signed_in()
    reply = await site.press(caller, f"/runs/{run}/move", at=at)
    return html.unescape(reply.text)


async def test_a_follow_up_is_not_moved_to_a_time_at_which_it_cannot_act(site: Site) -> None:
    due = now(site) + timedelta(hours=2)
    run = await a_follow_up(site, due, until=round((due + timedelta(hours=1)).timestamp() * 1000))

    assert "that time is over" in await move(site, run, "2020-01-01T08:00")
    too_late = f"{due + timedelta(hours=3):%Y-%m-%dT%H:%M}"
    assert "it would be too late to act by then" in await move(site, run, too_late)
    assert "that is no time" in await move(site, run, "soon")
    detail = site.services.store.log.run(parse_id(run) or 0)
    assert detail
    assert detail.run.run_at == round(due.timestamp() * 1000)


async def test_more_follow_ups_than_a_page_are_behind_a_link(site: Site) -> None:
    due = now(site) + timedelta(days=1)
    runs = [await a_follow_up(site, due) for _ in range(52)]
    caller = await site.signed_in()

    first = html.unescape((await caller.get("/follow-ups")).text)
    (later,) = re.findall(r'rel="next" href="([^"]+)"', first)
    second = (await caller.get(later)).text

    shown = re.findall(r'id="run-([0-9a-z]+)"', first + second)
    assert shown == sorted(runs, key=lambda run: id_time_ms(parse_id(run) or 0))
    assert len(shown) == 52


async def test_the_page_of_a_question_shows_its_answers_and_how_they_were_judged(
    site: Site,
) -> None:
    event, _ = await site.event("để xem")
    wrong = answer_without_phone(text="để xem").to_json()
    answers = [
        {"event": parse_id(event), "text": "để xem", "why": wrong},
        {"event": parse_id(event), "text": None, "value": "+84901234567"},
    ]
    question = {"expect": "phone", "retries": 2}
    run = await a_follow_up(
        site, now(site) + timedelta(hours=2), question=question, answers=answers
    )

    page = (await (await site.signed_in(Role.VIEWER)).get(f"/runs/{run}")).text

    assert "<q><bdi>để xem</bdi></q>" in page
    assert "has no telephone number" in page
    assert "without text</a> → ✓ <code>+84901234567</code>" in page
    assert f"/events/{event}" in page
    assert "· question <a" in page


async def test_a_follow_up_of_a_sequence_says_which_of_how_many_it_is(site: Site) -> None:
    second = await a_follow_up(site, now(site) + timedelta(hours=2), part=[2, 5])
    run = await a_follow_up(site, now(site) + timedelta(hours=3))
    caller = await site.signed_in(Role.VIEWER)

    page = (await caller.get("/follow-ups")).text

    assert page.count("follow-up 2 of 5") == 1
    assert "follow-up 2 of 5" in (await caller.get(f"/runs/{second}")).text
    assert "of 5" not in (await caller.get(f"/runs/{run}")).text


async def test_a_follow_up_shows_the_words_that_it_will_say(tmp_path: Path) -> None:
    async with open_site(tmp_path, LATER) as site:
        await a_follow_up(site, now(site) + timedelta(hours=2))
        caller = await site.signed_in(Role.VIEWER)

        page = html.unescape((await caller.get("/follow-ups")).text)

    # What neither the event's row nor the rule file has is filled in when it is due.
    assert "Still there, Lan? Lan's, [id]" in re.sub("<[^>]+>", "", page)
    assert "remembers" in page
