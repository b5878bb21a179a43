"""Reads the trigger of a rule, with every name in it checked."""

from collections.abc import Collection, Mapping
from typing import Any

from automator.conditions import Finding, compile_expression
from automator.files import Path
from automator.model import (
    SCHEDULE,
    SCHEDULE_CONTACT,
    SCHEDULE_FIRED,
    Absence,
    Audience,
    Schedule,
    Severity,
    Trigger,
)
from automator.plugins import AnyAction
from automator.reasons.problems import triggers
from automator.reasons.problems.rules import (
    CONNECTION_BY_PROVIDER,
    UNKNOWN_CONNECTION,
    UNKNOWN_PROVIDER,
)
from automator.reasons.problems.words import WORD_CONNECTIONS, WORD_PROVIDERS
from automator.rules.meaning.subject import uses_in
from automator.rules.reading.collector import Collector
from automator.rules.reading.cron import Cron, parse_cron
from automator.rules.reading.read_conditions import check_text
from automator.rules.schema.triggers import (
    USUAL_PER_SECOND,
    AbsenceSource,
    AudienceSource,
    ScheduleSource,
    TriggerSource,
)

#: The kind of the reason for an unknown name, and the word for the known ones.
_CONNECTIONS = UNKNOWN_CONNECTION, WORD_CONNECTIONS
_PROVIDERS = UNKNOWN_PROVIDER, WORD_PROVIDERS


class TriggerReader:
    """Reads triggers; names are not checked against None, which means that they are unknown."""

    def __init__(
        self,
        collector: Collector,
        actions: Mapping[str, AnyAction],
        *,
        connections: Collection[str] | None,
        providers: Collection[str] | None,
        timezone: str | None = None,
    ) -> None:
        self._collector = collector
        self._actions = actions
        self._connections = connections
        self._providers = providers
        self._timezone = timezone

    def read(self, path: Path, source: TriggerSource) -> Trigger:
        """The trigger that stands at `path`."""
        if source.schedule is not None:
            return self._schedule(path, source, source.schedule)
        if source.contacts is not None:
            self._collector.at_key((*path, "contacts"), triggers.CONTACTS_WITHOUT_SCHEDULE())
        if source.absence is not None:
            return self._absence(path, source, source.absence)
        self._check_names(path, source)
        return Trigger(
            events=source.event,
            connections=source.connection,
            providers=source.provider,
            include_self=source.include_self,
        )

    def check_written(self, path: Path, rule: Mapping[str, Any]) -> None:
        """Reports mistakes around triggers of time that no model finds, whatever else is wrong."""
        trigger = rule.get("trigger")
        if not isinstance(trigger, Mapping):
            return
        if trigger.get("schedule") is not None:
            line = _inside(trigger["schedule"], "cron")
            if isinstance(line, str):
                self._check_cron((*path, "trigger", "schedule", "cron"), line)
            for key in ("actions", "on_error") if trigger.get("contacts") is None else ():
                self._check_actions((*path, key), rule.get(key))
        if trigger.get("absence") is not None:
            expression = _inside(trigger["absence"], "key")
            if isinstance(expression, str):
                self._check_key((*path, "trigger", "absence", "key"), expression)
            for key in ("limits", "stop", "fallback"):
                if rule.get(key):
                    self._collector.at_key((*path, key), triggers.LIMIT_BESIDE_ABSENCE(key=key))

    def _check_key(self, path: Path, expression: str) -> None:
        if not check_text(self._collector, path, expression):
            return
        if compile_expression(expression).roots != {"event"}:
            self._collector.at_value(path, triggers.ABSENCE_KEY())

    def _check_cron(self, path: Path, line: str) -> None:
        cron = parse_cron(line)
        findings = (cron,) if isinstance(cron, Finding) else cron.warnings
        severity = Severity.ERROR if isinstance(cron, Finding) else Severity.WARNING
        for finding in findings:
            self._collector.inside(path, finding, severity)

    def _check_actions(self, path: Path, items: Any) -> None:
        for here, name, item in uses_in(path, items, self._actions):
            inputs = item[name]
            action = self._actions[name]
            names_person = isinstance(inputs, Mapping) and action.connection(inputs)
            if action.needs_person and not names_person:
                self._collector.at_key(here, triggers.ACTION_WITHOUT_PERSON(action=name))
            if isinstance(inputs, Mapping) and inputs.get("cancel_on") is not None:
                self._collector.at_key((*here, "cancel_on"), triggers.CANCEL_WITHOUT_PERSON())

    # --- Schedules ---

    def _schedule(self, path: Path, source: TriggerSource, written: ScheduleSource) -> Trigger:
        for key in sorted(source.model_fields_set - {"schedule", "contacts"}):
            self._collector.at_key((*path, key), triggers.BESIDE_SCHEDULE(key=key))
        schedule = _schedule(
            written, self._collector.parsed.at((*path, "schedule")), self._timezone
        )
        people = source.contacts
        if people is None:
            return Trigger(events=(SCHEDULE_FIRED,), connections=(SCHEDULE,), schedule=schedule)
        if self._connections is not None:
            here, known = (*path, "contacts", "connection"), self._connections
            self._collector.unknown_names(here, (people.connection,), known, *_CONNECTIONS)
        return Trigger(
            events=(SCHEDULE_CONTACT,),
            connections=(people.connection,),
            schedule=schedule,
            audience=_audience(people),
        )

    # --- Absences ---

    def _absence(self, path: Path, source: TriggerSource, written: AbsenceSource) -> Trigger:
        for key in sorted(source.model_fields_set & {"event", "schedule"}):
            is_event = key == "event"
            kind = triggers.EVENT_BESIDE_ABSENCE if is_event else triggers.SCHEDULE_BESIDE_ABSENCE
            self._collector.at_key((*path, key), kind())
        self._check_names(path, source)
        return Trigger(
            events=written.after,
            connections=source.connection,
            providers=source.provider,
            include_self=source.include_self,
            absence=Absence(of=written.of, within_ms=round(written.within * 1000), key=written.key),
        )

    def _check_names(self, path: Path, source: TriggerSource) -> None:
        for key, names, known, kinds in (
            ("connection", source.connection, self._connections, _CONNECTIONS),
            ("provider", source.provider, self._providers, _PROVIDERS),
        ):
            if known is not None and not self._are_providers((*path, key), names, known):
                self._collector.unknown_names((*path, key), names, known, *kinds)

    def _are_providers(self, path: Path, names: Collection[str], known: Collection[str]) -> bool:
        """Reports a connection that is named by its provider, as in `connection: zalo`."""
        if not isinstance(known, Mapping) or len(names) != 1:
            return False
        (name,) = names
        meant = [one for one, provider in known.items() if provider == name]
        if name in known or not meant:
            return False
        self._collector.at_value(
            self._collector.item(path, 0), CONNECTION_BY_PROVIDER(name=name, nearest=meant[0])
        )
        return True


def _inside(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, Mapping) else None


def _audience(source: AudienceSource) -> Audience:
    return Audience(
        connection=source.connection,
        tag=source.tag,
        value=source.value,
        text=source.text,
        most=source.most,
        per_second=source.rate or USUAL_PER_SECOND,
    )


def _schedule(source: ScheduleSource, written: Mapping[str, Any], zone: str | None) -> Schedule:
    names_zone = zone is None or "timezone" in source.model_fields_set
    cron = parse_cron(source.cron) if source.cron is not None else None
    return Schedule(
        written=source.cron or f"every {written['every']}",
        cron=cron.lines if isinstance(cron, Cron) else (),
        timezone=(source.timezone if names_zone else str(zone)) if source.cron else "UTC",
        every_ms=round((source.every or 0) * 1000),
        missed=source.missed,
        summary_days=round((source.summary or 0) / 86_400),
    )
