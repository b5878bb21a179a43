"""Tests of rules that fire for contacts: the contacts are given, and time goes by."""

from pathlib import Path

import pytest

from tests.support.rule_tests import codes_of, results_of

RULE = """
rules:
  - id: sale
    trigger:
      schedule: {cron: "0 9 * * sat"}
      contacts: {connection: shop-page, tag: vip}
    conditions: ["contact.state.size == 'M'"]
    actions:
      - message: "Sale cho {{ contact.name }} ơi"
    tests:
      - name: the test
        given:
          clock: 2026-11-28T08:00+07:00
          contacts:
            - {id: "1001", name: Lan, tags: [vip], state: {size: M}}
            - {id: "1002", name: Minh, tags: [vip], state: {size: M}%s}
        run_for: 2h
"""
ONE = "        expect: {matched: 1, actions: [{id: message, to: '1001', text: Sale cho Lan ơi}]}\n"
BOTH = "        expect: {matched: 2}\n"


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        ("", BOTH),
        (", wrote: 22h", BOTH),
        (", wrote: 25h", ONE),
        (", opted_out: true", ONE),
        (", blocked: true", ONE),
        (", connection: demo-page", ONE),
    ],
)
def test_a_test_gives_the_contacts_for_whom_a_schedule_fires(
    second: str, expected: str, tmp_path: Path
) -> None:
    files = {"sale.yaml": RULE % second + expected}

    assert codes_of(results_of(files, tmp_path)["the test"]) == []


def test_contacts_of_a_connection_that_is_not_there_fail_the_test(tmp_path: Path) -> None:
    files = {"sale.yaml": RULE % ", connection: no-page" + BOTH}

    assert codes_of(results_of(files, tmp_path)["the test"]) == ["test_cannot_arrive"]
