from automator.server.sample_paths import sample_paths
from tests.support.providers import a_provider


def test_the_samples_say_what_events_have() -> None:
    paths = sample_paths({"page": a_provider("facebook")})["comment.created"]

    assert {"event.text", "event.actor.name", "event.post.id"} <= paths
    assert "event.actor.nmae" not in paths


def test_what_a_sample_leaves_empty_may_have_anything_below() -> None:
    paths = sample_paths({"page": a_provider("facebook")})["comment.created"]

    assert all(path.removesuffix(".*") in paths for path in paths if path.endswith(".*"))


def test_senders_of_any_shape_say_nothing() -> None:
    assert set(sample_paths({"orders": a_provider("generic")})) == {
        "connection.rejecting",
        "connection.silent",
        "schedule.fired",
    }


def test_what_schedules_say_is_known_without_any_connection() -> None:
    paths = sample_paths({})["schedule.fired"]

    assert "event.data.scheduled_at" in paths
    assert "event.data.shceduled_at" not in paths
