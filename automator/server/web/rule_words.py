"""Puts types of events, actions and conditions into words, for people who do not read YAML."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from automator.actions import BUILTIN
from automator.conditions import INTENTS
from automator.engine.figures.coverage_result import ConditionCoverage
from automator.language import Translator
from automator.model import N_, Condition, Expression, Reason
from automator.model.own_events import TROUBLES
from automator.reasons.attempts.steps import condition_unmet
from automator.rules.editing.changes_in_words import ChangeInWords
from automator.rules.editing.expressions import (
    Asks,
    Equal,
    FirstTime,
    FormCondition,
    Found,
    Hours,
    Posts,
    Split,
    Tagged,
    TopLevel,
    Words,
    parts_of,
    read_conditions,
)

#: The changes of a rule that have no new value.
_CHANGES: Mapping[str, str] = {
    "new": N_("a new rule"),
    "deleted": N_("the rule is deleted"),
    "gone": N_("“{field}” is empty now"),
    "words": N_("“{field}”: {added} words added, {removed} removed"),
}
#: A function that translates a text, and fills values into it.
Say = Callable[..., str]

#: At most this many words or posts of a condition are shown.
_MOST_SHOWN = 12
_WORDS = {
    "word": N_("the text has one of these words: {words}"),
    "contains": N_("the text has one of these, also inside of words: {words}"),
    "exact": N_("the whole text is one of these: {words}"),
}
#: A condition with JMESPath's own `contains`, which finds only exactly the same letters.
_EXACTLY = re.compile(r"contains\(\s*event\.text\s*,\s*'([^'\\]+)'\s*\)")
_GROUPS = {
    "any": N_("one of these: {conditions}"),
    "all": N_("all of these: {conditions}"),
    "not": N_("none of these: {conditions}"),
}
#: The conditions without a value that a person gives, by their JMESPath.
_PLAIN = {
    str(Found("phones")): N_("the text has a phone number"),
    str(Found("links")): N_("the text has a link"),
    str(Found("emails")): N_("the text has an e-mail address"),
    str(Found("addresses")): N_("the text has a postal address"),
    str(FirstTime()): N_("the person writes for the first time"),
    str(TopLevel()): N_("the comment stands under the post itself"),
    "event.actor.id != null": N_("the person is known"),
    "event.comment != null": N_("it is about a comment"),
}
_EQUAL = {
    "event.button.id": N_("the pressed button has the answer {value}"),
    "event.command.id": N_("the command is {value}"),
    "event.referral.ref": N_("the person came through the link {value}"),
}
#: The types of events that Facebook and Instagram share, without the name of the product in front.
_OF_META: Mapping[str, str] = {
    "optin": N_("somebody agrees to get messages"),
    "referral": N_("somebody comes through a link or an ad"),
    "data_deletion": N_("somebody wants their data deleted"),
    "account_linking": N_("somebody links an account"),
    "pass_thread_control": N_("a conversation is handed to this app"),
    "take_thread_control": N_("another app takes a conversation over"),
    "request_thread_control": N_("another app asks for a conversation"),
    "app_roles": N_("apps get other roles"),
    "policy_enforcement": N_("Meta acts on a breach of its policies"),
    "other_object": N_("a delivery about something else comes in"),
    "unnamed_account": N_("something happens at an account that the settings do not name"),
    "unknown": N_("something unknown comes in"),
}
_EVENT_WORDS: Mapping[str, str] = {
    "comment.created": N_("somebody comments"),
    "comment.edited": N_("a comment is edited"),
    "comment.deleted": N_("a comment is deleted"),
    "comment.hidden": N_("a comment is hidden"),
    "comment.unhidden": N_("a comment is shown again"),
    "message.received": N_("somebody writes a message"),
    "message.edited": N_("a message is edited"),
    "message.deleted": N_("a message is taken back"),
    "message.sent": N_("a message was sent"),
    "message.read": N_("a message was read"),
    "message.delivered": N_("a message has arrived"),
    "message.failed": N_("a message could not be delivered"),
    "reaction.added": N_("somebody reacts"),
    "reaction.removed": N_("a reaction is taken back"),
    "button.clicked": N_("somebody taps a button"),
    "approval.waiting": N_("something waits for approval"),
    "link.clicked": N_("somebody opens a link that you sent"),
    "contact.followed": N_("somebody follows"),
    "contact.unfollowed": N_("somebody stops following"),
    "contact.submitted_info": N_("somebody fills in a form"),
    "post.created": N_("a post appears"),
    "post.edited": N_("a post is edited"),
    "post.deleted": N_("a post is deleted"),
    "mention.created": N_("somebody mentions you"),
    "review.created": N_("somebody writes a review"),
    "lead.created": N_("a lead comes in"),
    "schedule.fired": N_("a set time comes"),
    "schedule.contact": N_("a set time comes, for each of your contacts"),
    "connection.silent": N_("a connection is silent"),
    "connection.rejecting": N_("a connection refuses deliveries"),
    **{kind: told.words for kind, told in TROUBLES.items()},
    **{
        f"{product}.{name}": text
        for product in ("facebook", "instagram")
        for name, text in _OF_META.items()
    },
    "facebook.feed.like.add": N_("somebody likes the Page"),
    "facebook.feed.like.remove": N_("somebody likes the Page no longer"),
    "whatsapp.status.sent": N_("a message has left"),
    "whatsapp.user_id_update": N_("a person gets another id"),
    "whatsapp.user_preferences": N_("somebody chooses which messages they get"),
    "zalo.change_oa_daily_quota": N_("the account's daily quota changes"),
    "zalo.user_feedback": N_("somebody rates an answer"),
    "telegram.new_chat_members": N_("somebody joins a group"),
    "telegram.poll_answer": N_("somebody votes in a poll"),
    "line.member_joined": N_("somebody joins a group"),
    "wechat.location": N_("somebody shares where they are"),
    "x.block": N_("the account blocks somebody"),
    "x.unblock": N_("the account no longer blocks somebody"),
    "x.mute": N_("the account mutes somebody"),
    "x.unmute": N_("the account no longer mutes somebody"),
    "x.follow": N_("the account follows somebody"),
    "x.unfollow": N_("the account no longer follows somebody"),
    "x.repost": N_("somebody reposts a post"),
    "x.chat.received": N_("somebody writes an encrypted message"),
    "x.profile.update.bio": N_("the account describes itself anew"),
    "x.revoke": N_("the account takes the app's access away"),
}
#: Types by their beginnings, because Facebook can add new ones at any time.
_OF_BEGINNINGS: Mapping[str, str] = {
    "facebook.feed.": N_("something else happens on the Page"),
    "facebook.mention.": N_("a mention is changed"),
    "facebook.ratings.": N_("a review is changed"),
}


def event_words(event_type: str) -> str | None:
    """A type of events in English words, to be translated; None for types that a sender invents."""
    begun = (text for begin, text in _OF_BEGINNINGS.items() if event_type.startswith(begin))
    return _EVENT_WORDS.get(event_type) or next(begun, None)


def action_words(name: str) -> str:
    """The use of an action in English words, to be translated; "" if there is no such action."""
    if name == "use":
        return N_("carries out the actions of a snippet")
    return next((action.words for action in BUILTIN if action.name == name), "")


def change_words(one: ChangeInWords, say: Say) -> tuple[str, str]:
    """One change of a rule by the label of its field in the form, and the new value or ""."""
    if one.kind in _CHANGES:
        field = say(one.label) if one.label else ""
        return say(_CHANGES[one.kind], field=field, added=one.added, removed=one.removed), ""
    value = one.value or "–"
    if one.kind == "steps":
        value = ", ".join(say(action_words(step) or step) for step in one.steps)
    elif one.kind == "choice" and one.value:
        is_event = one.label == "What happens"
        value = say((is_event and event_words(one.value)) or one.value)
    return say(one.label or N_("what it does")), value


def condition_words(expression: str, say: Say) -> str:
    """A condition in words; "" if there are no words for such a condition."""
    if known := read_conditions([expression]).known:
        return _said(known[0][1], say)
    if exactly := _EXACTLY.fullmatch(expression.strip()):
        return say(N_("the text has exactly these letters: {words}"), words=f"“{exactly[1]}”")
    return say(_PLAIN.get(expression.strip(), ""))


def step_words(result: Reason, _: Translator) -> str:
    """The result of a step; of one that was left out, its condition in words if there are any."""
    condition = result.params.get("condition") if result.code == condition_unmet.code else None
    parts = parts_of(condition) if isinstance(condition, str) else []
    said = [condition_words(part, _) for part in parts]
    if not said or not all(said):
        return _.say(result)
    return _(N_("left out: only if {conditions}"), conditions=f" {_(N_('and'))} ".join(said))


def whole_condition_words(condition: Condition, say: Say) -> str:
    """A condition or a whole group, by its name or in words; "" if a part has neither."""
    if isinstance(condition, Expression):
        return condition.name or condition_words(condition.text, say)
    said = [whole_condition_words(item, say) for item in condition.items]
    return say(_GROUPS[condition.kind], conditions="; ".join(said)) if all(said) else ""


def finding_in_words(finding: Reason, conditions: Iterable[ConditionCoverage], say: Say) -> Reason:
    """A finding of the coverage, with its condition (one of `conditions`) by number and, if
    possible, in words.
    """
    place = finding.params.get("place")
    for number, item in enumerate(conditions, 1):
        if str(item.place) == place:
            words = whole_condition_words(item.condition, say) or finding.params["condition"]
            numbered = say(N_("condition {number}"), number=number)
            params = {**finding.params, "place": numbered, "condition": words}
            return replace(finding, params=params)
    return finding


def _said(condition: FormCondition, say: Say) -> str:
    said = ""
    match condition:
        case Words():
            said = say(_WORDS[condition.mode], words=_listed(condition.words, say))
            if condition.exclude:
                without = _listed(condition.exclude, say)
                said = say(N_("{found}, and none of these: {words}"), found=said, words=without)
        case Asks():
            understood = ", ".join(say(INTENTS[intent].about) for intent in condition.intents)
            said = say(N_("the text is understood as {intent}"), intent=understood)
        case Posts():
            said = say(N_("it is about one of these posts: {ids}"), ids=_listed(condition.ids, say))
        case Hours():
            times = {"first": condition.first, "last": condition.last}
            said = say(N_("it is between {first} and {last}"), **times)
        case Tagged():
            said = say(N_("the person has the tag {tag}"), tag=_listed([condition.tag], say))
        case Equal():
            said = say(_EQUAL[condition.path], value=_listed([condition.value], say))
        case Split():
            told = {"name": condition.name, "arm": condition.arm}
            said = say(N_("the person is in the part “{arm}” of the split “{name}”"), **told)
        case _:
            said = say(_PLAIN[str(condition)])
    return said


def _listed(texts: Sequence[str], say: Say) -> str:
    shown = ", ".join(f"“{text}”" for text in texts[:_MOST_SHOWN])
    more = len(texts) - _MOST_SHOWN
    return shown if more <= 0 else say(N_("{shown} and {count} more"), shown=shown, count=more)
