"""A bad rule file never stops traffic, and no save overwrites another in silence."""

from pathlib import Path

import pytest

from automator.engine.rulebook import RulesRefusedError, etag_of
from automator.model import ConflictError, NotFoundError
from tests.support.world import World, a_world

GOOD = """\
rules:
  - id: order
    trigger: {event: comment.created}
    actions:
      - log: taken
"""
OTHER = GOOD.replace("order", "other")
BROKEN = "rules:\n  - idd: order\n"
NAME = "shop.yaml"


def file_of(world: World) -> Path:
    return world.rulebook.folder / NAME


def rule_ids(world: World) -> list[str]:
    return [rule.spec.id for rule in world.rulebook.active.rule_set.rules]


async def test_a_saved_file_is_on_disk_and_in_force(tmp_path: Path) -> None:
    async with a_world(tmp_path, GOOD) as world:
        before = world.rulebook.active.revision

        active = await world.rulebook.save(NAME, OTHER, if_match=etag_of(GOOD), author="lan")

        assert file_of(world).read_text() == OTHER
        assert rule_ids(world) == ["other"]
        assert active.revision == before + 1


async def test_a_save_over_a_file_that_somebody_else_changed_is_refused(tmp_path: Path) -> None:
    async with a_world(tmp_path, GOOD) as world:
        seen = world.rulebook.files()[NAME].etag
        await world.rulebook.save(NAME, OTHER, if_match=seen, author="lan")

        with pytest.raises(ConflictError):
            await world.rulebook.save(NAME, GOOD, if_match=seen, author="minh")

        assert file_of(world).read_text() == OTHER


async def test_a_save_over_rules_that_another_node_has_published_leaves_the_file_as_it_was(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, GOOD) as world:
        await world.store.publish_ruleset({NAME: OTHER}, "of another node", "minh")

        with pytest.raises(ConflictError, match="changed elsewhere"):
            await world.rulebook.save(NAME, OTHER, if_match=etag_of(GOOD), author="lan")

        assert file_of(world).read_text() == GOOD
        assert rule_ids(world) == ["order"]


async def test_a_revision_of_another_node_is_followed_with_its_files(tmp_path: Path) -> None:
    async with a_world(tmp_path, GOOD) as world:
        second = "second.yaml"
        published = {NAME: OTHER, second: GOOD}
        revision = await world.store.publish_ruleset(published, "of another node", "minh")

        assert await world.rulebook.follow()
        assert not await world.rulebook.follow()

        assert world.rulebook.active.revision == revision
        assert {name: file.text for name, file in world.rulebook.files().items()} == published
        assert not await world.rulebook.reload_if_changed()


async def test_files_that_were_never_published_are_not_replaced_by_another_node(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, GOOD) as world:
        file_of(world).write_text(BROKEN)
        await world.store.publish_ruleset({NAME: OTHER}, "of another node", "minh")

        assert await world.rulebook.follow()

        assert rule_ids(world) == ["other"]
        assert file_of(world).read_text() == BROKEN


async def test_a_new_file_does_not_overwrite_one_of_the_same_name(tmp_path: Path) -> None:
    async with a_world(tmp_path, GOOD) as world:
        with pytest.raises(ConflictError):
            await world.rulebook.save(NAME, OTHER, if_match=None, author="lan")


async def test_a_save_with_problems_writes_nothing_and_says_all_of_them(tmp_path: Path) -> None:
    async with a_world(tmp_path, GOOD) as world:
        with pytest.raises(RulesRefusedError) as caught:
            await world.rulebook.save(NAME, BROKEN, if_match=etag_of(GOOD), author="lan")

        assert caught.value.problems
        assert file_of(world).read_text() == GOOD
        assert rule_ids(world) == ["order"]


async def test_a_change_on_disk_is_taken_over(tmp_path: Path) -> None:
    async with a_world(tmp_path, GOOD) as world:
        file_of(world).write_text(OTHER)

        assert await world.rulebook.reload_if_changed()

        assert rule_ids(world) == ["other"]


async def test_a_broken_change_on_disk_leaves_the_last_good_rules_in_force(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, GOOD) as world:
        file_of(world).write_text(BROKEN)

        assert not await world.rulebook.reload_if_changed()

        assert rule_ids(world) == ["order"]
        assert world.rulebook.problems


async def test_a_start_with_a_broken_file_takes_the_last_good_rules_from_the_store(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, GOOD):
        pass

    async with a_world(tmp_path, BROKEN, node=2) as again:
        assert rule_ids(again) == ["order"]
        assert again.rulebook.problems


async def test_a_first_start_with_a_broken_file_accepts_events_with_no_rules(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, BROKEN) as world:
        accepted = await world.comments(1, "11", "giá?")

        assert len(accepted.receipts) == 1
        assert rule_ids(world) == []


async def test_a_mended_file_replaces_the_last_good_rules(tmp_path: Path) -> None:
    async with a_world(tmp_path, GOOD) as world:
        file_of(world).write_text(BROKEN)
        await world.rulebook.reload_if_changed()

        file_of(world).write_text(OTHER)
        await world.rulebook.reload_if_changed()

        assert rule_ids(world) == ["other"]
        assert world.rulebook.problems == []


async def test_an_unchanged_set_keeps_its_revision(tmp_path: Path) -> None:
    async with a_world(tmp_path, GOOD) as world:
        before = world.rulebook.active.revision

    async with a_world(tmp_path, GOOD, node=2) as again:
        assert again.rulebook.active.revision == before


async def test_a_revision_that_is_not_in_the_store_is_said_to_be_missing(tmp_path: Path) -> None:
    async with a_world(tmp_path, GOOD) as world:
        with pytest.raises(NotFoundError):
            await world.rulebook.revisions.of(999)


async def test_a_file_that_cannot_be_read_is_a_problem_and_leaves_the_rules_in_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(folder: Path) -> dict[str, str]:
        raise PermissionError(13, "Permission denied", str(folder / NAME))

    async with a_world(tmp_path, GOOD) as world:
        file_of(world).write_text(OTHER)
        monkeypatch.setattr("automator.engine.rulebook.read_rule_files", refuse)

        assert not await world.rulebook.reload_if_changed()

        assert rule_ids(world) == ["order"]
        assert [problem.code for problem in world.rulebook.problems] == ["unreadable-file"]


async def test_a_refused_change_on_disk_is_said_in_the_servers_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_world(tmp_path, GOOD) as world:
        file_of(world).write_text(BROKEN)

        await world.rulebook.reload_if_changed()

        assert "rules.refused problems=" in caplog.text
        assert "shop.yaml:2" in caplog.text
