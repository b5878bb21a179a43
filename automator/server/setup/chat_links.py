"""The link that opens a conversation with an account, its QR code, and the rules that know it."""

import re
from io import BytesIO
from typing import Any, Final
from urllib.parse import quote

from automator.conditions import Equals, compile_expression
from automator.model import N_, NotFoundError, UsageError, expressions_of, record
from automator.plugins import Provider
from automator.rules import RuleSet

#: What Meta takes as a `ref`, and characters of one; Meta itself takes more.
_REF: Final = re.compile(r"[A-Za-z0-9+/=.:_-]{0,250}")
_REF_PATH: Final = ("event", "referral", "ref")


@record(kw_only=False)
class ChatLink:
    """A link to a conversation."""

    address: str
    #: Names where the link is shown; rules see it as event.referral.ref.
    ref: str
    #: The platform passes a `ref` on.
    takes_ref: bool

    def as_json(self) -> dict[str, Any]:
        """As the API writes it."""
        return {
            "address": self.address,
            "ref": self.ref or None,
            "takes_ref": self.takes_ref,
            "svg": self.svg,
        }

    @property
    def svg(self) -> str:
        """Its QR code as an SVG picture, black on white."""
        # Only whoever asks for a code needs the library.
        import segno

        written = BytesIO()
        code = segno.make(self.address, error="m", micro=False)
        code.save(written, kind="svg", scale=8, border=4, light="#fff", xmldecl=False)
        return written.getvalue().decode()


def chat_link(provider: Provider, ref: str) -> ChatLink:
    """The link to a conversation with the account of a connection.

    Raises:
        NotFoundError: the address of the account is not known.
        UsageError: the platform takes no such `ref`.
    """
    begins = provider.chat_address
    if not begins:
        raise NotFoundError(
            N_("no link to a conversation through {connection} is known"),
            fix=N_(
                "A Facebook Page has one as soon as its id is known (page_id, or the id under"
                " pages), and a Zalo OA always."
            ),
            connection=provider.connection,
        )
    takes_ref = begins.endswith("=")
    if ref and not takes_ref:
        raise UsageError(
            N_("{platform} does not tell which link somebody has used"),
            fix=N_("Leave ref out."),
            platform=provider.title or provider.name,
        )
    if not _REF.fullmatch(ref):
        raise UsageError(
            N_("this is no ref"),
            fix=N_("Use up to 250 letters without accents, digits, and any of + / = . : _ -"),
        )
    address = begins + quote(ref, safe="") if ref else begins.partition("?")[0]
    return ChatLink(address, ref, takes_ref)


def refs_of(rules: RuleSet) -> dict[str, list[str]]:
    """Each `ref` that conditions of rules ask for, with the ids of the rules."""
    found: dict[str, list[str]] = {}
    for rule in rules.rules:
        for expression in expressions_of(rule.spec.conditions):
            for predicate in compile_expression(expression.text).predicates:
                if isinstance(predicate, Equals) and predicate.path == _REF_PATH:
                    for ref in sorted(predicate.literals):
                        found.setdefault(ref, []).append(rule.spec.id)
    return found
