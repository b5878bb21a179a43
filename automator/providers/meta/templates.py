"""Templates that Meta has approved, for WhatsApp and for Messenger's utility messages.

Messenger's form is described in
https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages/utility-messages:
`messaging_type: UTILITY`, and `message.template` instead of a text. Such a message may be sent at
any time; it needs the permission `page_utility_messaging` and may not advertise anything.
"""

from collections.abc import Mapping
from typing import Any

from automator.model import PermanentError
from automator.model.messaging_policy import TemplateKeys
from automator.providers.shared.payloads import as_dict, as_text
from automator.reasons.attempts.sending import wa_template_incomplete, wa_template_key

#: The key that only approved templates have; Messenger's other templates are forms of a message.
NAME = "name"
#: The `messaging_type` of a message that Messenger accepts at any time.
UTILITY = "UTILITY"
APPROVED = TemplateKeys(
    takes=frozenset({NAME, "language", "components"}),
    needs=frozenset({NAME, "language"}),
    kinds={NAME: (str,), "language": (str, dict), "components": (list,)},
)


def approved_template(template: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a template in the API's form; `language` may also be just a code.

    Raises:
        PermanentError: a key is missing or unknown (code `bad_template`).
    """
    name, language = as_text(template.get(NAME)), template.get("language")
    code = as_text(language) or as_text(as_dict(language).get("code"))
    unknown = sorted(set(template) - APPROVED.takes)
    if not name or not code or unknown:
        reason = wa_template_key(key=unknown[0]) if unknown else wa_template_incomplete()
        raise PermanentError(reason, code="bad_template")
    chosen: dict[str, Any] = {"name": name, "language": {"code": code}}
    if template.get("components") is not None:
        chosen["components"] = template["components"]
    return chosen
