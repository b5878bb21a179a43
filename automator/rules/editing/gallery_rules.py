"""The ready-made rules of the gallery, in the order in which it shows them."""

from automator.model import N_
from automator.rules.editing import gallery_parts as parts
from automator.rules.editing.gallery import GalleryField, GalleryRule
from automator.rules.editing.lines.times import DAYS

_PRICE_WORDS = N_("price, how much, cost")
_ANSWER = N_("What to answer")
_WORDS = N_("Words, separated by commas")
_PRIVATE = N_("What to write in private")


def _words(default: str) -> GalleryField:
    return GalleryField("words", _WORDS, default, "words")


GALLERY: tuple[GalleryRule, ...] = (
    GalleryRule(
        key="price",
        title=N_("Answer price questions"),
        about=N_(
            "People who ask for the price are answered at once; under a comment also in private."
        ),
        events=("comment.created", "message.received"),
        needs=frozenset({"reply"}),
        fields=(
            _words(_PRICE_WORDS),
            GalleryField(
                "answer",
                _ANSWER,
                N_("Hello {{ event.actor.name | default('there') }}, we have sent you the price."),
            ),
            GalleryField(
                "private", _PRIVATE, N_("Hello! This one costs 250,000. Which size do you need?")
            ),
        ),
        make=parts.price,
        sample=N_("What is the price please?"),
    ),
    GalleryRule(
        key="hide_phone_numbers",
        title=N_("Hide comments with a phone number"),
        about=N_("A phone number under a post is hidden before competitors read it."),
        events=("comment.created",),
        needs=frozenset({"hide"}),
        fields=(
            GalleryField(
                "private",
                _PRIVATE,
                N_("We have hidden your comment to protect your number and will call you soon."),
            ),
        ),
        make=parts.hidden_phone,
        sample=N_("Call me on 0901 234 567"),
    ),
    GalleryRule(
        key="ask_phone_number",
        title=N_("Ask buyers for their phone number"),
        about=N_(
            "A person who wants to buy is asked for a phone number, and asked again if it is "
            "none. The number is kept with the contact, and the people under Connections, “Who "
            "is told”, get a notice."
        ),
        events=("message.received",),
        needs=frozenset({"message"}),
        fields=(
            _words(N_("buy, order, take one, consult")),
            GalleryField(
                "question", N_("What to ask"), N_("Which phone number may we call you at?")
            ),
            GalleryField(
                "again",
                N_("What to say when it is no phone number"),
                N_("This does not look like a phone number. Could you send it once more?"),
            ),
            GalleryField("answer", _ANSWER, N_("Thank you, we will call you soon.")),
        ),
        make=parts.asked_phone,
        sample=N_("I want to order one"),
    ),
    GalleryRule(
        key="keep_phone_numbers",
        title=N_("Keep the phone numbers that people write"),
        about=N_(
            "The number stands with the contact as “phone”, for later rules, and in the log;"
            " nobody is answered."
        ),
        events=("message.received", "comment.created"),
        needs=frozenset(),
        fields=(),
        make=parts.kept_phone,
        sample=N_("Call me on 0901 234 567"),
        hears_all=True,
    ),
    GalleryRule(
        key="take_leads",
        title=N_("Take the leads of your forms"),
        about=N_(
            "A person who fills in a form is a contact with a phone number, and the receivers"
            " named under Connections, “Who is told”, are told at once."
        ),
        events=("lead.created", "contact.submitted_info"),
        needs=frozenset(),
        fields=(GalleryField("note", N_("What to write to us"), N_("New lead:")),),
        make=parts.taken_lead,
        sample="",
    ),
    GalleryRule(
        key="share_people",
        title=N_("Share new people among your staff"),
        about=N_(
            "Each new person gets one of the names, as a tag and as the value “assignee”, and keeps"
            " it. Whoever has that name under Connections, “Who is told”, is told."
        ),
        events=("message.received",),
        needs=frozenset(),
        fields=(
            GalleryField("names", N_("The names, separated by commas"), "Lan, Mai, Hoa", "line"),
        ),
        make=parts.shared_people,
        sample=N_("Hello"),
    ),
    GalleryRule(
        key="opening_hours",
        title=N_("Say when you are open"),
        about=N_("Questions about opening hours and the address are answered at once."),
        events=("message.received", "comment.created"),
        needs=frozenset({"reply"}),
        fields=(
            _words(N_("open, opening hours, address, where are you")),
            GalleryField(
                "answer", _ANSWER, N_("We are at 12 Nguyen Trai, open 8 am to 9 pm every day.")
            ),
        ),
        make=parts.opening_hours,
        sample=N_("When are you open today?"),
    ),
    GalleryRule(
        key="complaint",
        title=N_("Take care of complaints"),
        about=N_(
            "A complaint gets an apology and a warning in the log. The receivers named under"
            " Connections, “Who is told”, are told, and no other rule answers it."
        ),
        events=("comment.created", "message.received"),
        needs=frozenset({"reply"}),
        fields=(
            _words(N_("scam, terrible, broken, refund, disappointed, never arrived")),
            GalleryField(
                "answer", _ANSWER, N_("We are very sorry. One of us will write to you right away.")
            ),
            GalleryField(
                "private",
                _PRIVATE,
                N_("We are sorry. Please send us your phone number and order number."),
            ),
        ),
        make=parts.complaint,
        sample=N_("This is a scam, my order never arrived"),
    ),
    GalleryRule(
        key="ask_again",
        title=N_("Ask a quiet customer again"),
        about=N_(
            "People who ask for the price and then fall silent are asked once more, never between"
            " 9 pm and 8 am."
        ),
        events=("message.received",),
        needs=frozenset({"message"}),
        fields=(
            _words(_PRICE_WORDS),
            GalleryField("after", N_("After how long"), "12h", "choice", ("1h", "3h", "6h", "12h")),
            GalleryField("answer", N_("What to write"), N_("Are you still interested?")),
        ),
        make=parts.asked_again,
        sample=N_("How much is the blue one?"),
    ),
    GalleryRule(
        key="write_to_many",
        title=N_("Write to your regulars at a set time"),
        about=N_(
            "Everybody with the tag gets the message, once in six days at most. People whom the"
            " platform no longer lets you write to are left out, such as those who last wrote to"
            " a Facebook Page more than a day ago; the page of the rule counts them before."
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
            GalleryField(
                "days", N_("On which days"), DAYS["* * sat"], "choice", tuple(DAYS.values())
            ),
            GalleryField("time", N_("At what time"), "10:00", "time"),
            GalleryField(
                "answer",
                N_("What to write"),
                N_("Hello {{ contact.name | default('there') }}, this weekend delivery is free."),
            ),
        ),
        make=parts.written_to_many,
        sample="",
        is_for_people=True,
    ),
    GalleryRule(
        key="price_link",
        title=N_("Send a link, and ask whoever has not opened it"),
        about=N_(
            "People who ask for the price get a link; those who have not opened it are asked once."
        ),
        events=("message.received",),
        needs=frozenset({"message"}),
        needs_public_url=True,
        fields=(
            _words(_PRICE_WORDS),
            GalleryField(
                "answer",
                _ANSWER,
                N_("Our prices are here: {{ 'https://shop.example/prices' | tracked }}"),
            ),
            GalleryField(
                "after", N_("After how long"), "20h", "choice", ("1h", "3h", "12h", "20h")
            ),
            GalleryField(
                "again", N_("What to write"), N_("Have you had a look at our prices yet?")
            ),
        ),
        make=parts.price_link,
        sample=N_("How much is the blue one?"),
    ),
    GalleryRule(
        key="welcome",
        title=N_("Welcome new people"),
        about=N_("Everybody who writes for the first time is greeted, once."),
        events=("message.received",),
        needs=frozenset({"reply"}),
        fields=(
            GalleryField(
                "answer", _ANSWER, N_("Hello, thank you for writing. How can we help you?")
            ),
        ),
        make=parts.welcome,
        sample=N_("Hello"),
    ),
    GalleryRule(
        key="out_of_hours",
        title=N_("Answer outside of opening hours"),
        about=N_("At night people learn when you will answer."),
        events=("message.received",),
        needs=frozenset({"reply"}),
        fields=(
            GalleryField("opens", N_("You open at"), "08:00", "time"),
            GalleryField("closes", N_("You close at"), "21:00", "time"),
            GalleryField(
                "answer", _ANSWER, N_("We are closed now and will answer tomorrow from 8 am.")
            ),
        ),
        make=parts.out_of_hours,
        sample=N_("Is anybody there?"),
    ),
    GalleryRule(
        key="not_understood",
        title=N_("Answer messages that no other rule answers"),
        about=N_(
            "A person whose message none of your rules answers hears that somebody will answer."
        ),
        events=("message.received",),
        needs=frozenset({"reply"}),
        fields=(
            GalleryField(
                "answer", _ANSWER, N_("Thank you for writing! One of us will answer you soon.")
            ),
        ),
        make=parts.not_understood,
        sample=N_("Do you repair shoes too?"),
    ),
    GalleryRule(
        key="giveaway",
        title=N_("Giveaway: answer every entry"),
        about=N_(
            "People who comment with the word of the giveaway get a private message, once a post."
        ),
        events=("comment.created",),
        needs=frozenset({"private_reply"}),
        fields=(
            _words(N_("join, count me in, giveaway")),
            GalleryField(
                "private", _PRIVATE, N_("You are in! We draw the winner on Sunday. Good luck!")
            ),
        ),
        make=parts.giveaway,
        sample=N_("Count me in!"),
    ),
    GalleryRule(
        key="order_status",
        title=N_("Answer questions about orders"),
        about=N_(
            "People who ask where their order is hear that you will look it up; the log records it."
        ),
        events=("message.received", "comment.created"),
        needs=frozenset({"reply"}),
        fields=(
            _words(N_("my order, order status, shipping, delivered, tracking")),
            GalleryField(
                "answer",
                _ANSWER,
                N_("Please send us your order number; we look it up and answer within an hour."),
            ),
        ),
        make=parts.order_status,
        sample=N_("Where is my order?"),
    ),
    GalleryRule(
        key="thank_reviews",
        title=N_("Thank for reviews and praise"),
        about=N_("Praise under a post gets thanks; the log shows reviews."),
        events=("comment.created", "review.created"),
        needs=frozenset({"reply"}),
        fields=(
            _words(N_("love it, beautiful, great service, highly recommend")),
            GalleryField("answer", _ANSWER, N_("Thank you so much, that makes our day!")),
        ),
        make=parts.thanks,
        sample=N_("Great service, I love it"),
        hears_all=True,
    ),
    GalleryRule(
        key="hide_links",
        title=N_("Hide comments with links"),
        about=N_("Advertising with links under your posts is hidden."),
        events=("comment.created",),
        needs=frozenset({"hide"}),
        fields=(),
        make=parts.hidden_link,
        sample=N_("Cheaper here: https://example.com/sale"),
    ),
    GalleryRule(
        key="no_more_messages",
        title=N_("Stop writing to people who ask for it"),
        about=N_("One word is enough, and this person gets no private messages any more."),
        events=("message.received",),
        needs=frozenset({"reply"}),
        fields=(
            _words(N_("stop, unsubscribe")),
            GalleryField("answer", _ANSWER, N_("You will get no more messages from us.")),
        ),
        make=parts.no_more,
        sample=N_("Stop"),
    ),
)


def gallery_rule(key: str) -> GalleryRule | None:
    """The ready-made rule with this key."""
    return next((item for item in GALLERY if item.key == key), None)
