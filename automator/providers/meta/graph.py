"""Calls the Graph API as an account, and sorts its answers for steps."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from automator.http.types import Http, HttpReply
from automator.model import StepError
from automator.providers.meta.account import GraphAccount
from automator.providers.meta.errors import error_of
from automator.providers.shared.calling import send_json
from automator.providers.shared.outcomes import unreadable, unreadable_look_up
from automator.providers.shared.reading import as_dict

#: Reads an error that only one platform has; None when it is one that all have.
ReadError = Callable[[HttpReply], StepError | None]


async def call_graph(
    http: Http,
    account: GraphAccount,
    path: str,
    body: Mapping[str, Any] | None = None,
    *,
    key: str = "",
    method: str = "POST",
    query: Mapping[str, str] | None = None,
    repeatable: bool = False,
    read_error: ReadError | None = None,
) -> dict[str, Any]:
    """The answer of the API; empty when it says that the request had been done before.

    `repeatable` = a repeated POST has no second effect; other methods never have one.
    """
    repeatable = repeatable or method != "POST"
    proof = account.proof
    named = {**(query or {}), **({"appsecret_proof": proof} if proof else {})}
    joint = "&" if "?" in path else "?"
    url = f"{account.url}/{path}" + (f"{joint}{urlencode(named)}" if named else "")
    reply = await send_json(
        http,
        url,
        body,
        key=key,
        token=account.token,
        method=method,
        repeatable_at=account.product if repeatable else "",
    )
    answer = reply.json()
    # An error may come with a status of success.
    if reply.is_success and "error" not in as_dict(answer):
        if not isinstance(answer, dict):
            # A proxy on the way answers like this as well, without having passed anything on.
            is_question = method == "GET"
            raise (unreadable_look_up if is_question else unreadable)(account.product)
        return answer or {"id": None}
    special = read_error(reply) if read_error is not None else None
    error = special or error_of(reply, account, repeatable=repeatable)
    if error is None:
        return {}
    raise error
