"""Permission to send a message to a person: the question to the store, and its answer."""

from automator.model.record import record

#: Milliseconds within which the things said are counted together.
SPAN_MS = 60_000
#: Milliseconds that something waits for its slot, at most; what would wait longer is not said.
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
    """Several texts, of which a step of a run says one: not the one that was said there last."""

    #: What was said by the same step in the same place: to one person, or in public.
    key: str
    count: int
    run_id: int


@record
class Speech:
    """One thing that a step is about to say."""

    connection: str
    #: The key of the person it goes to; None when nobody knows.
    contact: str | None
    #: It reaches the person alone, as a message does and a public reply does not.
    is_private: bool
    #: How many things may be said within a minute: to this person, and through this connection.
    #: 0 = no limit.
    per_contact: int
    per_connection: int
    #: It was asked about and counted a moment ago, and then had to wait.
    is_counted: bool = False
    #: What must not be said twice, over all rules and runs; taken if everything else allows it.
    claim: ReplyClaim | None = None
    #: The texts to choose from; chosen if everything else allows it to be said now.
    choice: VariantChoice | None = None


@record
class Permission:
    """Whether it may be said now. Times are milliseconds since 1970; None = nothing is against it.

    What may be said is counted.
    """

    #: The person wants no private messages since then.
    opted_out_at: int | None = None
    #: Within the last minute, this person was told as much as they may be told.
    contact_is_full: bool = False
    #: When the connection has a slot for it, which is reserved unless it is too far away.
    slot_at: int | None = None
    #: Another step has claimed the reply before, and has sent it or may have.
    replied_by: ReplyClaim | None = None
    #: Which of several texts it is, from 0.
    variant: int | None = None
