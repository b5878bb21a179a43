"""Sends answers of plain text without a web framework."""

from starlette.types import Send

Header = tuple[bytes, bytes]


async def send_text(
    send: Send, status: int, text: str, *headers: Header, content_type: bytes = b"text/plain"
) -> None:
    """Answers a request with a text in UTF-8."""
    body = text.encode()
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", content_type + b"; charset=utf-8"),
                (b"content-length", str(len(body)).encode()),
                (b"x-content-type-options", b"nosniff"),
                *headers,
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})
