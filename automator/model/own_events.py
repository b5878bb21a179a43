"""Events that this server raises itself: of schedules, links, approvals and the watchdog."""

#: The connection and the provider of the events that schedules make. No connection of
#: automator.yaml can have this name, and nothing can be posted to it.
SCHEDULE = "schedule"
#: The event of a schedule that fires for nobody in particular.
SCHEDULE_FIRED = "schedule.fired"
#: The event of one contact when a schedule fires for people, which comes through their connection.
SCHEDULE_CONTACT = "schedule.contact"
#: Events that concern one rule alone, which their `data` names.
OF_ONE_RULE = frozenset({SCHEDULE_FIRED, SCHEDULE_CONTACT})
#: The event of a person who has opened a tracked link, which comes through their connection.
LINK_CLICKED = "link.clicked"
#: The events of the watchdog about a connection, which come through the connection of schedules.
CONNECTION_SILENT = "connection.silent"
CONNECTION_REJECTING = "connection.rejecting"
#: Steps have begun to wait for approval; it comes through the connection of schedules too.
APPROVAL_WAITING = "approval.waiting"
#: What this server tells about itself: events of no person.
ABOUT_SERVER = (APPROVAL_WAITING, CONNECTION_SILENT, CONNECTION_REJECTING)
OWN_EVENTS = OF_ONE_RULE | {*ABOUT_SERVER, LINK_CLICKED}


def firing_key(firing: str, person: str) -> str:
    """The dedupe key of the event of a person, an id of the platform, in a firing: it takes each
    person once.
    """
    return f"firing:{firing}:{person}"
