"""A rule is switched, named and taken out, and the rest of its file stays as it was written."""

import pytest

from automator.files.editing import SpliceError
from automator.model import NotFoundError
from automator.rules.editing.edits import (
    is_file_on,
    rules_in,
    with_file_switched,
    with_new_spellings,
    with_rule_copied,
    with_rule_named,
    with_rule_promoted,
    with_rule_switched,
    with_rules_cloned,
    without_rule,
)

TEXT = """\
# Prices.

rules:
  # The first.
  - id: a   # short
    name: First
    trigger: {event: x}
    actions: [{log: a}]
  - id: b
    enabled: false
    disabled_reason: sale ended
    actions:
      - log: b
"""


def test_a_rule_is_switched_off_and_on() -> None:
    off = with_rule_switched(TEXT, "a", on=False)

    assert off == TEXT.replace("name: First\n", "name: First\n    enabled: false\n")
    assert with_rule_switched(off, "a", on=True) == TEXT


def test_switching_on_takes_every_reason_away() -> None:
    on = with_rule_switched(TEXT, "b", on=True)

    assert on == TEXT.replace("    enabled: false\n    disabled_reason: sale ended\n", "")


def test_a_file_is_switched_off_above_its_rules_and_on() -> None:
    off = with_file_switched(TEXT, on=False)

    assert off == TEXT.replace("rules:\n", "enabled: false\nrules:\n")
    assert (is_file_on(TEXT), is_file_on(off)) == (True, False)
    assert with_file_switched(off, on=True) == TEXT


def test_a_rule_gets_a_name() -> None:
    assert with_rule_named(TEXT, "a", "Giá: mới") == TEXT.replace("First\n", '"Giá: mới"\n')
    assert with_rule_named(TEXT, "b", "B") == TEXT.replace("id: b\n", "id: b\n    name: B\n")
    assert with_rule_named(TEXT, "a", "") == TEXT.replace("    name: First\n", "")


def test_a_rule_is_promoted_and_no_other_byte_changes() -> None:
    shadow = "    mode: shadow   # until Monday\n"
    share = "    rollout:\n      percent: 10\n      key: event.post.id\n"
    for more in (shadow, share, shadow + share):
        text = TEXT.replace("name: First\n", f"name: First\n{more}")
        assert with_rule_promoted(text, "a") == TEXT
    assert with_rule_promoted(TEXT, "a") == TEXT


def test_a_rule_is_taken_out() -> None:
    one = without_rule(TEXT, "b")

    assert one == TEXT[: TEXT.index("  - id: b")]
    assert without_rule(one, "a") is None


def test_a_rule_that_is_not_there_is_said() -> None:
    with pytest.raises(NotFoundError):
        with_rule_switched(TEXT, "c", on=False)


SHARED = """snippets:
  thanks: {actions: [{reply: x}]}
rules:
  - id: a   # one
    trigger: {event: comment.created}
    actions: [{use: thanks}]
"""


def test_the_last_rule_of_a_file_with_snippets_leaves_the_snippets() -> None:
    assert without_rule(SHARED, "a") == SHARED.partition("rules:")[0]


def test_the_last_rule_of_a_file_with_defaults_leaves_the_defaults() -> None:
    defaults = "defaults: {pause_on: {human_reply: 12h}}\n"

    assert without_rule(f"{defaults}rules:{SHARED.partition('rules:')[2]}", "a") == defaults


def test_a_copy_of_a_rule_uses_the_snippet_too() -> None:
    copied = with_rule_copied(SHARED, "a", "b", "B")

    assert rules_in(copied)[1]["actions"] == [{"use": "thanks"}]


def test_old_spellings_in_snippets_are_rewritten() -> None:
    text = SHARED.replace("{reply: x}", "{log: x, on_error: continue}")

    assert with_new_spellings(text) == text.replace("on_error: continue", "continue_on_error: true")


MANY = """rules:
  - {id: a, trigger: {connection: one}}  # kept
  # about b
  - id: b
    trigger: {event: x, connection: one}

  - id: c
    trigger: {event: x, connection: one}
    actions:
      - request: {url: "https://x.example", body: {connection: one}}
  # about d
  - id: d
    trigger: {schedule: {every: 1d}, contacts: {connection: one}}
    actions: [{message: {via: two, to: "1", text: x}}]"""


def test_a_cloned_file_has_only_the_wanted_rules_and_their_comments() -> None:
    assert with_rules_cloned(MANY, {"a": "z"}, "one", "two") == (
        "rules:\n  - {id: z, trigger: {connection: two}}  # kept\n\n"
    )
    assert with_rules_cloned(MANY, {"d": "z"}, "one", "three") == (
        "rules:\n\n  # about d\n"
        + MANY.partition("  # about d\n")[2].replace("d\n", "z\n", 1).replace(" one}", " three}")
        + "\n"
    )


def test_data_that_a_rule_sends_is_no_connection_of_a_clone() -> None:
    cloned = with_rules_cloned(MANY, {"c": "y"}, "one", "two")

    assert rules_in(cloned)[0]["trigger"] == {"event": "x", "connection": "two"}
    assert "body: {connection: one}" in cloned


def test_a_file_in_brackets_is_not_cloned() -> None:
    with pytest.raises(SpliceError):
        with_rules_cloned("rules: [{id: a}, {id: b}, {id: c}]", {"a": "z"}, "one", "two")
