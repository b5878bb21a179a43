"""Whether a Page still sends its changes and messages to the app of a connection."""

from collections.abc import Collection

from automator.providers.meta.account import GraphAccount
from automator.providers.meta.errors import error_of
from automator.providers.shared.reading import as_dict, as_id, as_list
from automator.wire import Http

#: Without these, comments or messages do not come.
NEEDED_FIELDS = ("feed", "messages")


async def subscription_problem(account: GraphAccount, app_id: str | None, http: Http) -> str:
    """Asks for the apps that the Page of the token has installed: what is wrong, or "".

    `app_id` is the connection's app; without it any app with the fields will do.

    Raises:
        StepError: the Graph API does not answer that now.
    """
    proof = f"?appsecret_proof={account.proof}" if account.proof else ""
    reply = await http.request(
        "GET",
        f"{account.url}/me/subscribed_apps{proof}",
        headers={"authorization": f"Bearer {account.token}"},
    )
    error = None if 200 <= reply.status < 300 else error_of(reply, account)
    if error is not None:
        raise error
    data = as_dict(reply.json()).get("data")
    if not isinstance(data, list):
        # An answer that is no list of apps says nothing about them.
        return ""
    apps = [as_dict(item) for item in data]
    ours = [app for app in apps if app_id is None or as_id(app.get("id")) == app_id]
    if not ours:
        return (
            "The Page does not send to this app any more: subscribe it again, in the app's webhook"
            " settings or with POST /PAGE/subscribed_apps."
        )
    return _missing_fields({field for app in ours for field in _fields(app)})


def _fields(app: dict[str, object]) -> list[str]:
    return [str(field) for field in as_list(app.get("subscribed_fields"))]


def _missing_fields(fields: Collection[str]) -> str:
    missing = [field for field in NEEDED_FIELDS if field not in fields]
    if not missing:
        return ""
    return f"The Page does not send {' and '.join(missing)} to this app: subscribe to them again."
