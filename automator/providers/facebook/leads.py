"""Leads: people's answers to the form of an advertisement.

The webhook `leadgen` sends only ids. The Graph API has the answers in the lead's field
`field_data`, a list of `{"name", "values"}`
(https://developers.facebook.com/docs/marketing-api/guides/lead-ads/retrieving). Reading them needs
`leads_retrieval`; if the business has customised Leads Access, it must also list the app. Facebook
keeps a lead for 90 days. The form and the ad are not asked for, as the webhook has their ids; nor
is the campaign, as its name needs `ads_management`.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from automator.http.types import Http
from automator.model import LEAD, PermanentError, SkippedStep, shortened
from automator.model.event import PART_KEYS
from automator.plugins import Outgoing
from automator.providers.meta.graph import call_graph
from automator.providers.meta.graph_account import GraphAccount
from automator.providers.shared.payloads import as_dict, as_list, as_text, id_in
from automator.providers.shared.step_errors import unreadable_look_up
from automator.reasons.attempts.leads import lead_has_no_chat, lead_refused

LEAD_PERMISSIONS: Final = "leads_retrieval, pages_read_engagement, pages_manage_ads"
_FIELDS: Final = "field_data,is_organic,platform"
#: The beginning of a lead's person id: Facebook does not say which Messenger person it is.
_PERSON: Final = "lead:"
#: Limits: answers of one form, and characters of a question's name and of an answer.
_MOST_ANSWERS: Final = 100
_LONGEST_NAME: Final = 200
_LONGEST_ANSWER: Final = 1_000


def has_lead(event: Mapping[str, Any]) -> bool:
    """Whether an event names a lead."""
    return id_in(event, LEAD) is not None


def person_of_lead(lead: str) -> str:
    """Returns the id by which rules and contacts know the person who filled in the form."""
    return f"{_PERSON}{lead}"


def check_receiver(outgoing: Outgoing) -> None:
    """Checks that a message is not for a person who is known only from a lead.

    Raises:
        PermanentError: the receiver is known only from a lead.
    """
    if (outgoing.receiver or "").startswith(_PERSON):
        raise PermanentError(lead_has_no_chat(platform="Facebook"))


def answers_in(field_data: Any) -> dict[str, str]:
    """Returns the answers by the names of their questions, all answers to one
    question as one text.
    """
    found: dict[str, str] = {}
    for one in map(as_dict, as_list(field_data)[:_MOST_ANSWERS]):
        name = as_text(one.get("name"))
        if name:
            values = (str(value) for value in as_list(one.get("values")) if value is not None)
            found[name[:_LONGEST_NAME]] = shortened(", ".join(values), _LONGEST_ANSWER)
    return found


async def read_lead(
    event: Mapping[str, Any], http: Http, account: GraphAccount
) -> Mapping[str, Any]:
    """Reads from the Graph API the answers of the event's lead, whether the lead came without an
    advertisement, and its platform: `fb` or `ig`.

    Raises:
        StepError: the Graph API refuses, for want of a permission or of the lead (error 100).
    """
    lead = id_in(event, LEAD) or ""
    path = f"{quote(lead, safe='')}?fields={_FIELDS}"
    try:
        found = await call_graph(http, account, path, method="GET")
    except (PermanentError, SkippedStep) as error:
        reason = lead_refused(lead=lead, because=error.reason, needed=LEAD_PERMISSIONS)
        raise PermanentError(reason) from error
    if not isinstance(found.get("field_data"), list):
        # An answer without answers of a lead comes from a proxy, or is an error with a success
        # status.
        raise unreadable_look_up(account.product)
    platform = as_text(found.get("platform"))
    return {
        PART_KEYS[LEAD]: answers_in(found["field_data"]),
        "is_organic": found.get("is_organic") is True,
        "platform": platform and shortened(platform, _LONGEST_NAME),
    }
