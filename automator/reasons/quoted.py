"""Quotations: the words of others, as they said them."""

from automator.model import N_
from automator.model.reason import QUOTED, QUOTED_WITH_FIX
from automator.reasons.kind import reason_kind

#: The words of a platform, of a rule's author, or of an exception: they are not translated.
QUOTATION = reason_kind(QUOTED, N_("{text}"))
QUOTED_ADVICE = reason_kind(QUOTED_WITH_FIX, N_("{text}"), N_("{fix}"))
