"""The built-in signs that a person wants to buy, as conditions over an event.

They have the form of conditions in rules, so that people can copy and change them.
"""

from collections.abc import Mapping
from typing import Final

from automator.conditions import CompiledExpression, EventBudget, compile_expression
from automator.model import Event
from automator.rules import event_scope

#: A condition for each sign, in the order in which they are shown.
BUYING_SIGNS: Final[Mapping[str, str]] = {
    "price": "asks(event.text, 'price')",
    "phone": "phones(event.text)",
    "stock": "asks(event.text, ['availability', 'size'])",
    "delivery": "asks(event.text, ['delivery_cost', 'delivery_time'])",
    "order": "asks(event.text, ['order', 'deposit'])",
    "contact": "keywords(event.text, ['nhắn tin', 'tư vấn', 'quan tâm', 'dm', 'interested'])",
}


class BuyingSigns:
    """The compiled conditions of buying signs, by their names."""

    def __init__(self, signs: Mapping[str, str]) -> None:
        """Compiles the given signs; the built-in ones if there are none."""
        self._signs: dict[str, CompiledExpression] = {
            name: compile_expression(text) for name, text in (signs or BUYING_SIGNS).items()
        }

    def of(self, event: Event) -> tuple[str, ...]:
        """The names of the signs that an event shows."""
        scope, budget = event_scope(event, {}, event.received_at), EventBudget()
        return tuple(name for name, sign in self._signs.items() if sign.holds(scope, budget))
