"""Every screen of a demo server in which something has happened, for a browser.

The gates look at them for faults, and `make screenshots` takes their pictures.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from automator.server.bootstrap.site import admin_routes
from tests.support.process import ServerProgram, call, wait_until
from tests.support.visitors import Visitor

#: Routes that only programs read: files, streams, parts of pages, and the answer to a provider. A
#: demo has no settings in which connections could be added, and no secret with which Meta would
#: sign somebody's request to be deleted.
_NO_SCREEN = re.compile(
    r"^/(api/|metrics|static/|schemas/|log/live|log/export|contacts/export|contact-data/|erasures/|events/\{id\}/bundle|demo/news|connections/new|connections/applying|session|sign-in/|settings/passkeys|\{name\}|language|theme|sign-out)"
)
#: A rule that only watches, so that there is something to compare.
SHADOW = """\
rules:
  - id: friendly
    mode: shadow
    trigger: {event: comment.created}
    actions: [reply: "Dạ {{ event.actor.name }} ơi, shop nhắn bạn ngay ạ."]
"""
#: A rule with every action, and with every kind of field in its form.
WHOLE = """\
rules:
  - id: whole
    mode: shadow
    trigger: {event: comment.created, connection: demo-page}
    conditions: ["keywords(event.text, ['giá', 'bao nhiêu'])"]
    actions:
      - answer: shop
      - reply: Dạ {{ event.actor.name | default('') }} ơi
        if: contains(contact.tags, 'vip')
      - private_reply: Shop nhắn bạn ạ
      - moderate: hide
      - remember: {tags: {add: [asked]}}
      - emit: complaint.received
      - cancel_follow_ups: {}
      - request: {url: "https://example.com/orders", body: {text: "{{ event.text }}"}}
      - set: {phone: "phones(event.text)[0]"}
      - log: "{{ event.text }}"
      - follow_up:
          after: 2h
          active: {times: "08:00-21:00"}
          actions: [message: Còn quan tâm không ạ?]
          next: [{after: 1d, actions: [message: Vậy ạ]}]
      - ask: {text: Số điện thoại?, expect: phone}
        id: phone
    tests:
      - name: giá
        event: {sample: facebook/comment.created, with: {event.text: giá áo}}
        expect: matched
"""
#: A rule that fires for contacts.
WEEKLY = """\
rules:
  - id: weekly
    trigger:
      schedule: {cron: "0 9 * * mon"}
      contacts: {connection: demo-page}
    actions: [message: Tuần này shop có hàng mới ạ]
"""
QUESTIONS = (
    "Mẫu này còn size M không ạ?",
    "Shop có ship Đà Nẵng không?",
    "Đẹp quá!",
    "Cho mình xin giá với ạ",
    "Áo này giá sao shop?",
    "Giá bao nhiêu vậy shop?",
)
#: Texts that try to leave their place: by their direction, their length, or as markup.
_MARKUP = (
    "giá <img src=http://203.0.113.9/x.png onerror=alert(1)><script>alert(2)</script></textarea>"
    '</title><svg/onload=alert(3)>"><a href=javascript:alert(4)>x</a>'
)
HOSTILE = (
    "giá \u202egnol drow\u2028",
    "giá " + "w" * 10_000,
    _MARKUP,
)


@dataclass(frozen=True, slots=True)
class Look:
    """The way in which somebody looks at the screens."""

    name: str
    width: int
    height: int
    scheme: str = "light"
    locale: str = "en-US"

    @property
    def options(self) -> dict[str, Any]:
        """The arguments for a browser's context."""
        return {
            "viewport": {"width": self.width, "height": self.height},
            "color_scheme": self.scheme,
            "locale": self.locale,
        }


DESK = Look("desk", 1280, 800)
DARK = Look("dark", 1280, 800, scheme="dark")
PHONE = Look("phone", 360, 740, locale="vi-VN")
LOOKS = (DESK, DARK, PHONE)
#: A window of 1280 by 800 at 200 %, and one of 1280 by 1024 at 400 %.
ZOOMED = Look("zoomed", 640, 400, locale="vi-VN")
NARROW = Look("narrow", 320, 256, locale="vi-VN")


class Screens:
    """The screens of one server, as somebody who is signed in sees them."""

    def __init__(self, browser: Any, server: ServerProgram) -> None:
        self._server = server
        self._visitor = Visitor(browser, server)
        self._sent = 0
        #: The errors in the pages of all screens.
        self.complaints = self._visitor.complaints

    def page(self, look: Look = DESK, **options: Any) -> AbstractContextManager[Any]:
        """A signed-in page of the browser."""
        return self._visitor.page(**{**look.options, **options})

    def send(self, page: Any, text: str, sample: str = "comment.created") -> None:
        """An event from the sandbox."""
        page.goto("/demo")
        form = page.locator("form[action='/demo/send']")
        form.locator("select[name=sample]").select_option(f"facebook/{sample}")
        form.locator("input[name=text]").fill(text)
        person = form.locator("select[name=person]")
        if person.count():
            # Everybody in turn, the one of the sample included.
            person.select_option(index=self._sent % person.locator("option").count())
        self._sent += 1
        form.locator("button").first.click()
        page.wait_for_url("**/demo?*sent=*")

    def newest(self, calls: str) -> Any:
        """The newest item of a list of the API."""
        return self._server.api("GET", f"/api/{calls}?limit=1")["items"][0]

    def fill(self, page: Any, texts: tuple[str, ...] = QUESTIONS, *, replays: bool = True) -> None:
        """Lets people write, answers fail, a sample be kept, and a replay be done."""
        api = self._server.api
        self.save("friendly.yaml", SHADOW)
        self.save("weekly.yaml", WEEKLY)
        for text in texts:
            self.send(page, text)
        wait_until(lambda: api("GET", "/api/runs?limit=1&state=done")["items"], "a run")
        # Somebody who cannot sign knocks as well.
        head = {"x-hub-signature-256": "sha256=00", "content-type": "application/json"}
        call(self._server.url, "POST", "/hooks/demo-page", b"{}", head)
        self._fail("token_expired")
        self.send(page, QUESTIONS[-1])
        self.send(page, "Shop ơi còn màu đen không ạ?", "message.received")
        wait_until(lambda: api("GET", "/api/runs?limit=1&state=dead")["items"], "a failure")
        page.goto(f"/events/{self.newest('events')['id']}")
        page.locator("form[action$='/sample'] button").click()
        self._note_about(self.newest("events")["contact"])
        if not replays:
            return
        page.goto("/replays/new?state=done")
        page.locator("form[action='/replays'] button").click()
        page.wait_for_url(re.compile(r"/replays/[0-9a-z]+$"))

    def _note_about(self, contact: str) -> None:
        address = f"/api/contacts/{contact.replace(':', '/', 1)}"
        self._server.api("POST", f"{address}/staff-notes", {"text": "Đã cọc 200k"})
        self._server.api("POST", f"{address}/hand-on", {"to": "owner", "note": "w" * 900})

    def save(self, file: str, text: str) -> None:
        """A new rule file."""
        token = {"authorization": f"Bearer {self._server.control_token}", "if-none-match": "*"}
        headers = {**token, "content-type": "application/json"}
        body = json.dumps({"text": text}).encode()
        status, answer = call(self._server.url, "PUT", f"/api/rules/{file}", body, headers)
        assert status == 200, answer

    @property
    def applying(self) -> str:
        """The address at which somebody waits for changed settings, while nothing was changed."""
        instance = hashlib.sha256(self._server.control_token.encode()).hexdigest()[:12]
        return f"/connections/applying?since={instance}"

    def _fail(self, error: str) -> None:
        order = b'{"next": [{"error": "%s", "times": 2}]}' % error.encode()
        call(self._server.url, "POST", "/sandbox/control", order,
             {"content-type": "application/json"})  # fmt: skip

    def addresses(self, page: Any) -> dict[str, str]:
        """One address for each screen that the server has, by the path of its route."""
        find = self._finder(page)
        event = self.newest("events")["id"]
        known: Mapping[str, str] = {
            "/runs/{id}": f"/runs/{self.newest('runs')['id']}",
            "/events/{id}": f"/events/{event}",
            "/deliveries/{id}": f"/deliveries/{self.newest('deliveries')['id']}",
            "/replays/new": "/replays/new?state=done",
            "/contacts/{connection}/{id:path}": find(f"/events/{event}", "/contacts/"),
            "/rules/{file:path}": "/rules/price-questions.yaml?view=text",
            "/rules/clone": "/rules/clone?from=demo-page&to=demo-instagram",
            "/rules/promote": "/rules/promote?rule=friendly",
            "/rules/audience": "/rules/audience?rule=weekly",
            "/rules/funnel": "/rules/funnel?rule=price-question",
            "/rules/new": "/rules/new?name=first.yaml&for=demo-page&view=text",
            "/connections/{name}": "/connections/demo-page",
            "/connections/{name}/link": "/connections/demo-oa/link",
            "/connections/{name}/test": "/connections/demo-page/test",
        }
        paths = [
            route.path
            for route in admin_routes()
            if "GET" in (route.methods or ()) and not _NO_SCREEN.match(route.path)
        ]
        found = {}
        for path in dict.fromkeys(paths):
            above, has_part, _ = path.partition("{")
            # Of what is not named here, the page above it has a link to one.
            found[path] = known.get(path) or (find(above.rstrip("/"), above) if has_part else path)
        found["/rules/form"] = "/rules/price-questions.yaml?view=form"
        return found

    @staticmethod
    def _finder(page: Any) -> Callable[[str, str], str]:
        def find(on: str, begins: str) -> str:
            page.goto(on)
            links = page.locator(f"main a[href^='{begins}']")
            hrefs = [links.nth(i).get_attribute("href") for i in range(links.count())]
            fit = [href for href in hrefs if not href.startswith(f"{begins}new")]
            assert fit, f"{on} has no link to {begins}…: say in {__file__} how it is reached"
            return str(fit[0])

        return find
