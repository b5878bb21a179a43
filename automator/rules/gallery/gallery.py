"""The ready-made rules, in the order in which the gallery shows them."""

from typing import Any

from automator.conditions import fold
from automator.model import N_
from automator.rules.editing.expressions import Asks, Words
from automator.rules.editing.notations import CRON_DAYS, DAYTIME, cron_at
from automator.rules.gallery.gallery_rule import Filled, GalleryField, GalleryRule

# --- Parts that many ready-made rules share: words, a condition, a limit, a notice ---


PERSON = "event.actor.id"
HAS_PERSON = "event.actor.id != null"
#: A rule pauses for 12 hours after a colleague has answered by hand.
QUIET = {"pause_on": {"human_reply": "12h"}}
#: The label of the text of an answer.
ANSWER = N_("What to answer")
#: The field for the wait of `written_later`.
AFTER = GalleryField("after", N_("After how long"), "12h", "choice", ("1h", "3h", "6h", "12h"))


def words_field(default: str) -> GalleryField:
    """The field `words`: the words in a text that make the rule match."""
    return GalleryField("words", N_("Words, separated by commas"), default, "words")


def private_field(default: str) -> GalleryField:
    """The field `private`: the text of a private message to the author of a comment."""
    return GalleryField("private", N_("What to write in private"), default, is_private=True)


def time_fields(days: str, time: str) -> tuple[GalleryField, GalleryField]:
    """The fields for a time on some days of the week, such as `CRON_DAYS` has."""
    return (
        GalleryField(
            "days", N_("On which days"), CRON_DAYS[days], "choice", tuple(CRON_DAYS.values())
        ),
        GalleryField("time", N_("At what time"), time, "time"),
    )


def cron_line(filled: Filled) -> str:
    """The cron line for the fields of `time_fields`."""
    days = next(key for key, label in CRON_DAYS.items() if label == filled.text("days"))
    return cron_at(days, filled.text("time"))


def asks(*intents: str) -> list[Any]:
    """A condition: the event's text shows one of these intents."""
    return [str(Asks(intents))]


def says(filled: Filled) -> list[Any]:
    """The condition that the event's text has one of the words in the field `words`."""
    return [str(Words(filled.words("words")))]


def answered(filled: Filled) -> list[Any]:
    """The steps of an answer: the text `answer` and, after a comment, also the text `private`."""
    actions: list[Any] = [{"reply": filled.text("answer")}]
    if filled.has_private:
        actions.append({"private_reply": filled.text("private")})
    return actions


def once(key: str, period: str | None = None) -> dict[str, Any]:
    """The limit `once` for each key: once for ever, or once within a period."""
    return {"once": {"key": key, **({"period": period} if period else {})}}


def written_later(filled: Filled, text: str, ends: str | list[str]) -> dict[str, Any]:
    """The step that sends a text later, in the daytime, unless one of the events `ends` comes."""
    follow_up = {
        "after": filled.text("after"),
        "active": {"times": DAYTIME},
        "cancel_on": {"event": ends},
        "actions": [{"message": filled.text(text)}],
    }
    return {"follow_up": follow_up}


def notice(receiver: str, text: str, title: str = "") -> dict[str, Any]:
    """A step that notifies a receiver; if it fails, the next steps are still carried out."""
    titled = {"title": title} if title else {}
    return {"notify": {"to": receiver, **titled, "text": text}, "continue_on_error": True}


def notices(filled: Filled, text: str, title: str = "") -> list[dict[str, Any]]:
    """The step that notifies the first receiver in the settings; empty if there is none."""
    return [notice(receiver, text, title) for receiver in filled.around.receivers[:1]]


# --- Answers to questions ---


_PRICE_TEXT = N_("Hello! This one costs 250,000. Which size do you need?")


@GalleryRule(
    goal="answer",
    icon="tag",
    title=N_("Answer price questions"),
    about=N_("People who ask for the price are answered at once; under a comment also in private."),
    events=("comment.created", "message.received"),
    needs=frozenset({"reply"}),
    fields=(
        GalleryField(
            "answer",
            ANSWER,
            N_("Hello {{ event.actor.name | default('there') }}, we have sent you the price."),
            alone=_PRICE_TEXT,
        ),
        private_field(_PRICE_TEXT),
    ),
    sample=N_("What is the price please?"),
).made_by
def price(filled: Filled) -> dict[str, Any]:
    """Answers a question about the price; for a comment also in private."""
    return {"conditions": asks("price"), **QUIET, "actions": answered(filled)}


@GalleryRule(
    goal="answer",
    icon="place",
    title=N_("Say when you are open"),
    about=N_("Questions about opening hours and the address are answered at once."),
    events=("message.received", "comment.created"),
    needs=frozenset({"reply"}),
    fields=(
        GalleryField(
            "answer", ANSWER, N_("We are at 12 Nguyen Trai, open 8 am to 9 pm every day.")
        ),
    ),
    sample=N_("When are you open today?"),
).made_by
def opening_hours(filled: Filled) -> dict[str, Any]:
    """Answers a question about opening hours, once an hour to each person."""
    return {
        "conditions": asks("opening_hours", "place"),
        "limits": once(f"[{PERSON}, event.connection]", "1h"),
        **QUIET,
        "actions": [{"reply": filled.text("answer")}],
    }


@GalleryRule(
    goal="answer",
    icon="dark",
    title=N_("Answer outside of opening hours"),
    about=N_("At night people learn when you will answer."),
    events=("message.received",),
    needs=frozenset({"reply"}),
    fields=(
        GalleryField("opens", N_("You open at"), "08:00", "time"),
        GalleryField("closes", N_("You close at"), "21:00", "time"),
        GalleryField("answer", ANSWER, N_("We are closed now and will answer tomorrow from 8 am.")),
    ),
    sample=N_("Is anybody there?"),
).made_by
def out_of_hours(filled: Filled) -> dict[str, Any]:
    """Answers while the shop is closed."""
    first, last = filled.text("opens"), filled.text("closes")
    open_now = f"between(now, '{first}', '{last}', '{filled.around.zone}')"
    return {
        "conditions": [{"not": [open_now]}],
        "limits": once(PERSON, "8h"),
        **QUIET,
        "actions": [{"reply": filled.text("answer")}],
    }


@GalleryRule(
    goal="answer",
    icon="help",
    title=N_("Answer messages that no other rule answers"),
    about=N_(
        "If none of your rules answers a message, the person learns that somebody will answer."
    ),
    events=("message.received",),
    needs=frozenset({"reply"}),
    fields=(
        GalleryField(
            "answer", ANSWER, N_("Thank you for writing! One of us will answer you soon.")
        ),
    ),
    sample=N_("Do you repair shoes too?"),
).made_by
def not_understood(filled: Filled) -> dict[str, Any]:
    """Answers if no other rule answers, once a day to each person."""
    return {
        "fallback": True,
        "limits": once(PERSON, "1d"),
        **QUIET,
        "actions": [{"reply": filled.text("answer")}],
    }


@GalleryRule(
    goal="answer",
    icon="box",
    title=N_("Answer questions about orders"),
    about=N_(
        "People who ask where their order is hear that you will look it up; the log records it."
    ),
    events=("message.received", "comment.created"),
    needs=frozenset({"reply"}),
    fields=(
        GalleryField(
            "answer",
            ANSWER,
            N_("Please send us your order number; we look it up and answer within an hour."),
        ),
    ),
    sample=N_("Where is my order?"),
).made_by
def order_status(filled: Filled) -> dict[str, Any]:
    """Answers a question about an order, and writes a line into the log."""
    note = filled.say(N_("Order asked about: {{ event.text | truncate(200) }}"))
    return {
        "conditions": asks("status"),
        "limits": once(PERSON, "10m"),
        **QUIET,
        "actions": [{"reply": filled.text("answer")}, {"log": note}],
    }


# --- Turning questions into orders: leads, links, and messages to many ---


@GalleryRule(
    goal="sell",
    icon="phone",
    title=N_("Ask buyers for their phone number"),
    about=N_(
        "A person who wants to buy is asked for a phone number, and asked again if the "
        "answer has none. The number is kept with the contact, and the people under "
        "Connections, “Who is told”, get a notice."
    ),
    events=("message.received",),
    needs=frozenset({"message"}),
    fields=(
        GalleryField("question", N_("What to ask"), N_("Which phone number may we call you at?")),
        GalleryField(
            "again",
            N_("What to say when it is no phone number"),
            N_("This does not look like a phone number. Could you send it once more?"),
        ),
        GalleryField("answer", ANSWER, N_("Thank you, we will call you soon.")),
    ),
    sample=N_("I want to order one"),
).made_by
def ask_phone_number(filled: Filled) -> dict[str, Any]:
    """Asks for the phone number, keeps it, and notifies the colleague for buyers."""
    phone = "{{ steps.phone.output.value }}"
    question = {
        "text": filled.text("question"),
        "expect": "phone",
        "retry_text": filled.text("again"),
        "within": "2h",
    }
    note = filled.say(N_("{{ event.actor.name | default('Somebody') }} left a phone number:"))
    actions: list[Any] = [
        {"id": "phone", "ask": question},
        {"remember": {"phone": phone}},
        {"message": filled.text("answer")},
        {"log": f"{note} {phone}"},
        *notices(filled, f"{note} {phone}"),
    ]
    return {
        "conditions": asks("order"),
        "limits": once(PERSON, "1d"),
        **QUIET,
        "actions": actions,
    }


@GalleryRule(
    goal="sell",
    icon="phone",
    title=N_("Keep the phone numbers that people write"),
    about=N_(
        "The number stands with the contact as “phone”, for later rules, and in the log;"
        " nobody is answered."
    ),
    events=("message.received", "comment.created"),
    sample=N_("Call me on 0901 234 567"),
    hears_all=True,
).made_by
def keep_phone_numbers(filled: Filled) -> dict[str, Any]:
    """Keeps a phone number in the contact, and writes it into the log; sends no answer."""
    note = filled.say(N_("Phone number: {{ event.text | phones | join(', ') }}"))
    phone = {"phone": "{{ event.text | phones | first }}"}
    return {
        "conditions": ["phones(event.text)"],
        "actions": [{"remember": phone, "if": HAS_PERSON}, {"log": note}],
    }


@GalleryRule(
    goal="sell",
    icon="inbound",
    title=N_("Take the leads of your forms"),
    about=N_(
        "A person who fills in a form is a contact with a phone number, and the receivers"
        " named under Connections, “Who is told”, are told at once."
    ),
    events=("lead.created", "contact.submitted_info"),
    fields=(GalleryField("note", N_("What to write to us"), N_("New lead:")),),
).made_by
def take_leads(filled: Filled) -> dict[str, Any]:
    """Keeps the answers of a lead in the contact, and notifies the colleague for buyers."""
    is_lead = filled.event == "lead.created"
    name, phone = ("full_name", "phone_number") if is_lead else ("name", "phone")
    part = "event.lead" if is_lead else "event.info"
    who = f"{{{{ {part}.{name} | default('?') }}}}, {{{{ {part}.{phone} | default('?') }}}}"
    note = f"{filled.text('note')} {who}"
    kept = {
        "phone": f"{{{{ {part}.{phone} }}}}",
        "tags": {"add": [filled.say(N_("lead"))]},
    }
    return {
        "actions": [
            {"remember": kept, "if": f"{part}.{phone}"},
            {"log": note},
            *notices(filled, note, title=filled.say(N_("New lead"))),
        ]
    }


#: The answer of a web app of Google Apps Script that has done its work: a redirect to its output.
_SHEET_DONE = "starts_with(headers.location, 'https://script.googleusercontent.com/')"


@GalleryRule(
    goal="sell",
    icon="log",
    title=N_("Keep buyers in a Google Sheet"),
    about=N_(
        "Whoever writes a phone number becomes a row of your sheet: name, number, words and"
        " time. The sheet needs a short script, which the documentation has under “Send"
        " leads to a Google Sheet”."
    ),
    events=("message.received", "comment.created"),
    fields=(
        GalleryField(
            "address",
            N_("The address of the script (ends in /exec)"),
            "https://script.google.com/macros/s/YOUR-SCRIPT/exec",
            "line",
        ),
    ),
    sample=N_("Call me on 0901 234 567"),
    hears_all=True,
).made_by
def leads_to_sheet(filled: Filled) -> dict[str, Any]:
    """Sends whoever writes a phone number to a Google Sheet, through a web app of Apps Script."""
    lead = {
        "id": "{{ event.id }}",
        "time": "{{ event.occurred_at }}",
        "name": "{{ event.actor.name | default('') }}",
        "phone": "{{ event.text | phones | first }}",
        "text": "{{ event.text }}",
    }
    request = {
        "url": filled.text("address"),
        "body": lead,
        "expect_status": 302,
        "expect": _SHEET_DONE,
        "output": {"status": "status"},
    }
    return {"conditions": ["phones(event.text)"], "actions": [{"request": request}]}


@GalleryRule(
    goal="sell",
    icon="clock",
    title=N_("Ask a quiet person again"),
    about=N_(
        "People who ask for the price and then fall silent are asked once more, never between"
        " 9 pm and 8 am."
    ),
    events=("message.received",),
    needs=frozenset({"message"}),
    fields=(
        AFTER,
        GalleryField("answer", N_("What to write"), N_("Are you still interested?")),
    ),
    sample=N_("How much is the blue one?"),
).made_by
def ask_again(filled: Filled) -> dict[str, Any]:
    """Writes again later, in the daytime, unless the person has written in the meantime."""
    later = written_later(filled, "answer", "message.received")
    return {
        "conditions": asks("price"),
        "limits": once(PERSON, "3d"),
        **QUIET,
        "actions": [later],
    }


@GalleryRule(
    goal="sell",
    icon="events",
    title=N_("Write to your regulars at a set time"),
    about=N_(
        "Everybody with the tag gets the message, once in six days at most. People whom the "
        "platform no longer lets you write to are left out, such as those who last wrote to "
        "a Facebook Page more than a day ago; the page of the rule counts them beforehand."
    ),
    events=("message.received",),
    needs=frozenset({"message"}),
    fields=(
        GalleryField(
            "tag",
            N_("Only people with this tag (empty means all)"),
            N_("regular"),
            "line",
            is_optional=True,
        ),
        *time_fields("* * sat", "10:00"),
        GalleryField(
            "answer",
            N_("What to write"),
            N_("Hello {{ contact.name | default('there') }}, this weekend delivery is free."),
        ),
    ),
    is_for_people=True,
).made_by
def write_to_many(filled: Filled) -> dict[str, Any]:
    """Sends a message to each contact with a tag, by a schedule, at most once a week."""
    contacts = {"connection": filled.around.connection, "tag": filled.text("tag")}
    return {
        "trigger": {
            "schedule": {"cron": cron_line(filled)},
            "contacts": {key: value for key, value in contacts.items() if value},
        },
        "limits": once("contact.id", "6d"),
        **QUIET,
        "actions": [{"message": filled.text("answer")}],
    }


@GalleryRule(
    goal="sell",
    icon="link",
    title=N_("Send a link, and ask whoever has not opened it"),
    about=N_(
        "People who ask for the price get a link; those who have not opened it are asked once."
    ),
    events=("message.received",),
    needs=frozenset({"message"}),
    needs_public_url=True,
    fields=(
        GalleryField(
            "answer",
            ANSWER,
            N_("Our prices are here: {{ 'https://shop.example/prices' | tracked }}"),
        ),
        AFTER,
        GalleryField("again", N_("What to write"), N_("Have you had a look at our prices yet?")),
    ),
    sample=N_("How much is the blue one?"),
).made_by
def price_link(filled: Filled) -> dict[str, Any]:
    """Sends a tracked link, and a reminder in the daytime if the person has not opened it."""
    later = written_later(filled, "again", ["link.clicked", "message.received"])
    return {
        "conditions": asks("price"),
        "limits": once(PERSON, "3d"),
        **QUIET,
        "actions": [{"message": filled.text("answer")}, later],
    }


@GalleryRule(
    goal="sell",
    icon="gift",
    title=N_("Giveaway: answer every entry"),
    about=N_(
        "People who comment with the word of the giveaway get a private message, once a post."
    ),
    events=("comment.created",),
    needs=frozenset({"private_reply"}),
    fields=(
        words_field(N_("join, count me in, giveaway")),
        private_field(N_("You are in! We draw the winner on Sunday. Good luck!")),
    ),
    sample=N_("Count me in!"),
).made_by
def giveaway(filled: Filled) -> dict[str, Any]:
    """Sends a private message to a commenter, once for each person and post."""
    actions: list[Any] = [{"moderate": "like"}] if filled.can("like") else []
    actions += [
        {"private_reply": filled.text("private")},
        {"remember": {"tags": {"add": [filled.say(N_("giveaway"))]}}, "if": HAS_PERSON},
    ]
    return {
        "conditions": says(filled),
        "limits": once(f"[{PERSON}, event.post.id]"),
        "actions": actions,
    }


# --- Looking after people ---


_COMPLAINT_TEXT = N_("We are sorry. Please send us your phone number and order number.")


@GalleryRule(
    goal="care",
    icon="review",
    title=N_("Take care of complaints"),
    about=N_(
        "A complaint gets an apology and a warning in the log. The receivers named under"
        " Connections, “Who is told”, are told, and no other rule answers it."
    ),
    events=("comment.created", "message.received"),
    needs=frozenset({"reply"}),
    fields=(
        GalleryField(
            "answer",
            ANSWER,
            N_("We are very sorry. One of us will write to you right away."),
            alone=_COMPLAINT_TEXT,
        ),
        private_field(_COMPLAINT_TEXT),
    ),
    sample=N_("This is a scam, my order never arrived"),
).made_by
def complaint(filled: Filled) -> dict[str, Any]:
    """Answers a complaint with an apology, tags the person, and notifies a colleague; stops later
    rules.
    """
    actions = answered(filled)
    note = filled.say(N_("Complaint: {{ event.text | truncate(200) }}"))
    actions += [
        {"remember": {"tags": {"add": [filled.say(N_("complaint"))]}}, "if": HAS_PERSON},
        {"log": {"text": note, "level": "warning"}},
        *notices(filled, "{{ event.text | truncate(500) }}", title=filled.say(N_("Complaint"))),
    ]
    return {
        "priority": 10,
        "stop": True,
        "conditions": asks("complaint", "refund"),
        "actions": actions,
    }


@GalleryRule(
    goal="care",
    icon="approve",
    title=N_("Welcome new people"),
    about=N_("Everybody who writes for the first time is greeted, once."),
    events=("message.received",),
    needs=frozenset({"reply"}),
    fields=(
        GalleryField("answer", ANSWER, N_("Hello, thank you for writing. How can we help you?")),
    ),
    sample=N_("Hello"),
).made_by
def welcome(filled: Filled) -> dict[str, Any]:
    """Answers the first message of each person."""
    return {"limits": once(PERSON), **QUIET, "actions": [{"reply": filled.text("answer")}]}


@GalleryRule(
    goal="care",
    icon="star",
    title=N_("Thank for reviews and praise"),
    about=N_("Praise under a post gets thanks; the log shows reviews."),
    events=("comment.created", "review.created"),
    needs=frozenset({"reply"}),
    fields=(
        words_field(N_("love it, beautiful, great service, highly recommend")),
        GalleryField("answer", ANSWER, N_("Thank you so much, that makes our day!")),
    ),
    sample=N_("Great service, I love it"),
    hears_all=True,
).made_by
def thank_reviews(filled: Filled) -> dict[str, Any]:
    """Likes a comment and thanks for it, and writes every review into the log."""
    under_comment = "event.comment != null"
    actions: list[Any] = []
    if filled.can("like"):
        actions.append({"moderate": "like", "if": under_comment})
    note = filled.say(N_("Praise: {{ event.text | default('') | truncate(200) }}"))
    actions += [{"reply": filled.text("answer"), "if": under_comment}, {"log": note}]
    praise = says(filled)
    if "review.created" in filled.around.events:
        praise = [{"any": ["event.type == 'review.created'", *praise]}]
    return {"conditions": praise, "actions": actions}


@GalleryRule(
    goal="care",
    icon="stop",
    title=N_("Stop writing to people who ask for it"),
    about=N_("One word is enough, and this person gets no private messages any more."),
    events=("message.received",),
    needs=frozenset({"reply"}),
    fields=(GalleryField("answer", ANSWER, N_("You will get no more messages from us.")),),
    sample=N_("Stop"),
).made_by
def no_more_messages(filled: Filled) -> dict[str, Any]:
    """Confirms to a person that no more messages will come, and opts the person out."""
    return {
        "priority": 10,
        "stop": True,
        "conditions": asks("stop"),
        "actions": [
            {"reply": filled.text("answer")},
            {"remember": {"opted_out": True}},
            {"cancel_follow_ups": {}},
        ],
    }


# --- Keeping posts tidy ---


@GalleryRule(
    goal="tidy",
    icon="hidden",
    title=N_("Hide comments with a phone number"),
    about=N_("A phone number under a post is hidden before competitors read it."),
    events=("comment.created",),
    needs=frozenset({"hide"}),
    fields=(
        private_field(
            N_("We have hidden your comment to protect your number and will call you soon.")
        ),
    ),
    sample=N_("Call me on 0901 234 567"),
).made_by
def hide_phone_numbers(filled: Filled) -> dict[str, Any]:
    """Hides a comment with a phone number."""
    actions: list[Any] = [{"moderate": "hide"}]
    if filled.has_private:
        actions.append({"private_reply": filled.text("private")})
    return {"conditions": ["phones(event.text)"], "actions": actions}


@GalleryRule(
    goal="tidy",
    icon="hidden",
    title=N_("Hide comments with links"),
    about=N_("Advertising with links under your posts is hidden."),
    events=("comment.created",),
    needs=frozenset({"hide"}),
    sample=N_("Cheaper here: https://example.com/sale"),
).made_by
def hide_links(_filled: Filled) -> dict[str, Any]:
    """Hides a comment with a link."""
    return {"conditions": ["links(event.text)"], "actions": [{"moderate": "hide"}]}


@GalleryRule(
    goal="tidy",
    icon="hidden",
    title=N_("Hide spam"),
    about=N_(
        "Loans, work at home and other advertising under your posts are hidden, and their"
        " authors get the tag “spam”. A link alone is no spam."
    ),
    events=("comment.created",),
    needs=frozenset({"hide"}),
    sample=N_("Quick loan within the day, text me on https://bit.ly/3abc"),
).made_by
def hide_spam(_filled: Filled) -> dict[str, Any]:
    """Hides a comment with the words of advertising or with two signals of it, and tags its
    author.
    """
    spam = [*asks("spam"), "length(spam_signals(event.text)) >= `2`"]
    tagged = {"remember": {"tags": {"add": ["spam"]}}, "if": HAS_PERSON}
    return {"conditions": [{"any": spam}], "actions": [{"moderate": "hide"}, tagged]}


# --- Working together ---


#: arm() accepts no more arms than this.
_MOST_STAFF = 20


@GalleryRule(
    goal="team",
    icon="person",
    title=N_("Share new people among your staff"),
    about=N_(
        "Each new person gets one of the names, as a tag and as the value “assignee”, and "
        "keeps it. Use the names of accounts, so that everybody finds their own contacts. A "
        "receiver with that name under Connections, “Who is told”, gets a notice."
    ),
    events=("message.received",),
    fields=(GalleryField("names", N_("The names, separated by commas"), "lan, mai, hoa", "line"),),
    sample=N_("Hello"),
).made_by
def share_people(filled: Filled) -> dict[str, Any]:
    """Assigns each new person to a colleague, by a value and a tag. Notifies that colleague if
    possible, or else the colleague for buyers.
    """
    names = [name.replace("'", "’") for name in filled.words("names")[:_MOST_STAFF]]
    listed = ", ".join(f"'{name}'" for name in names)
    who = f"{{{{ {PERSON} | arm('staff', [{listed}]) }}}}"
    note = filled.say(N_("{{ event.actor.name | default('Somebody new') }} has written, for"))
    actions: list[Any] = [
        {"remember": {"assignee": who, "tags": {"add": [who]}}},
        {"log": f"{note} {who}"},
    ]
    known = {fold(receiver): receiver for receiver in filled.around.receivers}
    told = {name: known[fold(name)] for name in names if fold(name) in known}
    for name, receiver in told.items():
        is_theirs = f"contact.state.assignee == '{name}'"
        actions.append({**notice(receiver, f"{note} {name}"), "if": is_theirs})
    if not told:
        actions += notices(filled, f"{note} {who}")
    return {"conditions": [HAS_PERSON, "contact.state.assignee == null"], "actions": actions}


_TEXT = N_(
    "{{ event.data.summary.inquiries }} people wrote, {{ event.data.summary.answered }} were"
    " answered ({{ event.data.summary.answered_by_rules }} by rules,"
    " {{ event.data.summary.answered_by_hand }} by hand), {{ event.data.summary.unanswered }} were"
    " not. {{ event.data.summary.missed_buyers }} who wanted to buy were left waiting."
)
_RULES = (
    "{% for rule in event.data.summary.rules %}\n- {{ rule.name }}: {{ rule.done }} ✓"
    "{% if rule.failed %}, {{ rule.failed }} ✗{% endif %}{% endfor %}"
)


@GalleryRule(
    goal="team",
    icon="chart",
    title=N_("Tell me each week how it went"),
    about=N_(
        "The first receiver named under “Who is told” hears how many people wrote in the last seven"
        " days, who was answered, and what each rule did. Without a receiver the log has it."
    ),
    events=("message.received",),
    fields=time_fields("* * mon", "08:00"),
    is_scheduled=True,
).made_by
def summary(filled: Filled) -> dict[str, Any]:
    """Sends a notice with the figures of the last days, or writes them into the log."""
    schedule = {"cron": cron_line(filled), "summary": "7d"}
    text = f"{filled.say(_TEXT)}{_RULES}"
    told = notices(filled, text, filled.say(N_("The last seven days")))
    return {"trigger": {"schedule": schedule}, "actions": told or [{"log": text}]}


GALLERY: tuple[GalleryRule, ...] = tuple(
    one for one in dict(vars()).values() if isinstance(one, GalleryRule)
)


def gallery_rule(key: str) -> GalleryRule | None:
    """The ready-made rule with this key."""
    return next((item for item in GALLERY if item.key == key), None)
