"""Several accounts in one connection: each account becomes a connection with its own token.

An app has one address for the events of all its Pages or Instagram accounts; each entry of a
delivery has the id of its account. People have different ids for different accounts, so everything
about a person is stored under the account's connection.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from automator.configuration.values import SecretOne, StrictModel
from automator.model import N_, WrongValue
from automator.plugins import AccountKeys
from automator.reasons.problems.configuration.connections import (
    option_account_named_twice,
    option_account_of_token_unknown,
)

AccountId = Annotated[str, Field(pattern=r"^[0-9]{1,32}$")]
#: How many unnamed accounts are remembered until the watchdog fetches them.
_MOST_UNNAMED = 20
#: The account id in test deliveries from the app's settings; no real account has it.
_NOBODY = "0"


class NamedAccount(StrictModel):
    """One of several accounts of a connection."""

    name: str = Field(default="", description=N_("Its name for people; rules see it in the event."))
    access_token: SecretOne | None = Field(
        default=None, description=N_("Its long-lived access token; without one it only listens.")
    )

    def of_platform(self) -> dict[str, Any]:
        """Returns the options of this account that override the connection's options."""
        common = NamedAccount.model_fields
        return {name: getattr(self, name) for name in type(self).model_fields if name not in common}


def check_accounts(options: Any, keys: AccountKeys) -> None:
    """Checks that every token belongs to one account, and every account has one token.

    Raises:
        WrongValue: an account is named twice, or the account of the connection's own token is
        missing.
    """
    several, own = getattr(options, keys.several), getattr(options, keys.id)
    if own in several:
        raise WrongValue(
            option_account_named_twice(account=own, option=keys.id, several=keys.several),
            at=(keys.several, own),
        )
    if several and own is None and getattr(options, keys.token) is not None:
        raise WrongValue(
            option_account_of_token_unknown(token=keys.token, option=keys.id, several=keys.several),
            at=(keys.token,),
        )


def options_of_accounts(options: Any, keys: AccountKeys) -> Mapping[str, Any]:
    """Returns the options for the connection of each account, by the account's id."""
    found: dict[str, Any] = {}
    for number, account in getattr(options, keys.several).items():
        own = {
            **account.of_platform(),
            keys.token: account.access_token,
            keys.id: number,
            # The id replaces a missing name, so that rules which show the name do not fail.
            keys.name: account.name or number,
            keys.several: {},
            # `expect` is for all accounts together; the usual rate of each is learnt.
            "expect": None,
        }
        found[number] = options.model_copy(update=own)
    return found


class UnnamedAccounts:
    """The ids of accounts that have sent something but that the connection does not name."""

    def __init__(self) -> None:
        self._ids: dict[str, None] = {}

    def add(self, account: str) -> None:
        """Remembers an account, up to a limit."""
        if account not in ("", _NOBODY) and len(self._ids) < _MOST_UNNAMED:
            self._ids[account] = None

    def take(self) -> list[str]:
        """Returns and forgets the accounts that have been added since the last call."""
        found, self._ids = list(self._ids), {}
        return found
