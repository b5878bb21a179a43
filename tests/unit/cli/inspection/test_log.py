"""How a run looks on one line, and which runs are shown."""

import re
from dataclasses import replace

import pytest

from automator.cli.inspection.log import line, log, refused_data, refused_line, shows_refused
from automator.engine.replay.filter_syntax import run_filter
from automator.model import (
    Reason,
    Run,
    RunState,
    UsageError,
    Verdict,
    first_id_of,
    format_id,
    quoted,
)
from automator.reasons.deliveries import bad_signature
from automator.reasons.limits import due_outside
from automator.reasons.runs import cancelled_by_person
from automator.reasons.secrets import meta_secret
from automator.store import DeliveryRow, RunRow


def a_row(
    *,
    text: str = "giá bao nhiêu ạ",
    actor: str = "Ngọc Ánh",
    state: RunState = RunState.DONE,
    reason: Reason | None = None,
    summary: str | None = "answered the comment",
    run_at: int = 0,
) -> RunRow:
    run = Run(
        id=first_id_of(1_795_478_400_000),
        event_id=2,
        rule="price-question",
        revision=1,
        lane=None,
        contact=None,
        path="",
        parent_id=None,
        state=state,
        step=0,
        attempt=1,
        crashes=0,
        seq_at=0,
        run_at=run_at,
        created_at=1_795_478_400_000,
        finished_at=None,
        owner=None,
        data={},
        reason=reason,
    )
    return RunRow(
        run=run,
        event_type="comment.created",
        connection="shop-page",
        actor_name=actor,
        text=text,
        dedupe_key="comment:1",
        last_summary=quoted(summary) if summary else None,
        attempts=1,
    )


def test_a_line_has_the_time_the_state_the_rule_the_person_and_what_was_done() -> None:
    shown = line(a_row())

    assert re.match(
        r"\d\d-\d\d \d\d:\d\d:\d\d  ✓ done {13}price-question@1  comment\.created", shown
    )
    assert shown.endswith("Ngọc Ánh  “giá bao nhiêu ạ”  answered the comment  [0000000000002]")


def test_a_reason_stands_before_what_was_done_last() -> None:
    shown = line(a_row(state=RunState.DEAD, reason=quoted("the target answered 410")))

    assert "✗ dead" in shown
    assert "the target answered 410" in shown
    assert "answered the comment" not in shown


def test_what_strangers_wrote_stays_on_the_line_and_steers_nothing() -> None:
    shown = line(a_row(actor="\x1b]0;x\x07", text="a\nadmin signed in\x1b[2J", summary="x\u202ey"))

    assert len(shown.splitlines()) == 1
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_a_run_that_waits_says_until_when() -> None:
    row = a_row(state=RunState.QUEUED, run_at=1_795_478_400_000 + 72_000_000)

    assert re.search(r"… queued .*waits until \d\d-\d\d \d\d:\d\d:\d\d", line(row))


def test_a_reason_that_says_until_when_is_not_repeated() -> None:
    until = 1_795_478_400_000 + 72_000_000
    because = due_outside(at=[until - 3_600_000, "UTC"], calendar="day", until=[until, "UTC"])
    shown = line(a_row(state=RunState.QUEUED, run_at=until, reason=because))

    assert shown.count("waits until") == 1


def test_a_replayed_run_names_whoever_replayed_it() -> None:
    row = a_row()
    replayed = replace(row, run=replace(row.run, data={"replay": {"by": "hoa"}}))

    assert "  ↻ replayed by hoa  [" in line(replayed)
    assert "↻" not in line(row)


def test_a_long_text_is_cut() -> None:
    assert len(line(a_row(text="giá " * 1000))) < 220


def test_an_unknown_state_is_wrong_use_and_the_words_are_listed() -> None:
    with pytest.raises(UsageError) as caught:
        log(status="failed")

    assert "queued, running, done, dead" in caught.value.fix


def test_an_empty_option_is_wrong_use() -> None:
    with pytest.raises(UsageError, match="rule has no value"):
        log(rule="")


@pytest.mark.parametrize(
    ("chosen", "admitted"),
    [
        ({}, True),
        ({"state": "Done"}, True),
        ({"state": "dead,unknown"}, False),
        ({"state": "dead,done"}, True),
        ({"rule": "other"}, False),
        ({"connection": "shop-page"}, True),
        ({"connection": "other"}, False),
        ({"text": "GIÁ"}, True),
        ({"text": "ngoc anh"}, True),
        ({"type": "message.received"}, False),
        ({"since": "2026-11-24"}, True),
        ({"since": "2026-11-25"}, False),
        ({"until": "2026-11-24"}, False),
        ({"text": "size"}, False),
        ({"event": "0000000000002"}, True),
        ({"event": "0000000000003"}, False),
        ({"run": "0000000000003"}, False),
        ({"run": f"0000000000003,{format_id(first_id_of(1_795_478_400_000))}"}, True),
    ],
)
def test_a_changed_run_is_shown_only_if_it_was_asked_for(
    chosen: dict[str, str], admitted: bool
) -> None:
    assert a_row().fits(run_filter(chosen, 1_795_478_400_000)) is admitted


REFUSED = DeliveryRow(
    id=5,
    connection="shop-page",
    received_at=1_795_478_400_000,
    method="POST",
    remote="203.0.113.7",
    verdict=Verdict.REJECTED,
    reason=bad_signature(header="the header \x1b[2J", advice=meta_secret()),
    size=12,
    events=0,
    is_duplicate=False,
)


def test_a_refused_delivery_says_who_sent_it_and_why_it_was_refused() -> None:
    shown = refused_line(REFUSED)

    assert re.match(
        r"\d\d-\d\d \d\d:\d\d:\d\d  ✗ refused {5}shop-page  POST  203\.0\.113\.7", shown
    )
    assert shown.endswith(
        "the header \\x1b[2J does not match the body (bad_signature)  [delivery 0000000000005]"
    )
    assert refused_data(REFUSED)["reason"]["code"] == "bad_signature"


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ({}, True),
        ({"connection": "shop-page", "since": "2d"}, True),
        ({"rule": "price-question"}, False),
        ({"state": "dead"}, False),
        ({"text": "giá"}, False),
        ({"type": "comment.created"}, False),
        ({"outcome": "answered"}, False),
        ({"waits": "target"}, False),
        ({"delivery": "0000000000005"}, False),
    ],
)
def test_refused_deliveries_are_left_out_where_something_is_asked_that_only_runs_have(
    words: dict[str, str], shown: bool
) -> None:
    assert shows_refused(run_filter(words, 1_795_478_400_000)) is shown


def test_lines_are_said_in_the_chosen_language(in_vietnamese: None) -> None:
    held_back = line(a_row(state=RunState.SUPPRESSED, reason=cancelled_by_person(who="Lan")))

    assert "○ bị giữ lại" in held_back
    assert "đã hủy bởi Lan" in held_back
    assert "✗ từ chối" in refused_line(REFUSED)
    assert refused_line(REFUSED).endswith("[lần gửi 0000000000005]")
