"""Troubles of a connection: nothing arrives, it is refused, or the access is lost."""

from automator.model import N_
from automator.reasons.kind import reason_kind

SILENT_AS_SET = reason_kind(
    "silent_as_set",
    N_("Nothing has arrived for {silence:duration}; expected at least every {allowed:duration}."),
)
SILENT_AS_USUAL = reason_kind(
    "silent_as_usual",
    N_(
        "Nothing has arrived for {silence:duration}; that is more than three times its usual"
        " longest pause, or {allowed:duration}."
    ),
)
SILENT_DURING = reason_kind(
    "silent_during",
    N_(
        "Nothing has arrived for {silence:duration}; expected at least every {allowed:duration} of"
        " {during}."
    ),
)
TOO_FEW = reason_kind(
    "too_few",
    N_("Events that came within {allowed:duration}: {count}; at least {least} are expected."),
)
TOO_FEW_DURING = reason_kind(
    "too_few_during",
    N_(
        "Events that came within {allowed:duration} of {during}: {count}; at least {least} are"
        " expected."
    ),
)
REJECTING = reason_kind(
    "rejecting",
    N_(
        "{count} deliveries that look like the sender's own were refused, and nothing was taken in"
        " since. The doctor says why: automator doctor"
    ),
)
PAGE_UNSUBSCRIBED = reason_kind(
    "page_unsubscribed",
    N_(
        "The Page does not send to this app. Subscribe it: by the button on the page of its"
        " connection, or with automator subscribe."
    ),
)
PAGE_FIELDS_MISSING = reason_kind(
    "page_fields_missing",
    N_(
        "Rules need {names:all}, which the Page does not send to this app. Subscribe it: by the"
        " button on the page of its connection, or with automator subscribe."
    ),
)

ACCOUNTS_NOT_NAMED = reason_kind(
    "accounts_not_named",
    N_(
        "{accounts:list} sent something through this app, and this connection does not name them:"
        " it is stored, and no rule answers it."
    ),
    N_(
        "Add each with its token on the page of the connection, or in automator.yaml; or take the"
        " app away from it at the platform."
    ),
)
TOKEN_OF_ANOTHER = reason_kind(
    "token_of_another",
    N_("The token of {account} is that of {other}, which would answer in its place."),
    N_("Copy the token of {account} from the platform, and save it on the page of its connection."),
)

PROFILE_NOT_SET = reason_kind(
    "profile_not_set",
    N_("The platform did not take the profile: {because}"),
    N_(
        "Mend the problem that it names, then set the profile by the button on the page of its"
        " connection, or with automator profile."
    ),
)

# --- Access tokens that are renewed ---

ACCESS_LOST = reason_kind(
    "access_lost",
    N_("the access of {connection} cannot be renewed: {because}"),
    N_(
        "Get a new access_token and refresh_token from the provider, and save both on the page"
        " Connections, or put them into automator.yaml and start again."
    ),
)
RENEWAL_INTERRUPTED = reason_kind(
    "renewal_interrupted",
    N_("a renewal was interrupted, and its refresh token may have been used"),
)
RENEWAL_FAILED = reason_kind("renewal_failed", N_("the renewal failed unexpectedly ({error})"))
TOKENS_CHANGED = reason_kind(
    "tokens_changed", N_("somebody changed the stored tokens during a renewal")
)
TOKENS_MISSING = reason_kind(
    "tokens_missing",
    N_("no tokens are stored for {connection}"),
    N_("Start the server again: it begins with those of automator.yaml."),
)
TOKENS_SEALED = reason_kind(
    "tokens_sealed",
    N_("the stored tokens of {connection} were sealed with another key"),
    N_(
        "Put {file} back into the data folder, or set {variable} as it was; all nodes need the"
        " same one."
    ),
)
TOKENS_RESTORED = reason_kind(
    "tokens_restored", N_("they were restored from a backup, and may have been used since")
)
TOKENS_RESTORED_FROM = reason_kind(
    "tokens_restored_from",
    N_("they were restored from a backup of {at:time}, and may have been used since"),
)

#: Of tracked links.
OTHER_LINK_KEY = reason_kind(
    "other_link_key",
    N_(
        "tracked links that another node sends, or that were sent before this start, do not work"
        " here: they are made with another key"
    ),
    N_(
        "Set the same {variable}, or the same `links.secret`, on all nodes. If the key was changed,"
        " add the earlier one to the list of `links.secret`, or put {file} back."
    ),
)
