"""Quotations: the words of others, as they said them."""

from automator.model import N_
from automator.model.reason import QUOTED
from automator.reasons.kind import reason_kind

#: The words of a platform, of a rule's author, or of an exception: they are not translated.
QUOTATION = reason_kind(QUOTED, N_("{text}"))
