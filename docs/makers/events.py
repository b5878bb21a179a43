"""The events with which the server tells of its own operation, and a rule about all of them."""

from automator.model.own_events import TROUBLES


def told_table(_: str) -> str:
    """Every event, when it comes, and what its data names."""
    rows = (
        f"| `{kind}` | {told.when} | {', '.join(f'`{name}`' for name in told.facts)} |"
        for kind, told in TROUBLES.items()
    )
    return "\n".join(["| event | when it comes | `event.data` names |", "|---|---|---|", *rows])


def telling_rule(_: str) -> str:
    """A rule that tells of all these events."""
    return f"""\
```yaml
rules:
  - id: trouble
    trigger:
      event:
        [{", ".join(TROUBLES)}]
    actions:
      - notify: {{to: ops, text: "{{{{ event.text }}}} {{{{ event.data.link }}}}"}}
```"""
