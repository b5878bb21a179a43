"""Troubles of a connection: nothing arrives, deliveries are refused, or its access is lost."""

from collections.abc import Sequence

from automator.model import N_, Reason
from automator.reasons.kind import reason


@reason(
    N_("{host} has not answered since {since:time}, so nothing is sent to people."),
    N_(
        "Look whether this server reaches the internet: names, firewall, proxy. What waits is sent"
        " by itself as soon as it answers."
    ),
)
def platform_not_reached(*, host: str, since: int) -> None: ...
@reason(
    N_("Nothing has arrived for {silence:duration}; expected at least every {allowed:duration}.")
)
def silent_as_set(*, silence: int, allowed: int) -> None: ...
@reason(
    N_(
        "Nothing has arrived for {silence:duration}; that is more than three times its usual"
        " longest pause, or {allowed:duration}."
    )
)
def silent_as_usual(*, silence: int, allowed: int) -> None: ...
@reason(
    N_(
        "Nothing has arrived for {silence:duration}; expected at least every {allowed:duration} of"
        " {during}."
    )
)
def silent_during(*, silence: int, allowed: int, during: str) -> None: ...
@reason(N_("Events that came within {allowed:duration}: {count}; at least {least} are expected."))
def too_few(*, allowed: int, count: int, least: int) -> None: ...
@reason(
    N_(
        "Events that came within {allowed:duration} of {during}: {count}; at least {least} are"
        " expected."
    )
)
def too_few_during(*, allowed: int, during: str, count: int, least: int) -> None: ...
@reason(
    N_(
        "{count} deliveries that look like the sender's own were refused, and nothing was taken in"
        " since. The doctor says why: automator doctor"
    )
)
def rejecting(*, count: int) -> None: ...
@reason(
    N_(
        "The Page does not send to this app. Subscribe it: by the button on the page of its"
        " connection, or with automator subscribe."
    )
)
def page_unsubscribed() -> None: ...
@reason(
    N_(
        "Rules need {names:all}, which the Page does not send to this app. Subscribe it: by the"
        " button on the page of its connection, or with automator subscribe."
    )
)
def page_fields_missing(*, names: Sequence[str]) -> None: ...
@reason(
    N_("The token lacks {names:all}, and rules fail without."),
    N_(
        "Make a new token at Meta for the same app and account, with the permissions of the old one"
        " and with these. Save it on the page of its connection."
    ),
)
def permissions_missing(*, names: Sequence[str]) -> None: ...


@reason(
    N_(
        "{accounts:list} sent something through this app, and this connection does not name them:"
        " it is stored, and no rule answers it."
    ),
    N_(
        "Add each with its token on the page of the connection, or in automator.yaml; or take the"
        " app away from it at the platform."
    ),
)
def accounts_not_named(*, accounts: Sequence[str]) -> None: ...
@reason(
    N_("The token of {account} is that of {other}, which would answer in its place."),
    N_("Copy the token of {account} from the platform, and save it on the page of its connection."),
)
def token_of_another(*, account: str, other: str) -> None: ...


@reason(
    N_("The platform did not take the profile: {because}"),
    N_(
        "Mend the problem that it names, then set the profile by the button on the page of its"
        " connection, or with automator profile."
    ),
)
def profile_not_set(*, because: Reason) -> None: ...


# --- Access tokens that are renewed ---


@reason(
    N_("the access of {connection} cannot be renewed: {because}"),
    N_(
        "Get a new access_token and refresh_token from the provider, and save both on the page"
        " Connections, or put them into automator.yaml and start again."
    ),
)
def access_lost(*, connection: str, because: Reason) -> None: ...
@reason(N_("a renewal was interrupted, and its refresh token may have been used"))
def renewal_interrupted() -> None: ...
@reason(N_("the renewal failed unexpectedly ({error})"))
def renewal_failed(*, error: str) -> None: ...
@reason(N_("somebody changed the stored tokens during a renewal"))
def tokens_changed() -> None: ...
@reason(
    N_("no tokens are stored for {connection}"),
    N_("Start the server again: it begins with those of automator.yaml."),
)
def tokens_missing(*, connection: str) -> None: ...
@reason(
    N_("the stored tokens of {connection} were sealed with another key"),
    N_(
        "Put {file} back into the data folder, or set {variable} as it was; all nodes need the"
        " same one."
    ),
)
def tokens_sealed(*, connection: str, file: str, variable: str) -> None: ...
@reason(N_("they were restored from a backup, and may have been used since"))
def tokens_restored() -> None: ...
@reason(N_("they were restored from a backup of {at:time}, and may have been used since"))
def tokens_restored_from(*, at: int) -> None: ...


#: Tracked links that were made with another key.
@reason(
    N_(
        "tracked links that another node sends, or that were sent before this start, do not work"
        " here: they are made with another key"
    ),
    N_(
        "Set the same {variable}, or the same `links.secret`, on all nodes. If the key was changed,"
        " add the earlier one to the list of `links.secret`, or put {file} back."
    ),
)
def other_link_key(*, variable: str, file: str) -> None: ...
