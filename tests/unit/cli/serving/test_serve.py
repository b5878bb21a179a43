"""Where the server may listen, and what its welcome says."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from automator.cli.serving import starting
from automator.cli.serving.serve import serve
from automator.cli.serving.starting import (
    ServeArguments,
    is_loopback,
    refuse_plain_http,
    welcome_text,
)
from automator.cli.terminal.paths import data_folder
from automator.language import Translator
from automator.model import Problem, UsageError
from automator.reasons.problems.shape import shape_wrong_value_with_fix
from automator.server.bootstrap.welcome_facts import Ready
from tests.support.words import error_said


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "[::1]", "localhost"])
def test_loopback_addresses_need_no_https(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["::", "10.0.0.1", "shop.example", "localhost.evil"])
def test_every_other_address_is_reached_from_outside(host: str) -> None:
    assert not is_loopback(host)


def test_an_outside_address_without_https_is_refused(tmp_path: Path) -> None:
    config = tmp_path / "automator.yaml"
    config.write_text("public_url: http://shop.example\n", encoding="utf-8")

    with pytest.raises(UsageError, match="no HTTPS in front of it is configured"):
        refuse_plain_http("192.168.1.5", config, tmp_path, demo=False)


def test_an_outside_address_behind_https_is_fine(tmp_path: Path) -> None:
    config = tmp_path / "automator.yaml"
    config.write_text("public_url: https://shop.example\n", encoding="utf-8")

    refuse_plain_http("192.168.1.5", config, tmp_path, demo=False)


def test_the_demo_refuses_an_address_at_which_it_cannot_reach_itself() -> None:
    with pytest.raises(UsageError, match="the demo talks to itself over loopback"):
        serve(host="192.168.1.5", demo=True, plain_http=True)


@pytest.mark.parametrize("demo", [False, True])
def test_a_rules_folder_that_was_named_and_is_none_is_refused(tmp_path: Path, demo: bool) -> None:
    config, rules = tmp_path / "automator.yaml", tmp_path / "typo"
    config.write_text("public_url: https://shop.example\n", encoding="utf-8")

    def refused() -> tuple[str, str]:
        with pytest.raises(UsageError) as error:
            serve(config=config, rules=rules, data=tmp_path / "data", demo=demo)
        assert not (tmp_path / "data").exists()
        return error_said(error.value)

    if not demo:
        assert refused() == (
            f"the rules folder {rules} does not exist",
            f"Compare the path, or make the folder first: mkdir {rules}",
        )
    rules.write_text("rules: []")
    assert refused() == (
        f"the rules {rules} are no folder",
        "Name the folder of the rule files: --rules FOLDER",
    )


@pytest.mark.parametrize(
    ("arguments", "folder"),
    [
        ({"demo": True, "rules": Path("new")}, Path("new")),
        ({"demo": True}, Path("data/demo-rules")),
        ({"demo": True, "data": Path("other")}, Path("other/demo-rules")),
        ({"config": Path("automator.yaml")}, Path("rules")),
    ],
    ids=["the demo makes it", "the demo's copy", "in its data folder", "none was named"],
)
def test_a_first_start_needs_no_rules_folder(
    arguments: dict[str, Any], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "automator.yaml").write_text("{}\n")
    started: list[Path] = []

    def run(options: Any, on_ready: Any) -> int:
        started.append(options.rules)
        return 0

    monkeypatch.setattr("automator.server.bootstrap.process.run", run)

    assert starting.start(ServeArguments(**arguments)) == 0
    assert started == [folder]


def test_a_welcome_that_nobody_can_take_keeps_no_server_from_its_work(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As where its output goes into a file on a disk that is full."""

    def full(_text: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(starting, "say", full)

    starting.welcome(ready(), tmp_path)


def ready(*, demo: bool = False, problems: list[Problem] | None = None) -> Ready:
    return Ready(
        url="http://127.0.0.1:8080",
        is_watched=True,
        sign_in_link="http://127.0.0.1:8080/sign-in/abc",
        local_link=None,
        connections=[("shop-page", "facebook", "http://127.0.0.1:8080/hooks/shop-page")],
        rules=3,
        problems=problems or [],
        demo=demo,
    )


def welcomed(news: Ready) -> str:
    """The welcome of a server on the usual data folder."""
    return welcome_text(news, data_folder(None))


def test_the_welcome_says_where_a_first_rule_comes_from() -> None:
    text = welcomed(replace(ready(), rules=0))

    assert "Rules       none yet; the page Rules offers a first one" in text


def test_the_welcome_shows_the_link_the_hooks_and_what_to_try() -> None:
    text = welcomed(ready())

    assert "http://127.0.0.1:8080/sign-in/abc" in text
    assert "http://127.0.0.1:8080/hooks/shop-page  (facebook)" in text
    assert "automator send" in text
    assert "demo" not in text


def test_the_welcome_has_a_link_for_this_machine_beside_that_of_the_public_address() -> None:
    here = "http://127.0.0.1:8080/sign-in/abc"
    text = welcomed(
        replace(ready(), sign_in_link="https://bot.example/sign-in/abc", local_link=here)
    )

    assert "https://bot.example/sign-in/abc\n" in text
    assert f"the same on this machine: {here}\n" in text
    assert "on this machine:" not in welcomed(ready())


def test_the_welcome_says_how_to_sign_in_when_no_link_could_be_stored() -> None:
    text = welcomed(replace(ready(), sign_in_link=None))

    assert "Sign in     automator link, when the store can commit again" in text


def test_a_welcome_that_is_written_to_a_log_has_the_command_in_place_of_a_link(
    tmp_path: Path,
) -> None:
    unwatched = replace(ready(), is_watched=False, sign_in_link=None)

    assert "Sign in     automator link\n" in welcomed(unwatched)
    assert f"Sign in     automator link --data {tmp_path}\n" in welcome_text(unwatched, tmp_path)


def test_the_welcome_names_the_data_folder_that_other_commands_need(tmp_path: Path) -> None:
    assert f"then: automator log --data {tmp_path}\n" in welcome_text(ready(), tmp_path)
    assert "then: automator log\n" in welcomed(ready())


def test_the_welcome_is_said_in_the_readers_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "TRANSLATOR", Translator("vi"))

    text = welcomed(replace(ready(demo=True), rules=0))

    assert "Đăng nhập   http://127.0.0.1:8080/sign-in/abc" in text
    assert "Đây là bản thử" in text
    assert "Tiếp theo: automator send --list    rồi: automator log" in text


def test_the_welcome_says_that_it_is_the_demo() -> None:
    assert "This is the demo" in welcomed(ready(demo=True))


def test_the_welcome_of_the_demo_does_not_list_every_sender() -> None:
    many = replace(ready(demo=True), connections=[("a", "line", "http://x/hooks/a")] * 20)

    assert "and 16 more senders" in welcomed(many)
    assert "more senders" not in welcomed(replace(many, demo=False))


def test_the_welcome_shows_problems_with_their_fix() -> None:
    reason = shape_wrong_value_with_fix(said="no rule has this", fix="do that.")
    problem = Problem(file="rules/a.yaml", line=3, column=1, reason=reason, code="x")

    text = welcomed(ready(problems=[problem]))

    assert "rules/a.yaml:3:1: no rule has this [x]" in text
    assert "fix: do that." in text
