"""Declares the navigation of the pages: its links in groups, and the pages that belong to each."""

from automator.model import N_, record
from automator.server.web.attention import Attention
from automator.server.web.request_context import RequestContext


@record(kw_only=False)
class NavItem:
    """A link of the navigation."""

    path: str
    text: str
    icon: str
    #: The beginnings of addresses of other pages that belong to this link.
    also: tuple[str, ...] = ()
    #: The attribute of `Attention` whose number is shown beside the link; "" = none.
    waits: str = ""

    def count(self, attention: Attention) -> int:
        """The number of things on the page of the link that wait for a person."""
        return int(getattr(attention, self.waits)) if self.waits else 0

    def is_current(self, path: str) -> bool:
        """Whether the page at this path belongs to this link."""
        return any(path == own or path.startswith(f"{own}/") for own in (self.path, *self.also))


@record(kw_only=False)
class NavGroup:
    """A group of links, under a title; "" = no title."""

    title: str
    items: tuple[NavItem, ...]


_INBOX = NavItem("/inbox", N_("Inbox"), "inbox", ("/",), waits="buyers")
_OVERVIEW = NavItem("/overview", N_("Overview"), "home", waits="unsettled")
#: Where no customers write, there is no inbox, and the overview is the home page.
_HOME = NavItem("/", N_("Home"), "home", ("/overview",), waits="unsettled")
_LOG = NavItem("/log", N_("Log"), "log", ("/runs", "/replays"))
_EVENTS = NavItem("/events", N_("Events"), "events", ("/samples",))
_REVIEW = NavItem("/review", N_("Review"), "review", waits="review")
_APPROVALS = NavItem("/approvals", N_("To approve"), "approve", waits="approvals")
_RULES = NavItem("/rules", N_("Rules"), "rules", ("/limits",), waits="broken_files")
_SANDBOX = NavItem("/demo", N_("Sandbox"), "flask")

#: All groups, from top to bottom.
GROUPS = (
    NavGroup("", (_INBOX, _OVERVIEW)),
    NavGroup(
        N_("Activity"),
        (
            _LOG,
            _EVENTS,
            _APPROVALS,
            _REVIEW,
            NavItem("/follow-ups", N_("Follow-ups"), "clock"),
            NavItem("/contacts", N_("Contacts"), "person"),
        ),
    ),
    NavGroup(N_("Automation"), (_RULES, _SANDBOX)),
    NavGroup(
        N_("Set-up"),
        (
            NavItem("/connections", N_("Connections"), "link", waits="connections"),
            NavItem("/targets", N_("Targets"), "target"),
            NavItem("/deliveries", N_("Deliveries"), "inbound"),
            NavItem("/settings", N_("Settings"), "settings", ("/audit",)),
        ),
    ),
)
#: The links in the bar at the bottom of a phone's screen.
TABS = (_INBOX, _LOG, _REVIEW, _RULES)


def navigation(context: RequestContext) -> list[NavGroup]:
    """The groups of links; without the sandbox if this server is no demo, and without the inbox if
    no customers write.
    """
    hidden = () if context.services.demo else (_SANDBOX,)
    first, *others = GROUPS
    top = first if context.services.inbox.is_used else NavGroup("", (_HOME,))
    return [
        NavGroup(group.title, tuple(item for item in group.items if item not in hidden))
        for group in (top, *others)
    ]


def tabs(context: RequestContext) -> tuple[NavItem, ...]:
    """The links in the bar at the bottom of a phone's screen."""
    return TABS if context.services.inbox.is_used else (_HOME, *TABS[1:])


def is_in_tabs(context: RequestContext) -> bool:
    """Whether the page of a request belongs to a link in the bar of a phone."""
    return any(item.is_current(context.request.scope["path"]) for item in tabs(context))


def waits_elsewhere(context: RequestContext) -> int:
    """The number of things that wait on pages of links that are not in the bar of a phone."""
    shown = tabs(context)
    items = (item for group in navigation(context) for item in group.items if item not in shown)
    return sum(item.count(context.attention) for item in items)


def help_address(path: str) -> str:
    """The address of the section of the help page about the page at this path."""
    return f"/help#{list_of(path).path.strip('/')}"


def list_of(path: str) -> NavItem:
    """The link of the navigation to which a page belongs; the overview for other pages."""
    items = (item for group in GROUPS for item in group.items)
    return next((item for item in items if item.is_current(path)), _OVERVIEW)
