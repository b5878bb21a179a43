"""Texts beside a run: its rule as it was, and its requests as commands."""

import shlex

from hypothesis import given
from hypothesis import strategies as st

from automator.server.pages.activity.run import as_curl, rule_text

FILE = """\
# Prices
vars: {shop: Áo Đẹp}
rules:
  - id: one
    actions:
      - reply: Hi

      # A note.
      - log: x
  - id: two
    actions: [{log: y}]
schedules: []
"""


def test_a_rule_is_shown_without_the_rules_beside_it() -> None:
    one = "- id: one\n  actions:\n    - reply: Hi\n\n    # A note.\n    - log: x"

    assert rule_text(FILE, 4) == one
    assert rule_text(FILE, 10) == "- id: two\n  actions: [{log: y}]"
    assert rule_text(FILE, 99) == ""
    assert rule_text("", 1) == ""


def test_a_request_is_a_command_that_a_shell_reads_as_it_was() -> None:
    command = as_curl(
        {
            "method": "POST",
            "url": "https://graph.example/v1/me?x=1&y='",
            "headers": {"Authorization": "<redacted>", "Content-Length": "9", "X-A": "$(id)"},
            "body": '{"text": "it\'s `id` $HOME"}',
        }
    )

    assert shlex.split(command.replace("\\\n", "")) == [
        "curl", "-X", "POST", "https://graph.example/v1/me?x=1&y='",
        "-H", "Authorization: <redacted>", "-H", "X-A: $(id)",
        "--data-raw", '{"text": "it\'s `id` $HOME"}',
    ]  # fmt: skip


@given(st.text(), st.text(min_size=1))
def test_whatever_was_sent_stays_one_argument(url: str, body: str) -> None:
    command = as_curl({"method": "POST", "url": url, "headers": {}, "body": body})
    head = f"curl -X POST {shlex.quote(url)} \\\n  --data-raw "

    assert command.startswith(head)
    assert shlex.split(command.removeprefix(head)) == [body]
