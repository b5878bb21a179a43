"""Stripe: the events of an account, signed together with the time.

https://docs.stripe.com/webhooks#verify-manually
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from automator.http.signing import body_digest
from automator.http.types import InboundRequest
from automator.model import N_, ParsedEvent
from automator.plugins import VerifiedOptions
from automator.providers.shared.envelope import Envelope, actor_of, part
from automator.providers.shared.options import SigningSecrets
from automator.providers.shared.payloads import (
    as_dict,
    as_id,
    as_text,
    as_time,
    event_type,
    join_key,
    json_object,
    names_of,
)
from automator.providers.shared.signed import HmacScheme, SignedProvider
from automator.reasons.secrets import stripe_secret

#: https://docs.stripe.com/api/events/types
_EVENTS = """
    account: updated; balance: available; charge: captured expired failed pending refunded
    succeeded updated; charge.dispute: closed created funds_reinstated funds_withdrawn updated;
    charge.refund: updated; checkout.session: async_payment_failed async_payment_succeeded
    completed expired; coupon: created deleted updated; credit_note: created updated voided;
    customer: created deleted updated; customer.discount: created deleted updated; customer.source:
    created deleted expiring updated; customer.subscription: created deleted paused
    pending_update_applied pending_update_expired resumed trial_will_end updated; customer.tax_id:
    created deleted updated; invoice: created deleted finalization_failed finalized
    marked_uncollectible overdue overpaid paid payment_action_required payment_attempt_required
    payment_failed payment_succeeded sent upcoming updated voided will_be_due; invoiceitem: created
    deleted updated; payment_intent: amount_capturable_updated canceled created partially_funded
    payment_failed processing requires_action succeeded; payment_link: created updated;
    payment_method: attached automatically_updated card_automatically_updated detached updated;
    payout: canceled created failed paid reconciliation_completed updated; plan: created deleted
    updated; price: created deleted updated; product: created deleted updated; promotion_code:
    created updated; quote: accepted canceled created finalized will_expire; refund: created failed
    updated; review: closed opened; setup_intent: canceled created requires_action setup_failed
    succeeded; subscription_schedule: aborted canceled completed created expiring released updated;
    topup: canceled created failed reversed succeeded; transfer: created failed paid reversed
    updated
"""


class StripeOptions(VerifiedOptions):
    """The options of a Stripe connection."""

    secret: SigningSecrets = Field(
        description=N_("The webhook's signing secret, whsec_…; a list while it is rolled.")
    )


class StripeProvider(SignedProvider):
    """One webhook endpoint, or event destination, of a Stripe account."""

    name = "stripe"
    title = "Stripe"
    issues_secret: ClassVar[bool] = True
    options_model = StripeOptions
    event_names: ClassVar[Mapping[str, str]] = names_of(_EVENTS)
    scheme = HmacScheme(
        header="stripe-signature",
        shown="Stripe-Signature",
        form="t={timestamp},v1={signature}",
        signed="{timestamp}.{body}",
        timestamp_form="seconds",
        advice=stripe_secret(),
    )
    sent_headers: ClassVar[Mapping[str, str]] = {
        "content-type": "application/json; charset=utf-8",
        "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    }

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads the one event of a delivery."""
        data = json_object(request)
        subject = as_dict(as_dict(data.get("data")).get("object")) or as_dict(
            data.get("related_object")
        )
        subject_id = as_id(subject.get("id"))
        kind = as_text(data.get("type"))
        event = Envelope.of(self, request).event(
            event_type("stripe", *kind.split(".")) if kind else "stripe.event",
            join_key(as_id(data.get("id")) or body_digest(request.body)),
            data,
            actor=_customer(subject),
            lane_id=subject_id,
            occurred_at=as_time(data.get("created")),
            object=part(subject_id, type=as_text(subject.get("object"))),
        )
        return [event]


def _customer(subject: Mapping[str, Any]) -> dict[str, Any]:
    """Reads the customer: the object itself, or its `customer`, which is an id or an object."""
    found = subject if subject.get("object") == "customer" else subject.get("customer")
    fields = as_dict(found)
    person = as_id(fields.get("id") if fields else found)
    return actor_of(person, as_text(fields.get("name")))
