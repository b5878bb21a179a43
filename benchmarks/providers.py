"""Microseconds to verify and parse one delivery of each provider: `python -m benchmarks.providers`.

The median of many repeats; messages are brought to about 1 kB, as real ones are. Discord signs with
Ed25519, which alone takes longer than the limit: what the check of a signature takes is shown.
"""

import statistics
import time
from collections.abc import Callable
from typing import Any

from automator.clock import SystemClock
from automator.http.signing import ed25519_private_key
from automator.http.types import InboundRequest
from automator.plugins import Provider
from automator.providers import BUILTIN
from automator.providers.simulator import build_sample, signed_query, signed_request
from tests.support.batches import facebook_batch

SECRET = "a-secret-for-measuring"
PRIVATE_KEY = "0" * 64
PUBLIC_KEY = ed25519_private_key(PRIVATE_KEY).public_key().public_bytes_raw().hex()
TIMES = 200
REPEATS = 50
LIMIT_US = 60.0
LIMIT_BYTES = 1500
OPTIONS: dict[str, dict[str, Any]] = {
    "facebook": {"app_secret": SECRET, "verify_token": SECRET},
    "zalo": {
        "app_id": "431000000000000071",
        "oa_id": "219000000000000019",
        "oa_secret": SECRET,
    },
    "telegram": {"secret_token": SECRET},
    "line": {"channel_secret": SECRET},
    "slack": {"signing_secret": SECRET},
    "discord": {"public_key": PUBLIC_KEY, "simulator_key": PRIVATE_KEY},
    "x": {"consumer_secret": SECRET},
    "instagram": {"app_secret": SECRET, "verify_token": SECRET},
    "whatsapp": {"app_secret": SECRET, "verify_token": SECRET},
    "github": {"secret": SECRET},
    "gitlab": {"secret": SECRET},
    "stripe": {"secret": SECRET},
    "shopify": {"secret": SECRET},
    "twilio": {"auth_token": SECRET, "url": "https://hooks.example/hooks/bench"},
    "zoom": {"secret": SECRET},
    "twitch": {"secret": SECRET},
    "dropbox": {"secret": SECRET},
    "websub": {"secret": SECRET, "topics": ["https://feeds.example/a"]},
    "wechat": {"token": SECRET},
    "standard_webhooks": {"secret": SECRET},
    "cloudevents": {"token": SECRET},
    "generic": {
        "verify": {"hmac": "sha256", "header": "x-signature", "secret": SECRET},
        "event": {"type": "body.event", "id": "body.id", "text": "body.note"},
    },
}
NOISE = (("host", "hooks.example"), ("accept", "*/*"), ("accept-encoding", "deflate, gzip"))


def median_us(work: Callable[[], object]) -> float:
    """The median time of one call, in microseconds of CPU: what else runs does not count."""
    found = []
    for _ in range(REPEATS):
        started = time.thread_time_ns()
        for _ in range(TIMES):
            work()
        found.append((time.thread_time_ns() - started) / TIMES / 1000)
    return statistics.median(found)


def main() -> None:
    """Prints a line for each provider, and whether one of about 1 kB keeps the limit."""
    now_ms = SystemClock().now_ms()
    providers: dict[str, Provider] = {}
    for name, options in OPTIONS.items():
        cls = BUILTIN[name]
        model = cls.options_model.model_validate({"provider": name, **options})
        providers[name] = cls("bench", model)
    text = "Shop ơi váy này giá bao nhiêu ạ? Còn size M không shop, em ở Hà Nội ạ. " * 3
    samples = {
        "facebook comment": build_sample(
            "facebook/comment.created", serial=1, now_ms=now_ms, text=text
        ),
        "facebook batch of 100": facebook_batch(
            "facebook/comment.created", 100, serial=1, now_ms=now_ms
        ),
        "github issue comment": build_sample(
            "github/issue_comment.created", serial=1, now_ms=now_ms
        ),
        "zalo message": build_sample("zalo/message.received", serial=1, now_ms=now_ms, text=text),
        "telegram message": build_sample(
            "telegram/message.received", serial=1, now_ms=now_ms, text=text
        ),
        "line message": build_sample("line/message.received", serial=1, now_ms=now_ms, text=text),
        "slack message": build_sample("slack/message.received", serial=1, now_ms=now_ms, text=text),
        "slack button": build_sample("slack/button.clicked", serial=1, now_ms=now_ms),
        "discord command": build_sample("discord/command", serial=1, now_ms=now_ms, text=text),
        "x mention": build_sample("x/mention.created", serial=1, now_ms=now_ms, text=text),
        "gitlab note": build_sample("gitlab/note", serial=1, now_ms=now_ms),
        "stripe payment": build_sample("stripe/payment_intent.succeeded", serial=1, now_ms=now_ms),
        "shopify order": build_sample("shopify/orders.create", serial=1, now_ms=now_ms),
        "twilio message": build_sample("twilio/message.received", serial=1, now_ms=now_ms),
        "zoom participant": build_sample(
            "zoom/meeting.participant_joined", serial=1, now_ms=now_ms
        ),
        "twitch chat": build_sample("twitch/message.received", serial=1, now_ms=now_ms),
        "dropbox change": build_sample("dropbox/list_folder", serial=1, now_ms=now_ms),
        "websub entry": build_sample("websub/entry", serial=1, now_ms=now_ms),
        "wechat message": build_sample("wechat/message.received", serial=1, now_ms=now_ms),
        "cloudevent": build_sample("cloudevents/order.created", serial=1, now_ms=now_ms),
        "standard webhook": build_sample("standard_webhooks/order.paid", serial=1, now_ms=now_ms),
        "generic order": build_sample("generic/order", serial=1, now_ms=now_ms),
    }
    for label, sample in samples.items():
        provider = providers[sample.provider]
        headers, body = signed_request(provider, sample, now_ms, "delivery")
        query = signed_query(provider, sample, now_ms, "delivery")
        pairs = (*NOISE, *headers.items())

        def receive(
            provider: Provider = provider,
            pairs: tuple[tuple[str, str], ...] = pairs,
            body: bytes = body,
            query: str = query,
        ) -> None:
            request = InboundRequest("POST", query, pairs, body, now_ms)
            provider.verify(request)
            provider.parse(request)

        taken = median_us(receive)
        verdict = ""
        if provider.name == "discord":
            request = InboundRequest("POST", query, pairs, body, now_ms)
            checked = median_us(lambda: provider.verify(request))  # noqa: B023 - called at once.
            verdict = f"  of which the signature {checked:.1f} µs"
        elif len(body) <= LIMIT_BYTES:
            verdict = "  within" if taken < LIMIT_US else f"  OVER {LIMIT_US:g} µs"
        print(f"{label:24} {len(body):7,} B {taken:9.1f} µs{verdict}")


if __name__ == "__main__":
    main()
