"""The address that opens a conversation with an account, and what a link to it can say."""

import re
from urllib.parse import quote

from automator.model import record


@record(kw_only=False)
class ChatAddress:
    """The address that opens a conversation with an account."""

    address: str
    #: Joins a `ref` to the address, which comes back as event.referral.ref; "" = none does.
    before_ref: str = ""
    #: Characters of a `ref`, and those that it may have beside letters without accents and digits.
    most_ref: int = 0
    ref_marks: str = ""
    #: Begins the address of a conversation in whose field a text stands already; "" = none does.
    before_text: str = ""

    def takes(self, ref: str) -> bool:
        """Whether the platform passes this `ref` on."""
        letters = f"[A-Za-z0-9{re.escape(self.ref_marks)}]"
        return re.fullmatch(f"{letters}{{0,{self.most_ref}}}", ref) is not None

    def with_ref(self, ref: str) -> str:
        """The address that says with which `ref` somebody came."""
        return f"{self.address}{self.before_ref}{quote(ref, safe='')}" if ref else self.address

    def with_text(self, text: str) -> str:
        """The address with which the person finds a text written, and only has to send it."""
        return f"{self.before_text}{quote(text, safe='')}" if text else self.address
