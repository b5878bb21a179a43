"""`automator try` without a server: what it reads, and what it shows."""

import json
from pathlib import Path

import pytest
import typer

from automator.cli.serving.tryout import subject_named, try_rules
from automator.model import AutomatorError, NotFoundError, UsageError

CONFIG = """\
connections:
  shop-page:
    provider: facebook
    app_secret: env:FB_APP_SECRET
    verify_token: env:FB_VERIFY_TOKEN
    page_access_token: env:FB_PAGE_TOKEN
  orders:
    provider: generic
    verify: {hmac: sha256, header: x-signature, secret: env:ORDERS_SECRET}
    event: {type: body.event, id: body.id}
"""
RULES = """\
rules:
  - id: price
    name: Answer price questions
    trigger: {event: comment.created, connection: shop-page}
    conditions: ["keywords(event.text, ['giá'])"]
    actions:
      - reply: "Chào {{ event.actor.name }} {{ contact.state.size | default('') }}"
      - follow_up: {after: 20h, actions: [{message: "Còn quan tâm không?"}]}
  - id: order
    trigger: {event: order.paid, connection: orders}
    actions: [{log: "đơn {{ event.data.id }}"}]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "shop.yaml").write_text(RULES, encoding="utf-8")
    (tmp_path / "automator.yaml").write_text(CONFIG, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_sample_is_tried_without_secrets_server_or_database(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    try_rules("facebook/comment.created", "giá sao", data=folder / "data")

    shown = capsys.readouterr().out
    assert "✓ price (Answer price questions) matches" in shown
    assert "reply that everybody sees: “Chào " in shown
    assert "in 20 h" in shown
    assert "message to " in shown
    assert not (folder / "data").exists()


def test_the_person_and_what_is_remembered_of_them_can_be_chosen(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    try_rules(None, "giá", contact="77", state=["size=M"], data=folder, as_json=True)

    trial = json.loads(capsys.readouterr().out)
    assert trial["event"]["actor"]["id"] == "77"
    assert trial["runs"][0]["steps"][0]["said"]["text"].endswith(" M")


def test_an_event_in_a_file_and_a_delivery_in_a_file_are_tried(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = {"type": "comment.created", "text": "giá", "actor": {"id": "7", "name": "Lan"}}
    (folder / "written.json").write_text(json.dumps(written), encoding="utf-8")
    (folder / "paid.json").write_text('{"event": "order.paid", "id": 5}', encoding="utf-8")

    try_rules("written.json", connection="shop-page", data=folder, as_json=True)
    try_rules("paid.json", connection="orders", data=folder, as_json=True)

    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first["runs"][0]["steps"][0]["said"]["text"].startswith("Chào Lan")
    assert second["runs"][0]["rule"] == "order"
    assert second["event"]["type"] == "order.paid"


def test_other_rules_than_those_in_force_can_be_tried(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draft = folder / "draft.yaml"
    draft.write_text(RULES.replace("Chào", "Kính chào"), encoding="utf-8")
    try_rules("facebook/comment.created", "giá", rules=draft, data=folder)

    assert "Kính chào" in capsys.readouterr().out


def test_rules_with_errors_are_not_tried_but_their_problems_shown(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draft = folder / "draft.yaml"
    draft.write_text(RULES.replace("actions", "action"), encoding="utf-8")
    with pytest.raises(typer.Exit):
        try_rules("facebook/comment.created", rules=draft, data=folder)

    assert "draft.yaml:6:5" in capsys.readouterr().out


@pytest.mark.parametrize("what", ["facebook/comment.craeted", "0r3kq5v5z0000", "nonsense"])
def test_what_does_not_exist_is_said_with_a_fix(folder: Path, what: str) -> None:
    with pytest.raises(AutomatorError) as refused:
        try_rules(what, data=folder)

    assert isinstance(refused.value, NotFoundError | UsageError)
    assert refused.value.fix


@pytest.mark.parametrize("content", ["{", ""])
def test_a_file_that_is_no_json_is_said_to_be_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "event.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match="is not JSON"):
        subject_named(str(path))


@pytest.mark.parametrize("at", ["tomorrow", "25:00"])
def test_a_time_that_is_none_is_refused(folder: Path, at: str) -> None:
    with pytest.raises(UsageError, match="no time"):
        try_rules("facebook/comment.created", at=at, data=folder)


@pytest.mark.parametrize(
    ("what", "fix"),
    [
        ("giá bn shop", 'automator try --text "giá bn shop"'),
        ("rules/price.yaml", "automator try --rules rules/price.yaml"),
    ],
)
def test_a_text_and_a_rule_file_are_told_the_option_that_takes_them(what: str, fix: str) -> None:
    with pytest.raises(UsageError) as raised:
        subject_named(what)

    assert fix in str(raised.value.fix)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("order.xml", "<order><event>order.paid</event><id>7</id></order>"),
        ("order.txt", "event=order.paid&id=7"),
        ("order.json", '{"event": "order.paid", "id": "7"}'),
    ],
)
def test_a_body_in_a_file_is_tried_as_its_sender_posts_it(
    name: str, body: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = folder / "automator.yaml"
    fields = "{type: body.event || body.order.event, id: body.id || body.order.id}"
    config.write_text(CONFIG.replace("{type: body.event, id: body.id}", fields), encoding="utf-8")
    found = '[{set: {id: event.data.id || event.data.order.id}}, {log: "đơn {{ vars.id }}"}]'
    text = RULES.replace('[{log: "đơn {{ event.data.id }}"}]', found)
    (folder / "rules" / "shop.yaml").write_text(text, encoding="utf-8")
    (folder / name).write_text(body, encoding="utf-8")
    try_rules(name, connection="orders", data=folder / "data")

    shown = capsys.readouterr().out
    assert "✓ order matches" in shown
    assert "đơn 7" in shown
