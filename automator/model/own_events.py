"""Events that this server raises itself: by schedules, links, approvals and the watchdog."""

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
#: Reports of something that needs a person, with what the event's `data` names besides the link;
#: they have the connection of schedules.
TROUBLES = {
    "target.paused": ("target",),
    "run.dead": ("rule", "run"),
    "access.lost": ("connection",),
    "rules.refused": ("file",),
    "backup.failed": (),
    "node.lost": ("node",),
    "token.ending": ("name", "account", "expires_at"),
}
#: The events in which this server reports on itself; they have no person.
ABOUT_SERVER = (APPROVAL_WAITING, CONNECTION_SILENT, CONNECTION_REJECTING, *TROUBLES)
OWN_EVENTS = OF_ONE_RULE | {*ABOUT_SERVER, LINK_CLICKED}


def firing_key(firing: str, person: str) -> str:
    """Returns the dedupe key of a person's event in a firing; `person` is the id at the platform.

    With this key a firing includes each person only once.
    """
    return f"firing:{firing}:{person}"
