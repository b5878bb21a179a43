"""Kinds of events in words, for people who read no rule files."""

from collections.abc import Mapping

from automator.model import N_

EVENT_WORDS: Mapping[str, str] = {
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
    "reaction.added": N_("somebody reacts"),
    "reaction.removed": N_("a reaction is taken back"),
    "button.clicked": N_("somebody taps a button"),
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
}
