"""Notices as e-mail: `mailtos://USER:PASSWORD@HOST?to=…`, handed over to a server by SMTP.

An e-mail is a request with a method of its own: `automator.http.types.Http` says which, and what
its headers are.
"""

import re

from automator.actions.notifying.address import Call, Notice, ServiceAddress, basic
from automator.http.types import MAIL
from automator.model import shortened

#: The servers of mail services whose name is not that of their addresses, with their ports.
_SERVERS = {
    "gmail.com": ("smtp.gmail.com", 587),
    "googlemail.com": ("smtp.gmail.com", 587),
    "yahoo.com": ("smtp.mail.yahoo.com", 465),
    "zoho.com": ("smtp.zoho.com", 587),
    "fastmail.com": ("smtp.fastmail.com", 465),
}
_STARTTLS_PORT = 587
_TLS_PORT = 465
_MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_MOST_RECEIVERS = 20
_MOST_SUBJECT = 200
_MOST = 100_000


def mail(address: ServiceAddress, notice: Notice) -> Call:
    """The e-mail, from the address's own mailbox, to `to` or to itself."""
    host = address.host.lower()
    user = address.query.get("user") or address.user
    password = address.query.get("pass") or address.password
    own = user if "@" in user else f"{user}@{host}"
    sender = address.query.get("from") or own
    receivers = [one.strip() for one in (address.query.get("to") or sender).split(",")]
    if not 0 < len(receivers) <= _MOST_RECEIVERS or not all(
        _MAILBOX.fullmatch(one) for one in (sender, *receivers)
    ):
        raise address.incomplete
    server, port = _SERVERS.get(host, (host, _STARTTLS_PORT))
    if "smtp" in address.query:
        server, port = address.query["smtp"].lower(), _STARTTLS_PORT
    if address.query.get("mode") == "ssl":
        port = _TLS_PORT
    if not server or address.path or address.query.get("mode", "ssl") not in ("ssl", "starttls"):
        raise address.incomplete
    port = address.port or port
    login = {}
    if password:
        login = {"authorization": basic(own if host in _SERVERS else user, password)}
    name = address.query.get("name", "Automator")
    return Call(
        method=MAIL,
        url=f"{'smtps' if port == _TLS_PORT else 'smtp'}://{server}:{port}",
        headers={"mail-from": sender, "mail-to": ",".join(receivers), **login},
        body=_letter(notice, sender, name, receivers),
    )


def _letter(notice: Notice, sender: str, name: str, receivers: list[str]) -> bytes:
    # The standard library's e-mail takes 1.2 MB with smtplib, and most servers send none.
    from email.headerregistry import Address  # noqa: PLC0415
    from email.message import EmailMessage  # noqa: PLC0415
    from email.policy import SMTP  # noqa: PLC0415
    from email.utils import formatdate  # noqa: PLC0415

    message = EmailMessage(policy=SMTP)
    local, _, domain = sender.rpartition("@")
    first_line = " ".join((notice.title or notice.text).split())
    message["Subject"] = shortened(first_line, _MOST_SUBJECT)
    message["From"] = Address(" ".join(name.split()), local, domain)
    message["To"] = ", ".join(receivers)
    message["Date"] = formatdate(notice.at / 1000)
    # A second attempt sends the same e-mail: with the same id many mailboxes show it once.
    message["Message-ID"] = f"<{notice.key}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(shortened(notice.text, _MOST), cte="base64")
    return message.as_bytes()
