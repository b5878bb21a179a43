"""The page of a connection's test events: a sample is tried, or taken in and marked as a test."""

from automator.engine.tryout.trial_result import Trial
from automator.model import N_, UsageError, format_id
from automator.plugins import Provider
from automator.server.pages import RequestContext, Response, render, see_other
from automator.server.tryout.rules import try_with
from automator.server.tryout.senders import (
    TEST_REMOTE,
    Person,
    changes_for,
    favourite_of,
    samples_of,
    send_sample,
)

#: The author of test events, under an id that fits every platform.
_PERSON_ID, _PERSON = "7100000000000099", N_("Test person")
_LONGEST_TEXT = 2000


async def show_test_event(context: RequestContext) -> Response:
    """The form with the samples of the connection and a text."""
    return _shown(context, context.services.connection_named(context.path("name")))


async def try_test_event(context: RequestContext) -> Response:
    """Tries the sample with the rules in force; nothing is sent and nothing is stored."""
    connection = context.services.connection_named(context.path("name"))
    sample, text = _chosen(context)
    actor = {"id": _PERSON_ID, "name": context.translator(_PERSON)}
    wanted = {"sample": sample, "connection": connection.connection}
    trial = await try_with(context, {**wanted, "with": {"text": text or None, "actor": actor}})
    return _shown(context, connection, trial)


async def send_test_event(context: RequestContext) -> Response:
    """Takes in the sample as if its sender had sent it, marked as a test; rules act on it."""
    connection = context.services.connection_named(context.path("name"))
    sample, text = _chosen(context)
    person = Person(_PERSON_ID, context.translator(_PERSON))
    event_id = await send_sample(
        context.services,
        connection,
        sample,
        changes_for(sample, text, person),
        remote=TEST_REMOTE,
    )
    if event_id is None:
        return see_other(f"/deliveries?verdict=all&connection={connection.connection}")
    return see_other(f"/events/{format_id(event_id)}")


def _shown(context: RequestContext, connection: Provider, trial: Trial | None = None) -> Response:
    samples = samples_of(context.services, connection.connection)
    return render(
        context,
        "test_event.html",
        connection=connection,
        samples=samples,
        chosen=context.form.get("sample") or favourite_of(samples),
        trial=trial,
    )


def _chosen(context: RequestContext) -> tuple[str, str]:
    """The sample and the text in the form.

    Raises:
        UsageError: the connection has no such sample.
    """
    sample = context.form.get("sample", "")
    known = samples_of(context.services, context.path("name"))
    if sample not in {item.name for item in known}:
        raise UsageError(
            N_("this connection has no such sample"), fix=N_("Choose one on the page.")
        )
    return sample, context.form.get("text", "").strip()[:_LONGEST_TEXT]
