"""Several accounts of one app in one connection: each account gets its own connection and token.

An app has one address for the events of all its Pages or Instagram accounts, and each entry of a
delivery has the account's id. A person has a different id for each account, so everything about
people is stored under the account's connection.
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
#: How many unnamed accounts are remembered until the watchdog asks for them.
_MOST_UNNAMED = 20
#: The account id in test deliveries of the app's settings page; no real account has it.
_NOBODY = "0"


class NamedAccount(StrictModel):
    """One of several accounts of a connection."""

    name: str = Field(default="", description=N_("Its name for people; rules see it in the event."))
    access_token: SecretOne | None = Field(
        default=None, description=N_("Its long-lived access token; without one it only listens.")
    )

    def of_platform(self) -> dict[str, Any]:
        """Returns its options that replace the connection's options of the same names."""
        common = NamedAccount.model_fields
        return {name: getattr(self, name) for name in type(self).model_fields if name not in common}


def check_accounts(options: Any, keys: AccountKeys) -> None:
    """Checks that each token belongs to exactly one named account.

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
    """Returns the options of each account's connection, by the account's id."""
    found: dict[str, Any] = {}
    for number, account in getattr(options, keys.several).items():
        own = {
            **account.of_platform(),
            keys.token: account.access_token,
            keys.id: number,
            # Rules that show the name must not fail if an account has no name.
            keys.name: account.name or number,
            keys.several: {},
            # The setting is for all accounts together; each account's own rate is learnt.
            "expect": None,
        }
        found[number] = options.model_copy(update=own)
    return found


class UnnamedAccounts:
    """The accounts that have sent something and that their connection does not name."""

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
