"""Filters as people write them mean one thing, or are refused with a way out."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.engine.replay.filter_syntax import (
    delivery_filter,
    event_filter,
    event_words,
    run_filter,
    run_words,
    split_words,
)
from automator.language import ENGLISH, Translator
from automator.model import Outcome, RunState, UsageError, Verdict, Waits, format_id
from automator.model.log_filters import (
    EVENT_WORDS,
    RUN_WORDS,
    DeliveryFilter,
    EventFilter,
    RunFilter,
)

NOW_MS = 1_795_478_400_000  # 2026-11-24T00:00:00Z
DAY_MS = 86_400_000


def test_every_word_becomes_its_part_of_the_filter() -> None:
    words = split_words(
        [
            "state=dead,unknown rule=price-question reason=throttled",
            "outcome=partly waits=target since=2d",
            "until=2026-11-23T12:00:00+07:00",
        ]
    )

    assert run_filter(words, NOW_MS) == RunFilter(
        states=(RunState.DEAD, RunState.UNKNOWN),
        rule="price-question",
        reason_code="throttled",
        outcome=Outcome.PARTLY,
        waits_for=Waits.TARGET,
        since_ms=NOW_MS - 2 * DAY_MS,
        until_ms=NOW_MS - DAY_MS + 5 * 3_600_000,
    )
    assert event_filter({"matched": "no", "event": format_id(7), "text": " "}, NOW_MS) == (
        EventFilter(matched=False, event_id=7)
    )


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["text=giá bao nhiêu"], {"text": "giá bao nhiêu"}),
        (["text='giá bao nhiêu' state=dead"], {"text": "giá bao nhiêu", "state": "dead"}),
        (["text=it's fine"], {"text": "it's fine"}),
        (["text=a=b"], {"text": "a=b"}),
        (["state=dead", "state=dead"], {"state": "dead"}),
        ([], {}),
    ],
)
def test_a_shell_and_a_person_may_quote(texts: list[str], words: dict[str, str]) -> None:
    assert split_words(texts) == words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("dead", "'dead' is no filter"),
        ("=dead", "'=dead' is no filter"),
        ("state=dead state=done", "state is there twice"),
        ("stat=dead", "there is no filter 'stat' here"),
        ("matched=yes", "there is no filter 'matched' here"),
        ("state=failed", "there is no state 'failed'"),
        ("state=dead,", "there is no state ''"),
        ("state= rule=price", "state has no value"),
        ("rule=' '", "rule has no value"),
        ("reason=throttle", "there is no reason 'throttle'"),
        ("since=yesterday", "since is no time: 'yesterday'"),
        ("since=99999999999w", "since is too far away"),
        ("until=0001-01-01", "until is too far away"),
        ("since=1d until=2d", "since is not before until"),
        ("event=x", "'x' is no id of an event"),
        ("run=x", "'x' is no id of a run"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_way_out(text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        run_filter(split_words([text]), NOW_MS)

    assert said in caught.value.message
    assert caught.value.fix


def test_an_empty_choice_is_told_what_can_be_chosen() -> None:
    with pytest.raises(UsageError) as caught:
        split_words(["matched="])

    assert Translator(ENGLISH).error(caught.value)[1] == "One of: yes, no."


@pytest.mark.parametrize(
    ("text", "hours_before_utc"),
    [
        ("2026-11-24T08:00", 7),
        ("2026-11-24", 7),
        ("2026-11-24T08:00Z", 0),
        ("2026-11-24T08:00+09:00", 9),
    ],
)
def test_a_time_that_names_no_zone_is_one_of_the_servers(text: str, hours_before_utc: int) -> None:
    in_utc = run_filter({"since": text[:16].removesuffix("Z")}, NOW_MS).since_ms

    given = run_filter({"since": text}, NOW_MS, ZoneInfo("Asia/Ho_Chi_Minh")).since_ms

    assert in_utc is not None
    assert given == in_utc - hours_before_utc * 3_600_000


def test_a_misspelt_reason_is_told_the_nearest_one() -> None:
    with pytest.raises(UsageError, match="there is no reason 'throtled'") as caught:
        run_filter({"reason": "throtled"}, NOW_MS)

    assert caught.value.fix == (
        "Did you mean 'throttled'? `automator help reasons` and"
        " /help/reference/reasons.html list all codes."
    )


@given(st.dictionaries(st.sampled_from([*RUN_WORDS, "matched", "x"]), st.text(max_size=12)))
def test_any_words_are_a_filter_or_wrong_use(words: dict[str, str]) -> None:
    try:
        wanted = run_filter(words, NOW_MS)
    except UsageError:
        return
    assert run_filter(run_words(wanted), NOW_MS + DAY_MS) == wanted


def test_a_type_is_found_in_the_case_in_which_its_sender_writes_it() -> None:
    assert event_filter({"type": "Order.Paid"}, NOW_MS).type == "order.paid"
    assert run_filter({"type": "Order.Paid"}, NOW_MS).type == "order.paid"


@given(
    state=st.lists(st.sampled_from([state.label for state in RunState]), unique=True),
    since=st.sampled_from(["", "2d", "90m", "2026-11-22", "2026-11-22T08:00+07:00"]),
    number=st.integers(min_value=0, max_value=(1 << 63) - 1),
    texts=st.dictionaries(
        st.sampled_from(
            sorted(set(RUN_WORDS) & set(EVENT_WORDS) - {"since", "until", "event", "delivery"})
        ),
        st.text(alphabet="abc ~:=", min_size=1, max_size=5),
    ),
)
def test_the_words_of_a_filter_mean_the_same_at_any_later_time(
    state: list[str], since: str, number: int, texts: dict[str, str]
) -> None:
    several = f"{format_id(number)},{format_id(number // 2)}"
    words = {**texts, "since": since, "event": format_id(number), "delivery": several}
    runs = run_filter({**words, "state": ",".join(state), "run": format_id(number)}, NOW_MS)
    events = event_filter({**words, "matched": "yes"}, NOW_MS)

    assert run_filter(run_words(runs), NOW_MS + DAY_MS) == runs
    assert event_filter(event_words(events), NOW_MS + DAY_MS) == events


def test_a_filter_over_deliveries_names_a_verdict_or_all() -> None:
    wanted = delivery_filter({"verdict": "rejected", "part": "giá", "since": "1h"}, NOW_MS)

    assert wanted == DeliveryFilter(
        verdict=Verdict.REJECTED, part="giá", since_ms=NOW_MS - 3_600_000
    )
    assert delivery_filter({"verdict": "all"}, NOW_MS) == DeliveryFilter()
    with pytest.raises(UsageError, match="there is no verdict 'lost'"):
        delivery_filter({"verdict": "lost"}, NOW_MS)
    with pytest.raises(UsageError, match="'x' is no id of a delivery"):
        run_filter({"delivery": "x"}, NOW_MS)
