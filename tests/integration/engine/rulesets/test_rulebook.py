"""A bad rule file never stops traffic, and no save overwrites another in silence."""

from pathlib import Path
from typing import Any

import pytest

from automator.engine.explanation.why import explain_event
from automator.engine.rulesets.rule_folder import etag_of
from automator.engine.rulesets.rules_refused import RulesRefusedError
from automator.files import MAX_BYTES
from automator.model import ConflictError, NotFoundError, Severity, StoreUnavailableError
from automator.rules import digest_of
from automator.server.bootstrap.process import LineFormatter
from tests.support.words import said, told
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


def refuse_to_open(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The file with this name cannot be read, whoever runs the test."""
    opens = Path.open

    def guarded(path: Path, *given: Any, **options: Any) -> Any:
        if path.name == name:
            raise PermissionError(13, "Permission denied", str(path))
        return opens(path, *given, **options)

    monkeypatch.setattr(Path, "open", guarded)


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
        await world.store.rulesets.publish({NAME: OTHER}, "of another node", "minh")

        with pytest.raises(ConflictError, match="changed elsewhere"):
            await world.rulebook.save(NAME, OTHER, if_match=etag_of(GOOD), author="lan")

        assert file_of(world).read_text() == GOOD
        assert rule_ids(world) == ["order"]


async def test_a_revision_of_another_node_is_followed_with_its_files(tmp_path: Path) -> None:
    async with a_world(tmp_path, GOOD) as world:
        second = "second.yaml"
        published = {NAME: OTHER, second: GOOD}
        revision = await world.store.rulesets.publish(published, "of another node", "minh")

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
        await world.store.rulesets.publish({NAME: OTHER}, "of another node", "minh")

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


@pytest.mark.parametrize("name", ["elsewhere/new.yaml", "elsewhere/below/new.yaml"])
async def test_nothing_is_saved_behind_a_link_to_a_folder(tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    async with a_world(tmp_path, GOOD) as world:
        (world.rulebook.folder / "elsewhere").symlink_to(outside)

        with pytest.raises(RulesRefusedError) as caught:
            await world.rulebook.save(name, OTHER, if_match=None, author="lan")

        assert [problem.code for problem in caught.value.problems] == ["link-left-out"]
        assert list(outside.iterdir()) == []
        assert rule_ids(world) == ["order"]


async def test_a_file_of_which_only_the_beginning_was_read_is_not_saved_over(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, GOOD) as world:
        whole = GOOD + "# " + "x" * MAX_BYTES
        file_of(world).write_text(whole)
        (seen,) = (file for name, file in world.rulebook.files().items() if name == NAME)

        for text in (GOOD, None):
            with pytest.raises(RulesRefusedError) as refused:
                await world.rulebook.change({NAME: text}, {NAME: seen.etag}, author="lan")
            assert refused.value.problems[0].reason.code == "syntax_file_not_whole"

        assert file_of(world).read_text() == whole


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
    async with a_world(tmp_path, GOOD) as world:
        file_of(world).write_text(OTHER)
        refuse_to_open(monkeypatch, NAME)

        assert not await world.rulebook.reload_if_changed()

        assert rule_ids(world) == ["order"]
        assert [problem.code for problem in world.rulebook.problems] == ["unreadable-file"]


async def test_a_link_that_leads_out_is_told_until_it_is_replaced(tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text(OTHER)
    async with a_world(tmp_path, GOOD) as world:
        link = file_of(world).with_name("linked.yaml")
        link.symlink_to(outside)

        assert not await world.rulebook.reload_if_changed()

        (problem,) = world.rulebook.problems
        assert (problem.file, problem.code) == ("linked.yaml", "link-left-out")
        assert problem.severity is Severity.WARNING
        assert rule_ids(world) == ["order"]
        assert world.rulebook.check("linked.yaml", OTHER) == []
        await world.rulebook.save("linked.yaml", OTHER, if_match=None, author="lan")
        assert world.rulebook.problems == []
        assert sorted(rule_ids(world)) == ["order", "other"]
        assert outside.read_text() == OTHER
        assert not link.is_symlink()


async def test_a_refused_change_on_disk_is_said_in_the_servers_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_world(tmp_path, GOOD) as world:
        file_of(world).write_text(BROKEN)

        await world.rulebook.reload_if_changed()

        said = LineFormatter().format(caplog.records[-1])
        assert "rules.refused file=shop.yaml problems=3 first: shop.yaml:2: a rule has no" in said


# --- Each file is judged alone ---

NEW = "new.yaml"
FIRST = GOOD.replace("order", "first")


def write(world: World, **texts: str) -> None:
    """Files of the folder, by name without `.yaml`."""
    for name, text in texts.items():
        (world.rulebook.folder / f"{name}.yaml").write_text(text)


async def test_a_broken_file_keeps_its_own_version_in_force_and_the_others_are_taken_over(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, GOOD) as world:
        write(world, shop=BROKEN, new=FIRST, worse="rules: 5")

        assert await world.rulebook.reload_if_changed()

        assert rule_ids(world) == ["first", "order"]
        states = {name: world.rulebook.state_of(name) for name in world.rulebook.files()}
        assert states == {NAME: "earlier", NEW: "in_force", "worse.yaml": "refused"}


async def test_a_start_takes_the_good_files_and_of_a_broken_one_the_version_in_force(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, GOOD) as world:
        write(world, new=FIRST)
        await world.rulebook.reload_if_changed()
        write(world, new=OTHER, never=BROKEN)

    async with a_world(tmp_path, BROKEN, node=2) as again:
        assert rule_ids(again) == ["other", "order"]


async def test_a_repair_is_saved_whatever_is_wrong_with_other_files(tmp_path: Path) -> None:
    async with a_world(tmp_path, BROKEN) as world:
        write(world, new=BROKEN)
        await world.rulebook.reload_if_changed()

        await world.rulebook.save(NAME, GOOD, if_match=etag_of(BROKEN), author="lan")

        assert rule_ids(world) == ["order"]
        assert {problem.file for problem in world.rulebook.problems} == {NEW}
        assert (world.rulebook.folder / NEW).read_text() == BROKEN


async def test_only_the_problems_of_the_saved_file_keep_it_from_being_saved(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, GOOD) as world:
        write(world, new=BROKEN)

        with pytest.raises(RulesRefusedError) as caught:
            await world.rulebook.save(NAME, "rules: 5", if_match=etag_of(GOOD), author="lan")

        assert {problem.file for problem in caught.value.problems} == {NAME}


async def test_a_deleted_file_is_gone_from_the_folder_and_its_rules_from_force(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, GOOD) as world:
        write(world, new=FIRST)
        await world.rulebook.reload_if_changed()

        await world.rulebook.delete(NAME, if_match=etag_of(GOOD), author="lan")

        assert rule_ids(world) == ["first"]
        assert list(world.rulebook.files()) == [NEW]
        assert not await world.rulebook.reload_if_changed()


async def test_a_broken_file_is_deleted_with_the_version_of_it_that_was_in_force(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, GOOD) as world:
        write(world, shop=BROKEN)
        await world.rulebook.reload_if_changed()

        await world.rulebook.delete(NAME, if_match=etag_of(BROKEN), author="lan")

        assert rule_ids(world) == []
        assert world.rulebook.problems == []


async def test_a_file_that_somebody_else_has_changed_is_not_deleted(tmp_path: Path) -> None:
    async with a_world(tmp_path, GOOD) as world:
        write(world, shop=OTHER)

        with pytest.raises(ConflictError):
            await world.rulebook.delete(NAME, if_match=etag_of(GOOD), author="lan")

        assert file_of(world).exists()


async def test_an_id_that_is_taken_is_the_fault_of_the_file_that_took_it_later(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, GOOD) as world:
        write(world, a=GOOD + FIRST.removeprefix("rules:\n"))

        await world.rulebook.reload_if_changed()

        assert {problem.file for problem in world.rulebook.problems} == {"a.yaml"}
        assert rule_ids(world) == ["order"]
        await world.rulebook.save(
            "a.yaml", FIRST, if_match=etag_of(on_disk(world, "a")), author="x"
        )
        assert rule_ids(world) == ["first", "order"]


def on_disk(world: World, name: str) -> str:
    return (world.rulebook.folder / f"{name}.yaml").read_text()


async def test_a_file_below_the_folder_is_loaded_saved_noticed_and_deleted(
    tmp_path: Path,
) -> None:
    below = "deep/er/new.yaml"
    async with a_world(tmp_path, GOOD) as world:
        await world.rulebook.save(below, FIRST, if_match=None, author="lan")
        assert rule_ids(world) == ["first", "order"]

        (world.rulebook.folder / below).write_text(OTHER)
        assert await world.rulebook.reload_if_changed()
        assert rule_ids(world) == ["other", "order"]

        await world.rulebook.delete(below, if_match=etag_of(OTHER), author="lan")
        assert rule_ids(world) == ["order"]


async def test_a_save_that_the_store_refuses_leaves_the_folder_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_world(tmp_path, GOOD) as world:
        write(world, new=FIRST)  # Not noticed yet, when somebody saves.

        with monkeypatch.context() as broken:
            broken.setattr(world.store.rulesets, "publish", refuse)
            for name, text, etag in [(NAME, OTHER, etag_of(GOOD)), ("third.yaml", OTHER, None)]:
                with pytest.raises(StoreUnavailableError):
                    await world.rulebook.save(name, text, if_match=etag, author="lan")
            with pytest.raises(StoreUnavailableError):
                await world.rulebook.delete(NAME, if_match=etag_of(GOOD), author="lan")

        assert {name: file.text for name, file in world.rulebook.files().items()} == {
            NAME: GOOD,
            NEW: FIRST,
        }
        assert rule_ids(world) == ["order"]
        assert await world.rulebook.reload_if_changed()
        assert rule_ids(world) == ["first", "order"]


async def refuse(*_given: Any, **_options: Any) -> int:
    raise StoreUnavailableError("the disk is full")


async def test_a_change_that_the_store_refuses_is_taken_over_when_it_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_world(tmp_path, GOOD) as world:
        write(world, shop=OTHER)

        with monkeypatch.context() as broken:
            broken.setattr(world.store.rulesets, "publish", refuse)
            for _ in range(3):
                assert not await world.rulebook.reload_if_changed()

        assert caplog.text.count("the disk is full") == 1
        assert await world.rulebook.reload_if_changed()
        assert rule_ids(world) == ["other"]


async def test_a_folder_that_cannot_be_listed_leaves_the_rules_in_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_folder: Path) -> object:
        raise OSError(24, "Too many open files")

    async with a_world(tmp_path, GOOD) as world:
        with monkeypatch.context() as broken:
            broken.setattr("automator.engine.rulesets.rule_folder.find_rule_files", fail)
            broken.setattr("automator.rules.reading.found_files.find_rule_files", fail)
            for _ in range(3):
                assert not await world.rulebook.reload_if_changed()
            assert rule_ids(world) == ["order"]
            assert [problem.code for problem in world.rulebook.problems] == ["unreadable-file"]
            with pytest.raises(StoreUnavailableError, match="os_too_many_files"):
                await world.rulebook.save(NAME, OTHER, if_match=etag_of(GOOD), author="lan")

        assert caplog.text.count("rules.refused") == 1
        await world.rulebook.reload_if_changed()
        assert world.rulebook.problems == []


async def test_a_folder_that_is_gone_leaves_the_rules_in_force(tmp_path: Path) -> None:
    """As when its disk is not mounted, or while another folder takes its place."""
    async with a_world(tmp_path, GOOD) as world:
        folder = world.rulebook.folder
        away = folder.rename(folder.with_name("away"))

        assert not await world.rulebook.reload_if_changed()

        assert rule_ids(world) == ["order"]
        (problem,) = world.rulebook.problems
        assert (problem.file, problem.code) == (str(folder), "unreadable-file")
        with pytest.raises(StoreUnavailableError, match="os_not_there"):
            await world.rulebook.save("b.yaml", OTHER, if_match=None, author="lan")
        away.rename(folder)
        assert not await world.rulebook.reload_if_changed()
        assert world.rulebook.problems == []
        file_of(world).unlink()
        assert await world.rulebook.reload_if_changed()
        assert rule_ids(world) == []


async def test_a_start_without_the_folder_keeps_the_rules_of_before_in_force(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, GOOD) as world:
        folder = world.rulebook.folder
        folder.rename(folder.with_name("away"))

        await world.rulebook.open()

        assert rule_ids(world) == ["order"]
        if world.store.is_shared:
            # A node gets the files that the others have.
            assert file_of(world).read_text() == GOOD
        else:
            assert [one.file for one in world.rulebook.problems] == [str(folder)]


async def test_a_folder_that_cannot_be_written_says_so_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_given: Any, **_options: Any) -> None:
        raise OSError(28, "No space left on device")

    async with a_world(tmp_path, GOOD) as world:
        monkeypatch.setattr("automator.durable_files.tempfile.mkstemp", fail)

        with pytest.raises(StoreUnavailableError, match="os_full") as caught:
            await world.rulebook.save(NAME, OTHER, if_match=etag_of(GOOD), author="lan")

        assert caught.value.fix
        assert rule_ids(world) == ["order"]


# --- Several nodes ---

#: It names a connection that this node does not have.
ELSEWHERE = FIRST.replace("comment.created", "comment.created, connection: elsewhere")


async def test_a_revision_of_another_node_gives_the_folder_all_files_but_those_never_published(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, GOOD) as world:
        write(world, mine=BROKEN)
        await world.rulebook.reload_if_changed()
        await world.store.rulesets.publish({NAME: OTHER, NEW: FIRST}, "of another node", "minh")

        assert await world.rulebook.follow()

        texts = {name: file.text for name, file in world.rulebook.files().items()}
        assert texts == {NAME: OTHER, NEW: FIRST, "mine.yaml": BROKEN}
        assert rule_ids(world) == ["first", "other"]
        assert {problem.file for problem in world.rulebook.problems} == {"mine.yaml"}
        assert not await world.rulebook.reload_if_changed()


async def test_a_revision_that_would_take_rules_from_this_node_is_not_followed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_world(tmp_path, GOOD) as world:
        await world.store.rulesets.publish({NAME: BROKEN}, "of a newer node", "minh")

        assert not await world.rulebook.follow()

        assert rule_ids(world) == ["order"]
        assert "rules.not_followed" in caplog.text


async def test_a_node_takes_no_file_out_of_force_because_it_cannot_read_it(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, GOOD) as world:
        files = {NAME: GOOD, NEW: ELSEWHERE}
        revision = await world.store.rulesets.publish(files, digest_of(files), "minh")
        write(world, new=ELSEWHERE)

    async with a_world(tmp_path, GOOD, node=2) as again:
        assert rule_ids(again) == ["order"]
        assert again.rulebook.state_of(NEW) == "refused"
        assert again.rulebook.active.revision == revision
        assert dict(again.rulebook.active.rule_set.files) == files


async def test_runs_of_the_readable_files_of_a_revision_go_on(tmp_path: Path) -> None:
    async with a_world(tmp_path, GOOD) as world:
        files = {NAME: GOOD, NEW: ELSEWHERE}
        revision = await world.store.rulesets.publish(files, "of another node", "minh")

        rule_set = await world.rulebook.revisions.of(revision)

        assert rule_set.rule("order") is not None
        assert rule_set.rule("first") is None
        assert rule_set.unread == (NEW,)


@pytest.mark.parametrize(
    "text",
    [GOOD + '    limits: {once: {key: "{{ event.actor.id }}"}}\n', "rules: {{ x", "\0", "- "],
)
async def test_no_rule_file_keeps_the_server_from_starting(tmp_path: Path, text: str) -> None:
    async with a_world(tmp_path, GOOD):
        pass

    async with a_world(tmp_path, text, node=2) as again:
        assert rule_ids(again) == ["order"]
        assert again.rulebook.problems


async def test_why_says_which_files_of_a_revision_can_no_longer_be_read(tmp_path: Path) -> None:
    async with a_world(tmp_path, GOOD) as world:
        files = {NAME: GOOD, NEW: ELSEWHERE}
        await world.store.rulesets.publish(files, digest_of(files), "minh")
        write(world, new=ELSEWHERE)

    async with a_world(tmp_path, GOOD, node=2) as again:
        accepted = await again.comments(1, "11", "giá?")
        event = accepted.receipts[0].event_id

        account = await explain_event(again.store.log, again.rulebook.revisions, event)

        assert account.as_json()["unread_files"] == [NEW]
        assert f"can no longer be read are missing: {NEW}" in told(account)


# --- Files that include others ---

SHARED = "snippets: {note: {parameters: [text], actions: [{log: '{{ with.text }}'}]}}\n"
USES = "include: _shared.yaml\n" + GOOD.replace("log: taken", "{use: note, with: {text: taken}}")


async def with_shared(world: World) -> None:
    etag = world.rulebook.files()[NAME].etag
    texts = {NAME: USES, "_shared.yaml": SHARED}
    await world.rulebook.change(texts, {NAME: etag, "_shared.yaml": None}, author="lan")


def logged(world: World) -> list[str]:
    rules = world.rulebook.active.rule_set.rules
    return [step.inputs["text"] for rule in rules for step in rule.spec.steps]


async def test_a_change_of_an_include_is_a_revision_with_new_rules(tmp_path: Path) -> None:
    async with a_world(tmp_path, GOOD) as world:
        await with_shared(world)
        before = world.rulebook.active
        shared = world.rulebook.folder / "_shared.yaml"
        shared.write_text(SHARED.replace("with.text", "with.text | upper"), encoding="utf-8")

        assert await world.rulebook.reload_if_changed()

        assert world.rulebook.active.revision == before.revision + 1
        assert logged(world) == ['{{ "taken" | upper }}']
        kept = await world.rulebook.revisions.of(before.revision)
        assert kept.rules[0].spec.steps[0].inputs == {"text": "taken"}


async def test_a_change_of_an_included_default_is_a_revision_with_new_rules(tmp_path: Path) -> None:
    async with a_world(tmp_path, GOOD) as world:
        await with_shared(world)
        before = world.rulebook.active
        shared = world.rulebook.folder / "_shared.yaml"
        added = SHARED + "defaults: {pause_on: {human_reply: 12h}}\n"
        shared.write_text(added, encoding="utf-8")

        assert await world.rulebook.reload_if_changed()

        assert world.rulebook.active.revision == before.revision + 1
        assert [rule.spec.pause_ms for rule in world.rulebook.active.rule_set.rules] == [43_200_000]
        kept = await world.rulebook.revisions.of(before.revision)
        assert [rule.spec.pause_ms for rule in kept.rules] == [None]


async def test_an_include_is_not_saved_so_that_it_breaks_a_file_that_reads_it(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, GOOD) as world:
        await with_shared(world)
        etag = etag_of(SHARED)

        for change in (SHARED.replace("note", "notes"), None):
            with pytest.raises(RulesRefusedError) as caught:
                await world.rulebook.change(
                    {"_shared.yaml": change}, {"_shared.yaml": etag}, author="lan"
                )
            (problem,) = caught.value.problems
            assert (problem.file, problem.code) == ("_shared.yaml", "include-in-use")
            assert said(problem.reason).startswith(f"{NAME} includes this file")

        assert world.rulebook.files()["_shared.yaml"].text == SHARED


async def test_an_include_that_is_deleted_on_disk_stays_in_force(tmp_path: Path) -> None:
    async with a_world(tmp_path, GOOD) as world:
        await with_shared(world)
        (world.rulebook.folder / "_shared.yaml").unlink()

        assert not await world.rulebook.reload_if_changed()

        assert [problem.file for problem in world.rulebook.problems] == ["_shared.yaml"]
    async with a_world(tmp_path, USES) as again:
        assert logged(again) == ["taken"]


async def test_a_broken_include_is_said_to_be_in_force_in_its_earlier_version(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, GOOD) as world:
        await with_shared(world)
        (world.rulebook.folder / "_shared.yaml").write_text("snippets: 5\n", encoding="utf-8")

        assert not await world.rulebook.reload_if_changed()

        assert world.rulebook.state_of("_shared.yaml") == "earlier"
        assert world.rulebook.state_of(NAME) == "in_force"
        codes = {problem.code for problem in world.rulebook.problems}
        assert codes == {"wrong-kind", "include-earlier"}


async def test_another_node_follows_a_change_of_an_include(tmp_path: Path) -> None:
    async with a_world(tmp_path, GOOD) as world:
        await with_shared(world)
        files = {NAME: USES, "_shared.yaml": SHARED.replace("with.text", "with.text | lower")}
        await world.store.rulesets.publish(files, "of another node", "minh")

        assert await world.rulebook.follow()

        assert logged(world) == ['{{ "taken" | lower }}']
        assert not await world.rulebook.reload_if_changed()
