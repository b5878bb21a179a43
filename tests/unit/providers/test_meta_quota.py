import json

import pytest

from automator.http.types import QuotaReport
from automator.providers import quota_reader
from automator.providers.meta.graph import read_quota
from tests.support.providers import a_provider

APP = {"call_count": 28, "total_time": 25, "total_cputime": 31}
BUSINESS = {
    "100200300400": [
        {
            "type": "pages",
            "call_count": 84,
            "total_cputime": 25,
            "total_time": 25,
            "estimated_time_to_regain_access": 0,
        },
        {"type": "messenger", "call_count": 1, "estimated_time_to_regain_access": 7},
    ]
}


@pytest.mark.parametrize(
    ("headers", "usage"),
    [
        ({}, None),
        ({"x-app-usage": json.dumps(APP)}, QuotaReport(31)),
        ({"x-page-usage": json.dumps(APP), "x-app-usage": "{}"}, QuotaReport(31)),
        ({"x-business-use-case-usage": json.dumps(BUSINESS)}, QuotaReport(84, 420.0)),
        ({"x-app-usage": "no json"}, QuotaReport(0)),
        ({"x-app-usage": '{"call_count": "99", "total_time": -5}'}, QuotaReport(0)),
        ({"x-business-use-case-usage": '{"1": 7, "2": [null]}'}, QuotaReport(0)),
    ],
)
def test_the_most_that_is_used_of_anything_counts(
    headers: dict[str, str], usage: QuotaReport | None
) -> None:
    assert read_quota(headers) == usage


def test_answers_are_read_as_the_platforms_of_the_connections_write_them() -> None:
    headers = {"x-app-usage": json.dumps(APP)}
    of_meta = quota_reader([a_provider("slack"), a_provider("facebook"), a_provider("instagram")])
    of_others = quota_reader([a_provider("slack")])

    assert (of_meta(headers), of_meta({}), of_others(headers)) == (QuotaReport(31), None, None)
