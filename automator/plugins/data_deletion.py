"""The names of a request to delete somebody's data, which a platform passes on as an event."""

#: The last part of the type of such an event, behind the name of the provider.
DATA_DELETION = "data_deletion"


def data_deletion_key(code: str) -> str:
    """The dedupe key of the event of a request, by the code that the person was given."""
    return f"{DATA_DELETION}:{code}"
