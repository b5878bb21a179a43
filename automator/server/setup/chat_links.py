"""Makes the link that opens a conversation with an account, and finds the rules that use it."""

from io import BytesIO
from typing import Any, Final

from automator.conditions import Equals, compile_expression
from automator.model import N_, NotFoundError, UsageError, record
from automator.model.rule import expressions_of
from automator.plugins import ChatAddress, Provider
from automator.rules import RuleSet

_REF_PATH: Final = ("event", "referral", "ref")
#: A link's text has at most this many characters; with more, few cameras can read the QR code.
_MOST_TEXT: Final = 200


@record(kw_only=False)
class ChatLink:
    """A link that opens a conversation with an account."""

    address: str
    #: The name of the place where the link is shown; rules see it as `event.referral.ref`.
    ref: str
    #: The text that the person finds in the input field of the conversation.
    text: str
    account: ChatAddress

    def as_json(self) -> dict[str, Any]:
        """The link in the form of the API."""
        return {
            "address": self.address,
            "ref": self.ref or None,
            "text": self.text or None,
            "takes_ref": bool(self.account.before_ref),
            "takes_text": bool(self.account.before_text),
            "svg": self.svg,
        }

    @property
    def svg(self) -> str:
        """The QR code of the link as an SVG picture, black on white."""
        import segno  # noqa: PLC0415 - 1.4 MB, for pictures of codes.

        written = BytesIO()
        code = segno.make(self.address, error="m", micro=False)
        code.save(written, kind="svg", scale=8, border=4, light="#fff", xmldecl=False)
        return written.getvalue().decode()


def chat_link(provider: Provider, ref: str = "", text: str = "") -> ChatLink:
    """Makes the link to a conversation with the account of a connection.

    Raises:
        NotFoundError: the settings do not name the account.
        UsageError: the platform does not accept this `ref` or a `text`.
    """
    account = provider.chat_address
    if account is None:
        raise NotFoundError(
            N_("no link to a conversation through {connection} is known"),
            fix=N_(
                "Name the account in the settings of the connection: `page_id` of a Facebook Page,"
                " `username` of Instagram, `bot_username` of Telegram, `phone_number` of WhatsApp,"
                " `basic_id` of LINE. A Zalo OA needs nothing more."
            ),
            connection=provider.connection,
        )
    platform = provider.title or provider.name
    if ref and not account.before_ref:
        raise UsageError(
            N_("{platform} does not tell which link somebody has used"),
            fix=N_("Leave ref out."),
            platform=platform,
        )
    if text and not account.before_text:
        raise UsageError(
            N_("a link of {platform} writes no text for the person"),
            fix=N_("Leave text out."),
            platform=platform,
        )
    if ref and not account.takes(ref):
        raise UsageError(
            N_("this is no ref"),
            fix=N_("Use up to {most} letters without accents, digits, and any of {marks}"),
            most=account.most_ref,
            marks=" ".join(account.ref_marks),
        )
    if len(text) > _MOST_TEXT:
        raise UsageError(
            N_("the text has more than {most} letters"), fix=N_("Shorten it."), most=_MOST_TEXT
        )
    address = account.with_text(text) if text else account.with_ref(ref)
    return ChatLink(address, ref, text, account)


def refs_of(rules: RuleSet) -> dict[str, list[str]]:
    """Each `ref` that conditions of rules look for, with the ids of the rules."""
    found: dict[str, list[str]] = {}
    for rule in rules.rules:
        for expression in expressions_of(rule.spec.conditions):
            for predicate in compile_expression(expression.text).predicates:
                if isinstance(predicate, Equals) and predicate.path == _REF_PATH:
                    for ref in sorted(predicate.literals):
                        found.setdefault(ref, []).append(rule.spec.id)
    return found
