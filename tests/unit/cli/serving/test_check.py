"""What `automator check` reads and reports."""

import contextlib
import json
from pathlib import Path

import pytest
import typer

from automator.cli.serving import check as checking
from automator.cli.serving.check import check, read_files, report
from automator.model import Problem, UsageError
from automator.reasons.problems.shape import shape_wrong_value_with_fix

GOOD = "rules:\n  - {id: a, trigger: {event: comment.created}, actions: [{log: hi}]}\n"
BAD = GOOD.replace("actions", "action")


def test_files_are_called_by_the_path_that_a_person_can_open(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not a rule", encoding="utf-8")

    assert read_files([tmp_path]) == {str(tmp_path / "deep" / "a.yaml"): GOOD}


@pytest.mark.parametrize("name", ["missing", "empty"])
def test_nothing_to_check_is_wrong_use_and_not_success(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()

    with pytest.raises(UsageError):
        read_files([tmp_path / name])


def test_good_rules_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.yaml").write_text(GOOD, encoding="utf-8")

    check([tmp_path])

    assert capsys.readouterr().out == "1 rule in 1 file, no problems\n"


def test_a_link_that_is_not_followed_is_a_warning_also_where_it_is_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "prices.yaml").symlink_to("gone.yaml")

    check([tmp_path])

    shown = capsys.readouterr().out
    assert f"{tmp_path / 'prices.yaml'}:1:1: warning: this link leads to no file" in shown
    assert "(gone.yaml), and is left out [link-left-out]" in shown
    assert "fix: let it lead to a rule file in the rules folder, or delete it." in shown
    with pytest.raises(UsageError):
        read_files([tmp_path])


def test_a_problem_is_shown_with_its_place_and_ends_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(BAD, encoding="utf-8")

    with pytest.raises(typer.Exit) as left:
        check([file])

    shown = capsys.readouterr().out
    assert left.value.exit_code == 1
    assert f"{file}:2:" in shown
    assert "[unknown-key]" in shown


def test_problems_of_settings_and_rules_are_reported_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.yaml").write_text(BAD, encoding="utf-8")
    config = tmp_path / "automator.yaml"
    config.write_text("connectons: {}\n", encoding="utf-8")

    with pytest.raises(typer.Exit):
        check([tmp_path / "a.yaml"], config=config, as_json=True)

    problems = json.loads(capsys.readouterr().out)["problems"]
    assert {Path(problem["file"]).name for problem in problems} == {"a.yaml", "automator.yaml"}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("connections: {shop-page: {provider: faceboook}}", "unknown-provider"),
        ("connections: {shop-page: {provider: facebook}}", "missing-key"),
        ("connections: {shop-page: {provider: facebook", "yaml-quotes"),
        ("targets: {crm: {url: 7}}\nconnections: {shop-page: {provider: github}}", "missing-key"),
    ],
)
def test_a_mistake_in_the_settings_makes_no_rule_wrong_that_names_what_has_it(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    settings: str,
    said: str,
) -> None:
    (tmp_path / "automator.yaml").write_text(settings, encoding="utf-8")
    rule = "{id: a, trigger: {event: push, connection: shop-page}, actions: [{forward: crm}]}"
    (tmp_path / "a.yaml").write_text(f"rules:\n  - {rule}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(typer.Exit):
        check([Path("a.yaml")])

    shown = capsys.readouterr().out
    assert said in shown
    assert "a.yaml" not in shown.replace("automator.yaml", "")


def test_warnings_are_shown_but_are_no_failure() -> None:
    reason = shape_wrong_value_with_fix(said="odd", fix="")
    problem = Problem(file="a.yaml", line=1, column=1, reason=reason, code="x")

    assert report([problem], rules=1, files=2).endswith("odd [x]\n\n1 problem in 1 file")


def test_the_next_fires_of_a_schedule_are_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rule = GOOD.replace("{event: comment.created}", '{schedule: {cron: "30 8 29 2 *"}}')
    (tmp_path / "a.yaml").write_text(rule, encoding="utf-8")

    check([tmp_path])

    shown = capsys.readouterr().out.splitlines()
    assert shown[2] == "a fires by itself, 30 8 29 2 * (Asia/Ho_Chi_Minh); next:"
    assert len(shown) == 6
    assert all("-02-29 08:30" in line for line in shown[3:])


def test_settings_are_checked_before_there_is_any_rule(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "automator.yaml").write_text("public_url: https://shop.example\n")

    check()

    assert capsys.readouterr().out == "0 rules in 0 files, no problems\n"


def test_without_settings_the_rules_of_the_demo_are_checked_where_it_has_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError):
        check()

    for folder in ("rules", "data/demo-rules"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "a.yaml").write_text(GOOD.replace("hi", folder) * (folder == "rules"))

    check()

    assert capsys.readouterr().out == "0 rules in 1 file, no problems\n"


def test_the_key_of_a_limit_that_is_no_expression_hides_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = GOOD.replace("actions:", 'limits: {once: {key: "{{ event.actor.id }}"}}, actions:')
    (tmp_path / "a.yaml").write_text(key, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(BAD, encoding="utf-8")

    with pytest.raises(typer.Exit):
        check([tmp_path])

    shown = capsys.readouterr().out
    assert f"{tmp_path / 'a.yaml'}:2:" in shown
    assert "[condition-syntax]" in shown
    assert "[unknown-key]" in shown


def test_what_was_checked_is_said_in_the_chosen_language(in_vietnamese: None) -> None:
    assert report([], rules=2, files=1) == "2 quy tắc trong 1 tệp, không có lỗi"


PROFILE = """\
connections:
  shop-page:
    provider: facebook
    app_secret: env:APP_SECRET
    verify_token: env:VERIFY_TOKEN
    page_access_token: env:PAGE_TOKEN
    profile:
      get_started: START
      menu:
        - {text: Giá, payload: PRICE}
        - {text: Shop, url: "https://shop.example"}
"""
TAPS = """\
rules:
  - id: prices
    trigger: {event: button.clicked}
    conditions: [event.button.id == 'PRICE']
    actions: [{log: hi}]
"""


def problems_with(
    settings: str, rules: str, folder: Path, monkeypatch: pytest.MonkeyPatch, *paths: str
) -> list[tuple[int, str]]:
    """The lines and codes of what `check` reports in a folder."""
    (folder / "rules").mkdir(exist_ok=True)
    (folder / "rules" / "a.yaml").write_text(rules, encoding="utf-8")
    (folder / "automator.yaml").write_text(settings, encoding="utf-8")
    monkeypatch.chdir(folder)
    told: list[Problem] = []
    monkeypatch.setattr(checking, "report", lambda found, **_: str(told.extend(found)))
    with contextlib.suppress(typer.Exit):
        check([Path(path) for path in paths])
    return [(item.line, item.code) for item in told]


def test_what_can_be_tapped_and_no_rule_takes_is_a_warning_at_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = problems_with(PROFILE, TAPS, tmp_path, monkeypatch)
    everything = TAPS.replace("    conditions: [event.button.id == 'PRICE']\n", "")

    assert found == [(8, "press-unanswered")]
    assert problems_with(PROFILE, everything, tmp_path, monkeypatch) == []


def test_nobody_knows_what_is_answered_while_not_all_rules_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert problems_with(PROFILE, TAPS, tmp_path, monkeypatch, "rules/a.yaml") == []
    broken = problems_with(PROFILE, TAPS.replace("log", "lock"), tmp_path, monkeypatch)
    assert "press-unanswered" not in [code for _, code in broken]


def test_a_profile_that_no_token_can_set_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = PROFILE.replace("    page_access_token: env:PAGE_TOKEN\n", "")
    pages = alone.replace("    profile:", "    pages: {'1': {access_token: env:T}}\n    profile:")
    everything = TAPS.replace("    conditions: [event.button.id == 'PRICE']\n", "")

    assert problems_with(alone, everything, tmp_path, monkeypatch) == [(6, "profile-without-token")]
    assert problems_with(pages, everything, tmp_path, monkeypatch) == []


def test_automator_yaml_among_the_paths_is_checked_as_settings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules, config = tmp_path / "a.yaml", tmp_path / "automator.yaml"
    rules.write_text(GOOD, encoding="utf-8")
    config.write_text("connectons: {}\n", encoding="utf-8")

    with pytest.raises(typer.Exit):
        check([config, rules])

    shown = capsys.readouterr().out
    assert "automator.yaml:1:1: the file has no 'connectons'" in shown
    assert "1 problem in 1 file" in shown


def test_a_file_alone_is_checked_with_the_file_that_it_includes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "deep").mkdir()
    shared, alone = tmp_path / "_shared.yaml", tmp_path / "deep" / "a.yaml"
    shared.write_text("snippets: {hi: {actions: [{log: hi}]}}\n", encoding="utf-8")
    alone.write_text(f"include: _shared.yaml\n{GOOD}".replace("log: hi", "use: hi"), "utf-8")

    check([alone])

    assert capsys.readouterr().out == "1 rule in 2 files, no problems\n"
    assert read_files([alone], with_included=False).keys() == {str(alone)}
