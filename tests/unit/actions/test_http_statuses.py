import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.actions.http_statuses import check_status, retry_after_s
from automator.model import PermanentError, RetryableError
from automator.model.rule import RetryPolicy
from tests.support.http import a_reply
from tests.support.words import raises_saying, said

NOW_MS = 1_795_478_400_000


def check(status: int, body: bytes = b"", retry: RetryPolicy | None = None, **headers: str) -> None:
    check_status(
        a_reply(status, body, headers),
        place="crm",
        retry=retry or RetryPolicy(),
        now_ms=NOW_MS,
    )


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_is_success(status: int):
    check(status)


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 599])
def test_what_waiting_may_mend_is_tried_again(status: int):
    with pytest.raises(RetryableError) as caught:
        check(status)

    assert caught.value.status == status


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (301, "redirected"),
        (302, "redirected"),
        (308, "redirected"),
        (400, "unexpected_status"),
        (401, "unexpected_status"),
        (404, "unexpected_status"),
        (410, "endpoint_gone"),
        (508, "loop"),
        (101, "unexpected_status"),
    ],
)
def test_what_waiting_cannot_mend_is_final(status: int, code: str):
    with pytest.raises(PermanentError) as caught:
        check(status)

    assert (caught.value.code, caught.value.status) == (code, status)


def test_a_redirect_says_where_to():
    with raises_saying(PermanentError, r"redirects to https://new\.example/in"):
        check(301, location="https://new.example/in")


def test_an_answer_is_quoted_with_its_first_200_characters():
    with pytest.raises(PermanentError) as caught:
        check(400, ("thiếu số điện thoại\n" + "x" * 500).encode())

    quoted = said(caught.value.reason).removeprefix("crm answered 400: ")
    assert quoted.startswith("thiếu số điện thoại xxx")
    assert len(quoted) == 200


def test_a_step_can_say_that_404_is_worth_another_try():
    with pytest.raises(RetryableError):
        check(404, retry=RetryPolicy(on_status=((404, 404),)))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("9999999999", 9999999999.0),
        ("Tue, 24 Nov 2026 00:01:40 GMT", 100.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("Tue, 24 Nov 2026 00:01:40 -0000", 100.0),
        ("-1", None),
        ("nan", None),
        ("inf", None),
        ("1e9", None),
        ("１２０", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_read_as_a_count_or_a_date(value: str, seconds: float | None):
    assert retry_after_s(value, NOW_MS) == seconds


def test_a_date_without_a_zone_is_utc_wherever_the_server_stands(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TZ", "Asia/Ho_Chi_Minh")
    time.tzset()
    try:
        seconds = retry_after_s("Tue, 24 Nov 2026 00:01:40 -0000", NOW_MS)
    finally:
        monkeypatch.undo()
        time.tzset()

    assert seconds == 100.0


@given(st.text(max_size=60))
def test_any_text_in_retry_after_gives_seconds_or_nothing(value: str):
    seconds = retry_after_s(value, NOW_MS)

    assert seconds is None or seconds >= 0
