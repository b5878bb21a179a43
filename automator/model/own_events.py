"""Events that this server raises itself: by schedules, links, approvals and the watchdog."""

#: The connection and the provider of the events that schedules make. No connection of
#: automator.yaml can have this name, and nothing can be posted to it.
SCHEDULE = "schedule"
#: The event of a schedule that does not fire for people.
SCHEDULE_FIRED = "schedule.fired"
#: The event of one contact when a schedule fires for people, which comes through their connection.
SCHEDULE_CONTACT = "schedule.contact"
#: Events that concern only one rule, which their `data` names.
OF_ONE_RULE = frozenset({SCHEDULE_FIRED, SCHEDULE_CONTACT})
#: The event of a person who has opened a tracked link, which comes through their connection.
LINK_CLICKED = "link.clicked"
#: The events of the watchdog about a connection, which come through the connection of schedules.
CONNECTION_SILENT = "connection.silent"
CONNECTION_REJECTING = "connection.rejecting"
#: Reports that steps have begun to wait for approval; comes through the connection of schedules.
APPROVAL_WAITING = "approval.waiting"
#: The events in which this server reports on itself; they have no person.
ABOUT_SERVER = (APPROVAL_WAITING, CONNECTION_SILENT, CONNECTION_REJECTING)
OWN_EVENTS = OF_ONE_RULE | {*ABOUT_SERVER, LINK_CLICKED}


def firing_key(firing: str, person: str) -> str:
    """Returns the dedupe key of a person's event in a firing, made from the person's id at the
    platform: a firing includes each person once.
    """
    return f"firing:{firing}:{person}"
