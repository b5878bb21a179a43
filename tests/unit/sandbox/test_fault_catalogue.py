"""Which faults there are, and for whom."""

from automator.providers import BUILTIN
from automator.sandbox import FAULTS, MEANINGS, Control, Fault, Faults, fault_path


def test_every_provider_that_answers_can_be_made_to_fail() -> None:
    answering = {provider.name for provider in BUILTIN.values() if provider.can_send}

    assert answering | {"target", "notify", "model"} == set(FAULTS)
    assert all(
        {"rate_limit", "token_expired", "permission"} <= set(FAULTS[name]) for name in FAULTS
    )


def test_every_fault_is_explained() -> None:
    assert {error for errors in FAULTS.values() for error in errors} == set(MEANINGS)


def test_a_fault_of_one_provider_does_not_meet_another() -> None:
    faults = Faults()
    faults.plan(Control(next=(Fault(error="window", path=fault_path("whatsapp")),)))

    assert faults.take("/sandbox/facebook/v26.0/1/messages").error == ""
    assert faults.take("/sandbox/whatsapp/v26.0/1/messages").error == "window"


def test_faults_are_forgotten_without_the_records() -> None:
    faults = Faults()
    faults.plan(Control(next=(Fault(error="gone"),), delay_ms=5))

    faults.plan(Control(clear_faults=True))

    assert (faults.waiting(), faults.delay_ms) == ([], 0)
