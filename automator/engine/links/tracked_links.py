"""Makes the addresses of tracked links for steps: working addresses, and addresses for show."""

from automator.engine.links.tokens import Link, LinkKeys
from automator.model import record

#: The path of all tracked links on this server; the token follows.
LINKS = "/l/"
#: Replaces the address of the server if there is no server and nothing is sent.
_NOWHERE = "https://server.invalid"


@record(kw_only=False)
class TrackedLinks:
    """The tracked links of a server, at the address that people can open."""

    #: `public_url` of automator.yaml; "" = not set.
    public_url: str = ""
    #: None if there is no address, or nothing is sent, so that no link has to work.
    keys: LinkKeys | None = None

    def address(self, link: Link) -> str:
        """The short address of a link; its target if the server has no address.

        `check` refuses rules with tracked links on such a server. A follow-up that was started
        before still sends its message.
        """
        if self.keys is None:
            return link.target
        return f"{self.public_url.rstrip('/')}{LINKS}{self.keys.token(link)}"

    def link_of(self, token: str) -> Link | None:
        """The link of a token; None if this server has not made it."""
        return None if self.keys is None else self.keys.read(token)

    def shown(self, target: str) -> str:
        """An address that only shows the destination of a link; this server does not serve it."""
        return f"{self.public_url.rstrip('/') or _NOWHERE}{LINKS}?{target}"


#: The links of a server that sends nothing.
NO_LINKS = TrackedLinks()
