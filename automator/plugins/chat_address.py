"""The address that opens a conversation with an account, also with a `ref` or a typed text."""

import re
from urllib.parse import quote

from automator.model import record


@record(kw_only=False)
class ChatAddress:
    """The address that opens a conversation with an account."""

    address: str
    #: The text between the address and a `ref`; "" if the platform has no `ref`. The platform sends
    #: the `ref` back as event.referral.ref.
    before_ref: str = ""
    #: The maximum length of a `ref`, and its allowed characters besides plain letters and digits.
    most_ref: int = 0
    ref_marks: str = ""
    #: The beginning of an address that opens a conversation with a text already typed; "" if the
    #: platform has none.
    before_text: str = ""

    def takes(self, ref: str) -> bool:
        """Whether the platform accepts this `ref` and sends it back."""
        letters = f"[A-Za-z0-9{re.escape(self.ref_marks)}]"
        return re.fullmatch(f"{letters}{{0,{self.most_ref}}}", ref) is not None

    def with_ref(self, ref: str) -> str:
        """Returns the address that carries this `ref`."""
        return f"{self.address}{self.before_ref}{quote(ref, safe='')}" if ref else self.address

    def with_text(self, text: str) -> str:
        """Returns the address that opens a conversation with this text already typed."""
        return f"{self.before_text}{quote(text, safe='')}" if text else self.address
