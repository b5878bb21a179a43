"""Each file is judged alone, and the newest version without an error is used."""

from hypothesis import given
from hypothesis import strategies as st

from automator.rules import Loaded, RuleContext, load_rules
from tests.support.rules import ACTIONS, CONNECTIONS
from tests.support.words import rendered, said

BROKEN = "rules: 5"


def rules(*ids: str) -> str:
    return "rules:\n" + "".join(
        f"  - {{id: {one}, trigger: {{event: comment.created}}, actions: [{{reply: x}}]}}\n"
        for one in ids
    )


def load(files: dict[str, str], in_force: dict[str, str] | None = None) -> Loaded:
    return load_rules(RuleContext(actions=ACTIONS, connections=CONNECTIONS), files, in_force)


def ids(loaded: Loaded) -> set[str]:
    return {rule.spec.id for rule in loaded.rule_set.rules}


def test_files_without_errors_are_used_beside_a_broken_one() -> None:
    loaded = load({"a": rules("a"), "b": BROKEN})

    assert (ids(loaded), loaded.refused) == ({"a"}, {"b"})
    assert loaded.rule_set.files == {"a": rules("a")}


def test_a_file_in_force_keeps_its_id_though_a_new_one_comes_before_it_by_name() -> None:
    loaded = load({"a": rules("x"), "b": rules("x")}, {"b": rules("x")})

    assert loaded.refused == {"a"}
    assert (
        said(loaded.problems[0].reason) == "two rules have the id 'x': this one and the one in b:2"
    )


def test_a_file_keeps_its_id_in_force_while_its_new_version_is_broken() -> None:
    loaded = load({"a": rules("x"), "b": BROKEN}, {"b": rules("x")})

    assert (ids(loaded), loaded.refused) == ({"x"}, {"a", "b"})
    assert "taken by the version of b that is in force" in rendered(loaded.problems)


def test_a_rule_moves_from_one_file_to_another_at_once() -> None:
    in_force = {"a": rules("x", "y"), "b": rules("z")}

    loaded = load({"a": rules("x"), "b": rules("y", "z")}, in_force)

    assert (ids(loaded), loaded.refused) == ({"x", "y", "z"}, frozenset())


def test_a_version_that_is_taken_back_takes_its_ids_back() -> None:
    in_force = {"a": rules("x"), "b": rules("y"), "c": rules("z")}

    loaded = load({"a": rules("y"), "b": rules("w", "z"), "c": rules("z")}, in_force)

    assert loaded.refused == {"a", "b"}
    assert ids(loaded) == {"x", "y", "z"}


def test_an_id_that_one_file_has_twice_is_a_problem_of_that_file_alone() -> None:
    loaded = load({"a": rules("x", "x"), "b": rules("b")})

    (problem,) = loaded.problems
    assert (problem.file, problem.line, problem.code) == ("a", 3, "duplicate-id")
    assert ids(loaded) == {"b"}


def test_what_cannot_be_read_here_stays_in_force_for_who_can_read_it() -> None:
    elsewhere = rules("x").replace("comment.created", "comment.created, connection: elsewhere")

    loaded = load({"a": elsewhere, "b": rules("b")}, {"a": elsewhere, "b": rules("b")})

    assert (ids(loaded), loaded.refused) == ({"b"}, {"a"})
    assert loaded.rule_set.files == {"a": elsewhere, "b": rules("b")}


_IDS = st.lists(st.sampled_from("uvwxyz"), max_size=4)
_TEXTS = _IDS.map(lambda found: rules(*found)) | st.just(BROKEN)
_FOLDERS = st.dictionaries(st.sampled_from("abcd"), _TEXTS, max_size=4)


@given(folder=_FOLDERS, changed=_FOLDERS, removed=st.sets(st.sampled_from("abcd"), max_size=2))
def test_every_file_is_in_force_as_it_is_or_as_it_was_or_has_an_error(
    folder: dict[str, str], changed: dict[str, str], removed: set[str]
) -> None:
    in_force = dict(load(folder).rule_set.files)
    newest = {name: text for name, text in {**folder, **changed}.items() if name not in removed}

    loaded = load(newest, in_force)

    used = [rule.spec.id for rule in loaded.rule_set.rules]
    assert len(used) == len(set(used))
    with_errors = {item.file for item in loaded.problems if item.severity == "error"}
    assert loaded.refused == with_errors
    for name in {*newest, *in_force}:
        if name not in newest:
            kept = None
        else:
            kept = in_force.get(name) if name in loaded.refused else newest[name]
        assert loaded.rule_set.files.get(name) == kept
    again = load(newest, dict(loaded.rule_set.files))
    assert again.rule_set.files == loaded.rule_set.files
