"""Keys of a rule that decide about others, about the time, and about whether anything is sent."""

from pathlib import Path

import pytest

from automator.configuration.time_intervals import TimeInterval
from automator.engine.replay.decisions import ReplayReader
from automator.engine.replay.plan import ReplayPlan
from automator.engine.replay.replays import Replays, plan_replay
from automator.engine.replay.request import ReplayRequest, read_request
from automator.model import AttemptStatus, IdSource, OptOut, Outcome, RunState, format_id
from tests.support.explained import explained
from tests.support.http import HeldReply
from tests.support.words import said, told
from tests.support.world import World, a_world

RULE = """\
  - id: {}
    trigger: {{event: comment.created}}
    actions: [log: "{}"]
"""
#: The clock of the world stands at a Tuesday, 07:00 in Vietnam.
EVENING = {"evening": TimeInterval(times=("18:00-22:00",), timezone="Asia/Ho_Chi_Minh")}


def rules(*keys: str) -> str:
    """Rules a, b, c … with these lines."""
    listed = [
        RULE.format(name, name) + "".join(f"    {key}\n" for key in of_rule.split("; ") if key)
        for name, of_rule in zip("abcdef", keys, strict=False)
    ]
    return "rules:\n" + "".join(listed)


async def ran(world: World) -> list[str]:
    """The rules of all runs and what became of them."""
    return [f"{detail.run.rule} {detail.run.state.label}" for detail in await world.runs()]


async def test_rules_of_a_higher_priority_come_first(tmp_path: Path) -> None:
    async with a_world(tmp_path, rules("", "priority: 5", "priority: -1", "priority: 5")) as world:
        await world.handles_comment(1, "11", "giá?")

        assert await ran(world) == ["b done", "d done", "a done", "c done"]


async def test_no_rule_is_evaluated_after_one_that_stops(tmp_path: Path) -> None:
    text = rules("", "stop: true", "stop: true; priority: 1; conditions: ['`false`']", "")
    async with a_world(tmp_path, text) as world:
        await world.handles_comment(1, "11", "giá?")

        assert await ran(world) == ["a done", "b done"]


async def test_a_rule_that_only_shows_or_is_held_back_stops_nothing(tmp_path: Path) -> None:
    text = rules("stop: true; mode: shadow", "stop: true; active: evening", "")
    async with a_world(tmp_path, text, intervals=EVENING) as world:
        await world.handles_comment(1, "11", "giá?")

        assert await ran(world) == ["a done", "b suppressed", "c done"]


async def test_a_rule_that_will_act_later_stops_the_others_now(tmp_path: Path) -> None:
    text = rules("stop: true; active: evening; outside: wait", "")
    async with a_world(tmp_path, text, intervals=EVENING) as world:
        await world.handles_comment(1, "11", "giá?")

        assert await ran(world) == ["a queued"]


ANSWERS = "actions: [reply: x]"
FALLBACK = "fallback: true; priority: 5"


def answering(*keys: str) -> str:
    """Rules as those of `rules`, of which the first replies."""
    return rules(*keys).replace('actions: [log: "a"]', ANSWERS)


@pytest.mark.parametrize(
    ("key", "became"),
    [
        ("", ["a done"]),
        ("conditions: ['`false`']", ["b done"]),
        ("active: evening", ["a suppressed", "b done"]),
        ("active: evening; outside: wait", ["a queued"]),
        ("limits: {once: {key: event.actor.id}}", ["a done"]),
    ],
)
async def test_a_fallback_acts_when_no_other_rule_answers(
    tmp_path: Path, key: str, became: list[str]
) -> None:
    async with a_world(tmp_path, answering(key, FALLBACK), intervals=EVENING) as world:
        accepted = await world.handles_comment(1, "11", "giá?")
        event_id = accepted.receipts[0].event_id
        account = await explained(world, event_id)

        assert await ran(world) == became
        told_why = "a answers: a rule with fallback: true acts only when no other one does"
        assert (told_why in told(account)) is ("b done" not in became)


async def test_a_fallback_does_not_speak_where_a_limit_or_a_person_holds_the_answer_back(
    tmp_path: Path,
) -> None:
    text = answering("pause_on: {human_reply: 1h}; limits: {once: {key: event.actor.id}}", FALLBACK)
    text = text.replace("comment.created", "message.received").replace("[reply:", "[message:")
    async with a_world(tmp_path, text) as world:
        for number in (1, 2):
            await world.handles_message(number, "11", "giá?")
        await world.answers_by_hand(3, "12")
        await world.handles_message(4, "12", "giá?")

        assert await ran(world) == ["a done", "a suppressed", "a suppressed"]


async def test_outside_of_its_times_a_rule_is_written_down_as_suppressed(tmp_path: Path) -> None:
    async with a_world(tmp_path, rules("active: evening"), intervals=EVENING) as world:
        await world.handles_comment(1, "11", "giá?")
        (detail,) = await world.runs()

        assert detail.run.state is RunState.SUPPRESSED
        assert said(detail.run.reason) == (
            "outside evening: it was Tue 2026-11-24 07:00 (Asia/Ho_Chi_Minh)"
        )
        assert detail.attempts == ()
        await world.passes(12 * 3600)
        assert await ran(world) == ["a suppressed"]


async def test_a_rule_that_waits_runs_when_its_time_begins(tmp_path: Path) -> None:
    text = rules("active: evening; outside: wait")
    async with a_world(tmp_path, text, intervals=EVENING) as world:
        await world.comments(1, "11", "giá?")
        await world.passes(11 * 3600 - 60)
        assert await ran(world) == ["a queued"]

        await world.passes(120)

        assert await ran(world) == ["a done"]
        (detail,) = await world.runs()
        assert said(detail.run.note).endswith(
            "put off until Tue 2026-11-24 18:00 (Asia/Ho_Chi_Minh)"
        )


async def planned(
    world: World, event_id: int, at_ms: int
) -> tuple[ReplayPlan, Replays, ReplayRequest]:
    """What a replay of an event would do at a time, and what confirms it."""
    ids = IdSource(world.clock.now_ms, 7)
    replays = Replays(world.store, world.rulebook.revisions, ids, world.clock)
    request = read_request(
        {"over": "events", "filters": {"event": format_id(event_id)}, "again": True},
        now_ms=world.clock.now_ms(),
        revision=world.rulebook.active.revision,
    )
    reader = ReplayReader(world.store.log, world.rulebook.revisions, request)
    return await plan_replay(reader, at_ms), replays, request


async def test_a_replay_asks_the_calendar_as_well(tmp_path: Path) -> None:
    async with a_world(tmp_path, rules("active: evening"), intervals=EVENING) as world:
        accepted = await world.comments(1, "11", "giá?")
        event_id = accepted.receipts[0].event_id
        plan, replays, request = await planned(
            world, event_id, world.clock.now_ms() + 12 * 3_600_000
        )
        await replays.confirm(request, "hoa")

        assert [(group.count, group.held_back) for group in plan.groups.values()] == [(1, 0)]
        assert await ran(world) == ["a suppressed", "a suppressed"]


ONCE = "limits: {once: {key: '[event.actor.id, event.post.id]'}}"


async def test_a_person_is_answered_once_and_why_says_so(tmp_path: Path) -> None:
    async with a_world(tmp_path, rules(ONCE)) as world:
        await world.handles_comment(1, "11", "giá?")
        again = await world.comments(2, "11", "giá ạ?")
        await world.handles_comment(3, "12", "giá?")
        event_id = again.receipts[0].event_id
        account = await explained(world, event_id)

        assert await ran(world) == ["a done", "a suppressed", "a done"]
        assert "1 of 1 rules match" in told(account)
        assert (
            told(account)
            .splitlines()[-1]
            .endswith(
                'once: already started for ["11","100200300400_700"] on '
                f"2026-11-24 00:00:00 UTC, run {format_id((await world.runs())[0].run.id)}"
            )
        )


async def test_why_says_that_a_limit_had_no_key(tmp_path: Path) -> None:
    async with a_world(tmp_path, rules("limits: {once: {key: event.parent.id}}")) as world:
        await world.comments(1, "11", "giá?")
        last = await world.handles_comment(2, "11", "giá?")
        event_id = last.receipts[0].event_id
        account = await explained(world, event_id)

        assert await ran(world) == ["a done", "a done"]
        line = told(account).splitlines()[-1]
        assert "once does not apply: its key event.parent.id: it is null" in line
        assert "done, nothing to send: " in line


async def test_a_rule_that_a_limit_holds_back_stops_nothing(tmp_path: Path) -> None:
    async with a_world(tmp_path, rules(f"stop: true; {ONCE}", "")) as world:
        await world.comments(1, "11", "giá?")
        last = await world.handles_comment(2, "11", "giá?")
        event_id = last.receipts[0].event_id
        account = await explained(world, event_id)

        assert await ran(world) == ["a done", "a suppressed", "b done"]
        assert "2 of 2 rules match" in told(account)


async def test_a_rule_that_waits_for_its_time_is_counted_when_the_event_comes_in(
    tmp_path: Path,
) -> None:
    text = rules(f"active: evening; outside: wait; {ONCE}")
    async with a_world(tmp_path, text, intervals=EVENING) as world:
        await world.comments(1, "11", "giá?")
        await world.comments(2, "11", "giá?")
        await world.passes(12 * 3600)

        assert await ran(world) == ["a done", "a suppressed"]


async def test_a_replay_is_not_held_back_by_limits_and_is_counted(tmp_path: Path) -> None:
    async with a_world(tmp_path, rules(f"stop: true; {ONCE}", "")) as world:
        accepted = await world.handles_comment(1, "11", "giá?")
        event_id = accepted.receipts[0].event_id
        plan, replays, request = await planned(world, event_id, world.clock.now_ms())
        await replays.confirm(request, "hoa")
        await world.settled()

        assert [(group.rule, group.unlimited) for group in plan.groups.values()] == [("a", 1)]
        assert await ran(world) == ["a done", "a done"]


GATHERED = """\
rules:
  - id: a
    trigger: {event: comment.created}
    conditions: [event.text != 'thôi']
    limits:
      debounce: {key: "[event.actor.id, event.post.id]", quiet: 30s, max_wait: 5m}
    actions:
      - if: length(events) > `1`
        log: "{% for one in events %}{{ one.text }}, {% endfor %}{{ events | length }}"
      - follow_up:
          after: 1h
          actions: [{log: "sau đó {{ events[-1].text }}"}]
"""


async def test_steps_see_all_events_that_were_collected_and_why_says_where_they_are(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, GATHERED) as world:
        for number, text in enumerate(["alo", "thôi", "giá?", "size M"], 1):
            last = await world.comments(number, "11", text)
            await world.passes(10)
        await world.passes(60)
        await world.passes(3700)
        event_id = last.receipts[0].event_id
        account = await explained(world, event_id)
        first, _, _, follow_up = await world.runs()

        assert await ran(world) == ["a done", "a suppressed", "a suppressed", "a done"]
        assert said(first.attempts[0].summary) == "alo, giá?, size M, 3"
        assert said(follow_up.attempts[0].summary) == "sau đó size M"
        line = told(account).splitlines()[-1]
        assert f"debounce: collected into run {format_id(first.run.id)} as event 3" in line


DIGEST = """\
rules:
  - id: a
    trigger: {event: comment.created}
    limits:
      debounce: {key: "'all'", quiet: 5m, max_wait: 1h, limit: 3}
    actions:
      - log: "{% for one in events %}{{ one.text }}, {% endfor %}"
"""


async def test_a_digest_of_several_people_acts_at_its_last_event_or_when_it_is_quiet(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, DIGEST) as world:
        for number in range(1, 6):
            await world.comments(number, f"{number}{number}", f"text {number}")
            await world.passes(1)
        at_once = await ran(world)
        await world.passes(301)
        logged = [
            said(attempt.summary) for detail in await world.runs() for attempt in detail.attempts
        ]

        assert at_once == ["a done", "a suppressed", "a suppressed", "a queued", "a suppressed"]
        assert logged == ["text 1, text 2, text 3, ", "text 4, text 5, "]


RESTARTED = """\
rules:
  - id: a
    trigger: {event: comment.created}
    limits:
      concurrency: {key: event.actor.id, mode: restart}
    actions:
      - log: chào
      - follow_up:
          after: 20h
          actions: [{log: còn quan tâm không}]
"""


async def test_a_new_run_ends_what_an_older_one_has_scheduled(tmp_path: Path) -> None:
    async with a_world(tmp_path, RESTARTED) as world:
        for number in (1, 2, 3):
            await world.comments(number, "11", "giá?")
            await world.passes(3600)
        await world.handles_comment(4, "12", "giá?")
        runs = [(detail.run.path, detail.run.state.label) for detail in await world.runs()]

        assert [state for path, state in runs if not path] == ["done"] * 4
        assert [state for path, state in runs if path] == ["cancelled", "cancelled"] + [
            "queued"
        ] * 2
        await world.passes(20 * 3600)
        assert (await ran(world)).count("a done") == 6


async def test_runs_take_their_turns_and_why_says_for_what_they_wait(tmp_path: Path) -> None:
    text = """\
rules:
  - id: a
    trigger: {event: comment.created}
    limits:
      concurrency: {key: "'crm'"}
    actions:
      - forward: {to: crm}
"""
    async with a_world(tmp_path, text) as world:
        held = HeldReply()
        world.http.script.append(held)
        for number in (1, 2):
            last = await world.comments(number, str(10 + number), "giá?")
        account = await explained(world, last.receipts[0].event_id)
        await held.asked.wait()
        held.answered.set()
        await world.settled()

        assert "concurrency: waits for its place; 1 of 1 under way for" in told(account)
        assert await ran(world) == ["a done", "a done"]


SHADOW = """\
rules:
  - id: shown
    mode: shadow
    trigger: {event: comment.created}
    actions:
      - reply: "Chào {{ event.actor.name }}"
      - if: event.text == 'giá?'
        forward: {to: crm}
      - if: event.text == 'khác'
        forward: {to: crm}
      - set: {price: "{{ '250k' }}"}
      - log: "giá {{ vars.price }}"
      - remember: {asked: price}
      - follow_up:
          after: 1h
          actions:
            - forward: {to: crm}
"""


async def test_a_shadow_rule_renders_everything_and_changes_nothing(tmp_path: Path) -> None:
    async with a_world(tmp_path, SHADOW) as world:
        await world.handles_comment(1, "11", "giá?")
        await world.passes(2 * 3600)
        detail, later = await world.runs()
        contact = world.store.log.contact("shop-page:11")

        assert detail.run.state is RunState.DONE
        assert detail.run.data["mode"] == "shadow"
        assert (later.run.path, later.run.state, later.run.is_shadow) == (
            "follow_up", RunState.DONE, True,
        )  # fmt: skip
        assert said(later.attempts[0].summary) == "shadow: would have sent (forward): crm"
        summaries = [said(attempt.summary) for attempt in detail.attempts]
        assert summaries[0].startswith("shadow: would have sent (reply): Chào ")
        assert summaries[1] == "shadow: would have sent (forward): crm"
        assert summaries[4] == "shadow: would have done: giá 250k"
        assert all(line.startswith(("shadow: would", "if: ")) for line in summaries)
        assert [attempt.status for attempt in detail.attempts].count(AttemptStatus.SKIPPED) == 1
        assert contact.get("state", {}) == {}
        assert world.http.requests == []


CALLED_OFF = """\
rules:
  - id: asks
    mode: {}
    trigger: {{event: comment.created}}
    conditions: [event.text == 'giá?']
    actions:
      - follow_up: {{after: 1h, actions: [log: later]}}
  - id: calls-off
    mode: {}
    trigger: {{event: comment.created}}
    conditions: [event.text == 'thôi']
    actions:
      - cancel_follow_ups: {{rule: asks}}
"""


@pytest.mark.parametrize(
    ("asks", "calls_off", "is_cancelled"),
    [
        ("shadow", "shadow", True),
        ("shadow", "live", True),
        ("live", "shadow", False),
        ("live", "live", True),
    ],
)
async def test_a_shadow_rule_calls_off_the_follow_ups_of_shadow_rules_alone(
    asks: str, calls_off: str, is_cancelled: bool, tmp_path: Path
) -> None:
    async with a_world(tmp_path, CALLED_OFF.format(asks, calls_off)) as world:
        for number, text in enumerate(("giá?", "thôi"), 1):
            await world.handles_comment(number, "11", text)
            await world.passes(60)
        await world.passes(2 * 3600)

        found = [detail.run.state for detail in await world.runs() if detail.run.path]
        assert found == [RunState.CANCELLED if is_cancelled else RunState.DONE]


async def test_a_shadow_rule_shows_the_requests_that_it_would_have_made(tmp_path: Path) -> None:
    async with a_world(tmp_path, SHADOW) as world:
        await world.handles_comment(1, "11", "giá?")
        detail, *_ = await world.runs()
        reply, forward = detail.attempts[:2]

        assert detail.run.outcome is Outcome.WOULD_HAVE_SENT
        assert reply.said == "Chào Khách 11"
        assert "Chào Khách 11" in reply.request["body"]
        assert "giá?" in forward.request["body"]
        assert [(item.response, item.target) for item in (reply, forward)] == [(None, None)] * 2


async def test_a_shadow_rule_says_nothing_to_somebody_who_opted_out(tmp_path: Path) -> None:
    text = SHADOW.replace("reply:", "private_reply:")
    async with a_world(tmp_path, text) as world:
        await world.store.contacts.opt_out("shop-page", "11", OptOut(opted_out=True, by="An"))
        await world.handles_comment(1, "11", "giá?")
        detail, *_ = await world.runs()

        assert detail.attempts[0].status is AttemptStatus.SKIPPED
        assert said(detail.attempts[0].summary).startswith("the contact opted out on")


async def test_a_shadow_beside_a_live_rule_leaves_its_limits_and_its_reply_to_it(
    tmp_path: Path,
) -> None:
    rule = """\
  - id: {}
    mode: {}
    trigger: {{event: comment.created}}
    limits: {{once: {{key: event.actor.id}}}}
    actions: [private_reply: "Chào"]
"""
    text = "rules:\n" + rule.format("shown", "shadow") + rule.format("real", "live")
    async with a_world(tmp_path, text) as world:
        for number in (1, 2):
            await world.comments(number, "11", "giá?")
        await world.settled()

        first, second = ["shown done", "real done"], ["shown suppressed", "real suppressed"]
        assert await ran(world) == [*first, *second]
        assert len(world.http.requests) == 1


async def test_the_runs_of_a_shadow_rule_are_marked_down_to_the_last(tmp_path: Path) -> None:
    text = """\
rules:
  - id: shown
    mode: shadow
    trigger: {event: comment.created}
    actions:
      - reply: "{{ event.nothing }}"
    on_error:
      - forward: {to: crm}
"""
    async with a_world(tmp_path, text) as world:
        await world.handles_comment(1, "11", "giá?")

        marks = [detail.run.data.get("mode") for detail in await world.runs()]
        assert await ran(world) == ["shown dead", "shown done"]
        assert marks == ["shadow", "shadow"]
        assert world.http.requests == []
