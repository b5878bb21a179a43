"""The steps of setting up a connection say what the platform really asks for."""

from automator.server.setup.set_up_steps import steps_after_saving, steps_of


def test_an_https_address_is_the_first_step_where_the_sender_needs_one_and_there_is_none() -> None:
    assert "https address first" in steps_of("facebook", has_https=False)[0]
    assert "https address first" not in " ".join(steps_of("facebook"))
    assert steps_of("github", has_https=False) == steps_of("github")


def test_the_permissions_and_the_review_of_the_app_are_among_the_steps_of_a_page() -> None:
    steps = " ".join(steps_of("facebook"))

    assert "pages_messaging" in steps
    assert "Advanced Access" in steps
    assert "Advanced Access" in " ".join(steps_after_saving("facebook"))
