"""Events that this server raises itself: by schedules, links, approvals and the watchdog."""

from automator.model.reason import N_
from automator.model.record import record

#: The connection, and the provider, of events that schedules raise. automator.yaml cannot have a
#: connection with this name, and nobody can post to it.
SCHEDULE = "schedule"
#: The event of a schedule that fires once, not for each person.
SCHEDULE_FIRED = "schedule.fired"
#: The event of one person when a schedule fires for people; it has the person's connection.
SCHEDULE_CONTACT = "schedule.contact"
#: Events that concern only one rule, which their `data` names.
OF_ONE_RULE = frozenset({SCHEDULE_FIRED, SCHEDULE_CONTACT})
#: The event of a person who opened a tracked link; it has the person's connection.
LINK_CLICKED = "link.clicked"
#: The watchdog's events about a connection; they have the connection of schedules.
CONNECTION_SILENT = "connection.silent"
CONNECTION_REJECTING = "connection.rejecting"
#: Reports that steps have begun to wait for approval; it has the connection of schedules.
APPROVAL_WAITING = "approval.waiting"


@record(kw_only=False)
class Told:
    """An event with which the server tells of its own operation."""

    #: What a form calls it.
    words: str
    #: When it comes, for the documentation.
    when: str
    #: What its `data` names besides the link.
    facts: tuple[str, ...] = ()


#: Reports of something that needs a person, or does no longer. They have
#: the connection of schedules.
TROUBLES = {
    "target.paused": Told(
        N_("nothing is sent to a target"),
        "for five minutes nothing was sent to a target: it fails, is paused, or is disabled",
        ("target",),
    ),
    "target.resumed": Told(
        N_("a target is sent to again"),
        "a target for which `target.paused` was told has been sent to for half an hour again",
        ("target",),
    ),
    "run.dead": Told(
        N_("a rule's run stops and needs you"),
        "a run of a rule has stopped, and a person has to decide; once for each rule",
        ("rule", "run"),
    ),
    "access.lost": Told(
        N_("a connection loses its access"),
        "a platform refuses the access of a connection, or cannot be reached",
        ("connection",),
    ),
    "rules.refused": Told(
        N_("a rule file has a mistake"),
        "a rule file has a mistake, and its earlier version is in force",
        ("file",),
    ),
    "backup.failed": Told(N_("a backup fails"), "the last backup could not be made"),
    "disk.low": Told(
        N_("a disk is almost full"),
        "less than [`disk.low`](../reference/settings.md#disk) is free on the disk of the SQLite"
        " file, or of the data folder with PostgreSQL",
        ("node", "free_mb"),
    ),
    "node.lost": Told(
        N_("a server of several is lost"),
        "one of several nodes has been silent for five minutes",
        ("node",),
    ),
    "token.ending": Told(
        N_("an API token ends soon"),
        "an API token ends in a week, or in the last quarter of a short life",
        ("name", "account", "expires_at"),
    ),
}
#: The events in which this server reports on itself; they have no person.
ABOUT_SERVER = (APPROVAL_WAITING, CONNECTION_SILENT, CONNECTION_REJECTING, *TROUBLES)
OWN_EVENTS = OF_ONE_RULE | {*ABOUT_SERVER, LINK_CLICKED}


def firing_key(firing: str, person: str) -> str:
    """Returns the dedupe key of a person's event in a firing; `person` is the id at the platform.

    With this key a firing includes each person only once.
    """
    return f"firing:{firing}:{person}"
