"""The kinds of the values that conditions read, where every event has the same kind there."""

#: The things that an event may belong to; each is an object with an id.
PARTS = ("conversation", "post", "comment", "parent", "message")
#: Texts or null.
TEXTS = frozenset(
    {
        "event.id",
        "event.type",
        "event.provider",
        "event.connection",
        "event.occurred_at",
        "event.received_at",
        "event.text",
        "event.actor.id",
        "event.actor.name",
        "connection.name",
        "connection.provider",
    }
    | {f"event.{name}.id" for name in PARTS}
)
#: True or false.
FLAGS = frozenset(
    {
        "event.actor.is_self",
        "event.comment.is_reply",
        "event.post.is_ad",
        "contact.opted_out",
        "contact.blocked",
    }
)
LISTS = frozenset({"contact.tags", "event.attachments"})
#: Every field that is an object.
OBJECTS = frozenset(
    {"event", "event.actor", "contact", "contact.state", "connection", "vars"}
    | {f"event.{name}" for name in PARTS}
)
