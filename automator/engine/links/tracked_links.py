"""Makes the addresses of tracked links: working ones for steps, and others only for show."""

from automator.engine.links.link_tokens import Link, LinkKeys
from automator.model import record

#: The path of all tracked links on this server. The token follows it.
LINKS = "/l/"
#: Stands for the server's address where there is no server and nothing is sent.
_NOWHERE = "https://server.invalid"


@record(kw_only=False)
class TrackedLinks:
    """Makes and reads the addresses of tracked links of one server."""

    #: `public_url` of automator.yaml; "" if not set.
    public_url: str = ""
    #: None if there is no public address, or if nothing is sent so that no link needs to work.
    keys: LinkKeys | None = None

    def address(self, link: Link) -> str:
        """The short address of a link; the link's target if the server has no public address.

        `check` refuses rules with tracked links on a server without a public address. But a
        follow-up that was started earlier still sends its message.
        """
        if self.keys is None:
            return link.target
        return f"{self.public_url.rstrip('/')}{LINKS}{self.keys.token(link)}"

    def link_of(self, token: str) -> Link | None:
        """The link of a token; None if this server did not make the token."""
        return None if self.keys is None else self.keys.read(token)

    def shown(self, target: str) -> str:
        """An address for display only: it shows the link's target, and no server answers it."""
        return f"{self.public_url.rstrip('/') or _NOWHERE}{LINKS}?{target}"


#: For a server that sends nothing.
NO_LINKS = TrackedLinks()
