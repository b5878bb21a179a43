"""The table of all checks of what rules mean.

An error keeps a rule file from being used, so it is only for a mistake that always fails. A warning
is for a likely mistake, and has to be nearly certain: wrong warnings teach people to ignore all of
them.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from automator.model import Severity
from automator.rules.meaning import (
    abilities,
    closed_conversations,
    event_names,
    filled_in,
    late_messages,
    limit_keys,
    links,
    listening,
    message_parts,
    policies,
    schedules,
    sending,
)
from automator.rules.meaning.expressions import (
    always,
    arguments,
    comparisons,
    conditions,
    patterns,
    scopes,
    searched_texts,
    slips,
)
from automator.rules.meaning.subject import Remark, Subject


class MeaningCheck(NamedTuple):
    """One check, with the severity of its findings."""

    severity: Severity
    find: Callable[[Subject], Iterator[Remark]]


_ERROR, _WARNING = Severity.ERROR, Severity.WARNING

CHECKS = (
    MeaningCheck(_ERROR, abilities.impossible),
    MeaningCheck(_ERROR, abilities.other_connections),
    MeaningCheck(_WARNING, abilities.impossible_for_some),
    MeaningCheck(_WARNING, abilities.without_comment),
    MeaningCheck(_ERROR, event_names.templates_as_events),
    MeaningCheck(_WARNING, event_names.unknown_events),
    MeaningCheck(_ERROR, event_names.emitted_names),
    MeaningCheck(_WARNING, event_names.emitted_to_itself),
    MeaningCheck(_WARNING, listening.answered_receipts),
    MeaningCheck(_WARNING, listening.own_words),
    MeaningCheck(_WARNING, schedules.nobody_wrote),
    MeaningCheck(_WARNING, schedules.no_summary),
    MeaningCheck(_ERROR, schedules.answers_to_nobody),
    MeaningCheck(_WARNING, schedules.about_nobody),
    MeaningCheck(_WARNING, schedules.says_nothing),
    MeaningCheck(_WARNING, conditions.contradictions),
    MeaningCheck(_WARNING, conditions.other_events),
    MeaningCheck(_WARNING, conditions.unknown_paths),
    MeaningCheck(_WARNING, conditions.unknown_arms),
    MeaningCheck(_WARNING, always.always_hold),
    MeaningCheck(_WARNING, scopes.names_out_of_sight),
    MeaningCheck(_WARNING, scopes.paths_as_texts),
    MeaningCheck(_WARNING, scopes.parts_too_early),
    MeaningCheck(_WARNING, comparisons.comparisons),
    MeaningCheck(_WARNING, comparisons.headers_in_capitals),
    MeaningCheck(_WARNING, arguments.objects_as_texts),
    MeaningCheck(_WARNING, comparisons.lists_for_one_value),
    MeaningCheck(_WARNING, arguments.altered_texts),
    MeaningCheck(_WARNING, arguments.swapped_arguments),
    MeaningCheck(_WARNING, arguments.joined_words),
    MeaningCheck(_WARNING, comparisons.grouped_numbers),
    MeaningCheck(_WARNING, comparisons.templates_in_expressions),
    MeaningCheck(_WARNING, searched_texts.wildcards),
    MeaningCheck(_WARNING, searched_texts.misplaced_lists),
    MeaningCheck(_WARNING, searched_texts.unknown_days),
    MeaningCheck(_WARNING, searched_texts.unknown_languages),
    MeaningCheck(_WARNING, searched_texts.otherwise_found),
    MeaningCheck(_WARNING, patterns.slashed_patterns),
    MeaningCheck(_WARNING, patterns.two_backslashes),
    MeaningCheck(_WARNING, searched_texts.wild_words),
    MeaningCheck(_WARNING, searched_texts.words_without_list),
    MeaningCheck(_WARNING, patterns.unfit_patterns),
    MeaningCheck(_WARNING, searched_texts.whole_days),
    MeaningCheck(_WARNING, slips.outer_blanks),
    MeaningCheck(_WARNING, slips.tags_as_fields),
    MeaningCheck(_WARNING, slips.lost_alternatives),
    MeaningCheck(_WARNING, limit_keys.limit_keys),
    MeaningCheck(_ERROR, links.links_without_address),
    MeaningCheck(_ERROR, links.links_outside_messages),
    MeaningCheck(_WARNING, links.links_in_public),
    MeaningCheck(_WARNING, late_messages.too_late),
    MeaningCheck(_WARNING, closed_conversations.not_opened_yet),
    MeaningCheck(_ERROR, sending.empty_texts),
    MeaningCheck(_ERROR, sending.wrong_addresses),
    MeaningCheck(_ERROR, sending.unknown_receivers),
    MeaningCheck(_ERROR, sending.unusable_secrets),
    MeaningCheck(_ERROR, sending.bare_words),
    MeaningCheck(_ERROR, sending.wrong_amounts),
    MeaningCheck(_ERROR, policies.wrong_templates),
    MeaningCheck(_ERROR, filled_in.failing_values),
    MeaningCheck(_WARNING, filled_in.bare_paths),
    MeaningCheck(_WARNING, filled_in.counters),
    MeaningCheck(_WARNING, filled_in.objects_in_texts),
    MeaningCheck(_WARNING, sending.unread_secrets),
    MeaningCheck(_WARNING, sending.literal_secrets),
    MeaningCheck(_WARNING, sending.leads_without_answers),
    MeaningCheck(_WARNING, sending.json_as_text),
    MeaningCheck(_WARNING, sending.single_braces),
    MeaningCheck(_WARNING, sending.other_placeholders),
    MeaningCheck(_WARNING, sending.wrong_receivers),
    MeaningCheck(_WARNING, policies.too_many_replies),
    MeaningCheck(_WARNING, policies.too_many_pieces),
    MeaningCheck(_WARNING, policies.unfit_buttons),
    MeaningCheck(_WARNING, policies.unfit_mentions),
    MeaningCheck(_WARNING, policies.too_long),
    MeaningCheck(_WARNING, message_parts.unfit_public_replies),
    MeaningCheck(_WARNING, message_parts.cut_quick_replies),
    MeaningCheck(_WARNING, filled_in.unknown_attachments),
    MeaningCheck(_WARNING, filled_in.misnamed_values),
)


def remarks(
    subject: Subject, wants_warnings: Callable[[], bool]
) -> Iterator[tuple[Severity, Remark]]:
    """Everything that the checks find; warnings only while `wants_warnings` says so."""
    for check in CHECKS:
        is_error = check.severity is _ERROR
        if is_error or wants_warnings():
            for remark in check.find(subject):
                yield check.severity, remark
                if not is_error and not wants_warnings():
                    break
