"""Reads how much of its quota an app, a Page or a business has used, from the Graph API's headers.

https://developers.facebook.com/docs/graph-api/overview/rate-limiting
"""

from collections.abc import Mapping
from typing import Any

import orjson

from automator.http.types import QuotaReport
from automator.providers.shared.payloads import as_dict, as_list

_APP, _PAGE, _BUSINESS = "x-app-usage", "x-page-usage", "x-business-use-case-usage"
#: The fields of each header that hold percentages.
_PERCENTS = ("call_count", "total_time", "total_cputime")
_REGAIN = "estimated_time_to_regain_access"


def read_quota(headers: Mapping[str, str]) -> QuotaReport | None:
    """Returns the highest used percentage of all quotas in an answer; None if it reports none."""
    if not (_APP in headers or _PAGE in headers or _BUSINESS in headers):
        return None
    counted = [_json(headers, _APP), _json(headers, _PAGE)]
    counted += [
        as_dict(item) for items in _json(headers, _BUSINESS).values() for item in as_list(items)
    ]
    percent = max(_number(item.get(name)) for item in counted for name in _PERCENTS)
    minutes = max(_number(item.get(_REGAIN)) for item in counted)
    return QuotaReport(percent, minutes * 60.0)


def _json(headers: Mapping[str, str], name: str) -> dict[str, Any]:
    try:
        return as_dict(orjson.loads(headers.get(name, "")))
    except orjson.JSONDecodeError:
        return {}


def _number(value: Any) -> int:
    return value if value.__class__ is int and value > 0 else 0
