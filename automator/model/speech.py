"""Permission to send a message to a person: the question to the store, and its answer."""

from automator.model.record import record

#: Milliseconds within which messages are counted together.
SPAN_MS = 60_000
#: Milliseconds that a message waits for its slot at most; one that would wait longer is not sent.
LONGEST_WAIT_MS = 3_600_000


@record
class ReplyClaim:
    """The one private reply that a comment may have, and the step that is about to send it."""

    connection: str
    comment: str
    run_id: int
    rule: str
    step: str


@record
class VariantChoice:
    """Several texts, of which a step sends one: not the one that it sent there last."""

    #: The place whose last text counts: the step, with one person or in public.
    key: str
    count: int
    run_id: int


@record
class Speech:
    """One message that a step is about to send."""

    connection: str
    #: The key of the person it goes to; None when nobody knows.
    contact: str | None
    #: It reaches the person alone, as a message does and a public reply does not.
    is_private: bool
    #: How many things may be said within a minute: to this person, and through this connection.
    #: 0 = no limit.
    per_contact: int
    per_connection: int
    #: It was permitted and counted a moment ago, and then had to wait.
    is_counted: bool = False
    #: The reply that no two steps of all runs may send; claimed if everything else allows the
    #: message.
    claim: ReplyClaim | None = None
    #: The texts to choose from; one is chosen if everything else allows the message now.
    choice: VariantChoice | None = None


@record
class Permission:
    """Whether the message may be sent now; if so, it has been counted.

    Times are milliseconds since 1970; a field that is None forbids nothing.
    """

    #: The person wants no private messages since then.
    opted_out_at: int | None = None
    #: This person has got as many messages within the last minute as they may.
    contact_is_full: bool = False
    #: When the connection has a slot for it, which is reserved unless it is too far away.
    slot_at: int | None = None
    #: Another step has claimed the reply before, and has sent it or may have.
    replied_by: ReplyClaim | None = None
    #: Which of several texts it is, from 0.
    variant: int | None = None
