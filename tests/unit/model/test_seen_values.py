"""The values that conditions could read are kept exactly, up to a bound."""

import json

import orjson
from hypothesis import given
from hypothesis import strategies as st

from automator.model import Reason, SeenValues
from automator.model.event import lacked_part
from automator.model.seen_values import MOST_SEEN_BYTES, bounded_seen

NAMES = st.text("abc.é", min_size=1, max_size=4)
VALUES = st.dictionaries(NAMES, st.one_of(st.none(), st.integers(0, 9), st.text(max_size=40)))
PATHS = st.frozensets(st.sampled_from(["contact.x", "vars.y", "contact.*", "vars.*"]))
PARTS = st.builds(
    SeenValues,
    contact=VALUES,
    vars=VALUES,
    absent=PATHS,
    left_out=PATHS,
    rules=st.lists(NAMES, max_size=2).map(tuple),
    behind=st.sampled_from(["", "rule"]),
)


def size_of(value: object) -> int:
    return len(orjson.dumps(value))


@given(PARTS)
def test_values_are_the_same_after_they_were_stored(part: SeenValues) -> None:
    assert SeenValues.from_data(orjson.loads(orjson.dumps(part.as_data()))) == part


@given(st.lists(PARTS, max_size=4), st.integers(100, 600))
def test_no_more_is_kept_than_the_bound_and_what_is_missing_is_named(
    parts: list[SeenValues], most_bytes: int
) -> None:
    kept = bounded_seen(parts, size_of, most_bytes)

    assert size_of([part.as_data() for part in kept]) <= most_bytes
    if size_of([part.as_data() for part in parts]) <= most_bytes:
        assert kept == parts
        return
    if len(kept) == 1 and kept[0].left_out == {"*"}:
        return
    for before, after in zip(parts, kept, strict=True):
        missing = {path for path, _ in before.values()} - {path for path, _ in after.values()}
        assert missing <= after.left_out
        assert not any(after.covers(path) for path in missing - before.absent)


def test_the_largest_value_is_left_out_first() -> None:
    part = SeenValues(contact={"name": "Hoa", "state": {"note": "x" * MOST_SEEN_BYTES}})

    (kept,) = bounded_seen([part], size_of)

    assert kept == SeenValues(contact={"name": "Hoa"}, left_out=frozenset({"contact.state"}))


def test_what_was_absent_is_absent_whatever_there_is_now() -> None:
    part = SeenValues(vars={"a": 1}, absent=frozenset({"vars.b", "contact.*"}))

    assert part.over("vars", {"a": 2, "b": 2, "c": 2}) == {"a": 1, "c": 2}
    assert part.over("contact", {"name": "Hoa"}) == {}
    assert part.covers("vars.b")
    assert part.covers("contact.name")
    assert not part.covers("vars.c")


def test_an_event_gets_the_text_of_its_post_where_it_was_found() -> None:
    found, sought_in_vain = SeenValues(post={"message": None}), SeenValues(not_found=Reason("gone"))
    event = {"post": {"id": "1"}}

    assert found.in_event(event) == {"post": {"id": "1", "message": None}}
    assert sought_in_vain.in_event(event) is event
    for other in ({"post": {"id": "1", "message": "a"}}, {"post": None}, {}):
        assert found.in_event(other) is other
    for part in (found, sought_in_vain):
        assert SeenValues.from_data(json.loads(json.dumps(part.as_data()))) == part


def test_an_event_gets_the_answers_of_its_lead_each_by_its_name() -> None:
    answers = {"full_name": "Lan", "id": "một", "size": "M"}
    found = SeenValues(lead={"answers": answers, "platform": "ig"})
    event = {"actor": {"id": "lead:1", "name": None}, "lead": {"id": "1", "form_id": "7"}}

    completed = found.in_event(event)

    # What Facebook says of a lead is not replaced by a question that has the same name.
    assert completed["lead"] == {
        "full_name": "Lan", "size": "M", "id": "1", "form_id": "7", "platform": "ig",
        "answers": answers,
    }  # fmt: skip
    assert completed["actor"]["name"] == "Lan"
    assert found.in_event(completed) is completed
    assert SeenValues(lead={"platform": "ig"}).in_event(event) is event
    assert SeenValues.from_data(json.loads(json.dumps(found.as_data()))) == found


def test_an_event_lacks_what_it_names_alone() -> None:
    assert lacked_part({"post": {"id": "1"}}) == "post"
    assert lacked_part({"lead": {"id": "1", "form_id": "2", "ad_id": "3"}}) == "lead"
    # A test of rules gives some answers, and one that was sought in vain is not sought again.
    for lead in ({"id": "1", "full_name": "Lan"}, {"id": "1", "answers": None}, {"id": None}):
        assert lacked_part({"lead": lead}) is None
    assert lacked_part({"post": {"id": "1", "message": None}, "lead": None}) is None


def test_a_text_that_is_too_long_is_left_out() -> None:
    (kept,) = bounded_seen([SeenValues(post={"message": "x" * MOST_SEEN_BYTES})], size_of)

    assert kept == SeenValues(left_out=frozenset({"post.message"}))
