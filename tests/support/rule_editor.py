"""The page of a rule file, as somebody with a keyboard uses it."""

from typing import Any


def write(page: Any, text: str) -> None:
    """Replaces the whole text in the code editor."""
    page.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    if text:
        page.keyboard.insert_text(text)
    else:
        page.keyboard.press("Delete")


def text_of(page: Any) -> str:
    """The text of the form control, which the form would send."""
    return str(page.locator("#text").input_value())


def selected(page: Any) -> str:
    """The selected text in the code editor."""
    return str(
        page.evaluate("document.querySelector('.code').shadowRoot.getSelection().toString()")
    )
