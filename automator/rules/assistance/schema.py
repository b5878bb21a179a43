"""The JSON Schema of rule files, made from the models of the keys and of the actions' inputs."""

from collections.abc import Mapping
from typing import Any

from automator.files.json_schema import DRAFT, Schema, model_schema, reference
from automator.plugins import AnyAction
from automator.rules.schema.rule_file import (
    CancelOnSource,
    NamedConditionSource,
    RuleFileSource,
    RuleSource,
    StepSource,
    UseSource,
)
from automator.rules.schema.rule_tests import RuleTestSource

#: The schema of a template, which is filled in when a step is carried out.
_TEMPLATE: Schema = {"type": "string", "pattern": r"\{\{|\{%"}


def rule_file_schema(actions: Mapping[str, AnyAction]) -> Schema:
    """The schema of a rule file with these actions."""
    defs: Schema = {}
    schema = model_schema(RuleFileSource, defs)
    schema["properties"]["rules"]["items"] = reference("rule")
    defs["rule"] = _rule(defs)
    defs["condition"] = _condition(model_schema(NamedConditionSource, defs))
    defs["conditions"] = {"type": "array", "items": reference("condition")}
    cancel_on = model_schema(CancelOnSource, defs)
    cancel_on["properties"]["conditions"] |= reference("conditions")
    defs["cancel_on"] = cancel_on
    defs["action"] = _action(actions, defs)
    snippet = defs["SnippetSource"]["properties"]
    snippet["actions"] = _described(snippet["actions"], "actions")
    defs["actions"] = {"type": "array", "items": reference("action"), "minItems": 1}
    return {"$schema": DRAFT, "title": "Rules of automator", **schema, "$defs": defs}


def _rule(defs: Schema) -> Schema:
    rule = model_schema(RuleSource, defs)
    properties = rule["properties"]
    properties["conditions"] = _described(properties["conditions"], "conditions")
    properties["actions"] = _described(properties["actions"], "actions")
    properties["on_error"] = _described(properties["on_error"], "actions")
    properties["tests"]["items"] = model_schema(RuleTestSource, defs)
    return rule


def _described(schema: Schema, name: str) -> Schema:
    return {"description": schema.get("description", ""), **reference(name)}


def _condition(named: Schema) -> Schema:
    group = reference("conditions")
    return {
        "anyOf": [
            {"type": "string", "description": "A JMESPath expression that must be true."},
            named,
            {
                "type": "object",
                "properties": {
                    "any": {"description": "One of them must hold.", **group},
                    "all": {"description": "All of them must hold.", **group},
                    "not": {
                        "description": "It must not hold; of a list, not all may hold.",
                        "anyOf": [{"type": "string"}, group],
                    },
                },
                "additionalProperties": False,
                "minProperties": 1,
                "maxProperties": 1,
            },
        ]
    }


def _action(actions: Mapping[str, AnyAction], defs: Schema) -> Schema:
    schema = model_schema(StepSource, defs)
    for name, action in sorted(actions.items()):
        schema["properties"][name] = _inputs(action, defs)
    schema["properties"] |= model_schema(UseSource, defs)["properties"]
    schema["anyOf"] = [{"required": [name]} for name in (*sorted(actions), "use")]
    return schema


def _inputs(action: AnyAction, defs: Schema) -> Schema:
    inputs = model_schema(action.inputs_model, defs)
    properties = inputs.get("properties", {})
    for name, schema in properties.items():
        if name == "cancel_on":
            properties[name] = _described(schema, "cancel_on")
        elif name == "next" and action.following_model is not None:
            following = model_schema(action.following_model, defs)
            inner = following["properties"]
            inner["actions"] = _described(inner["actions"], "actions")
            defs[f"following_{action.name}"] = following
            properties[name] = {
                **{key: schema[key] for key in ("description",) if key in schema},
                "type": "array",
                "items": reference(f"following_{action.name}"),
                "minItems": 1,
            }
        elif name == "actions":
            properties[name] = _described(schema, "actions")
        elif name not in action.literal_inputs:
            properties[name] = _or_template(schema)
    about = (type(action).__doc__ or "").strip().partition("\n")[0]
    defs[f"inputs_{action.name}"] = inputs
    kinds: list[Any] = [reference(f"inputs_{action.name}")]
    if action.shorthand:
        kinds.insert(0, properties[action.shorthand])
    if not inputs.get("required"):
        kinds.append({"type": "null"})
    return (
        {"description": about, "anyOf": kinds}
        if len(kinds) > 1
        else {"description": about, **kinds[0]}
    )


def _or_template(schema: Schema) -> Schema:
    """The schema of a value that may also be a template."""
    if schema.get("type") == "string" and not {"enum", "pattern"} & schema.keys():
        return schema
    about = {"description": schema["description"]} if "description" in schema else {}
    rest = {key: value for key, value in schema.items() if key not in ("description", "default")}
    default = {"default": schema["default"]} if "default" in schema else {}
    if not rest:
        return schema
    return {**about, **default, "anyOf": [rest, _TEMPLATE]}
