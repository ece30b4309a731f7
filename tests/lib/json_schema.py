"""As much of JSON Schema 2020-12 as `schemas/plan.schema.json` uses, and YAML 1.2 as editors read
it: numbers and true/false by form, all else text. No package of Debian's default install has it."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

KNOWN = {"$schema", "$defs", "$ref", "title", "description", "type", "enum", "pattern", "minimum",
         "minLength", "properties", "additionalProperties", "required", "minProperties",
         "maxProperties", "items", "prefixItems", "minItems", "maxItems", "uniqueItems", "anyOf",
         "oneOf", "allOf"}


def load_yaml(text: str) -> Any:
    """A file as an editor's YAML 1.2 core schema takes it."""
    return _value(yaml.compose(text, Loader=yaml.BaseLoader))


def _value(node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {key.value: _value(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_value(item) for item in node.value]
    if node.style is None and re.fullmatch(r"-?\d+", node.value):
        return int(node.value)
    if node.style is None and re.fullmatch(r"-?\d+\.\d*([eE][-+]?\d+)?", node.value):
        return float(node.value)
    if node.style is None and node.value in ("true", "false"):
        return node.value == "true"
    return node.value


class Schema:
    """A schema whose references are within itself."""

    def __init__(self, text: str) -> None:
        self.root: dict[str, Any] = json.loads(text)

    def mistakes(self, value: Any, schema: Any = None, path: str = "$") -> list[str]:
        """Where and why the value does not fit; empty: it does."""
        schema = self.root if schema is None else schema
        assert not set(schema) - KNOWN, set(schema) - KNOWN
        found = []
        if "$ref" in schema:
            found += self.mistakes(value, self.resolve(schema["$ref"]), path)
        found += self._of_value(value, schema, path)
        if isinstance(value, dict):
            found += self._of_object(value, schema, path)
        if isinstance(value, list):
            found += self._of_list(value, schema, path)
        for part in schema.get("allOf", []):
            found += self.mistakes(value, part, path)
        for word, allowed in (("anyOf", range(1, 1000)), ("oneOf", range(1, 2))):
            fits = [not self.mistakes(value, part, path) for part in schema.get(word, [])]
            if word in schema and sum(fits) not in allowed:
                found.append(f"{path}: {sum(fits)} of {word} fit")
        return found

    def resolve(self, reference: str) -> Any:
        return self.root["$defs"][reference.removeprefix("#/$defs/")]

    @staticmethod
    def _of_value(value: Any, schema: dict[str, Any], path: str) -> list[str]:
        found = []
        types = schema.get("type", [])
        name = ("object" if isinstance(value, dict) else "array" if isinstance(value, list)
                else "boolean" if isinstance(value, bool) else "integer" if isinstance(value, int)
                else "number" if isinstance(value, float) else "string")
        types = [types] if isinstance(types, str) else types
        if types and name not in types and not (name == "integer" and "number" in types):
            found.append(f"{path}: {name} instead of {types}")
        if "enum" in schema and value not in schema["enum"]:
            found.append(f"{path}: {value!r} is no word of the list")
        if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
            found.append(f"{path}: {value!r} is not of the form {schema['pattern']}")
        if isinstance(value, str) and len(value) < schema.get("minLength", 0):
            found.append(f"{path}: too short")
        if isinstance(value, (int, float)) and value < schema.get("minimum", value):
            found.append(f"{path}: {value} is too small")
        return found

    def _of_object(self, value: dict[str, Any], schema: dict[str, Any], path: str) -> list[str]:
        found = [f"{path}: {name} is missing" for name in schema.get("required", [])
                 if name not in value]
        if not schema.get("minProperties", 0) <= len(value) <= schema.get("maxProperties", 9999):
            found.append(f"{path}: {len(value)} properties")
        for name, item in value.items():
            known = schema.get("properties", {})
            rest = schema.get("additionalProperties", True)
            if name in known:
                found += self.mistakes(item, known[name], f"{path}.{name}")
            elif rest is False:
                found.append(f"{path}: {name} is not known")
            elif rest is not True:
                found += self.mistakes(item, rest, f"{path}.{name}")
        return found

    def _of_list(self, value: list[Any], schema: dict[str, Any], path: str) -> list[str]:
        found = []
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", 9999999):
            found.append(f"{path}: {len(value)} items")
        if schema.get("uniqueItems") and len(set(map(str, value))) < len(value):
            found.append(f"{path}: an item twice")
        for number, item in enumerate(value):
            first = schema.get("prefixItems", [])
            if number < len(first):
                found += self.mistakes(item, first[number], f"{path}[{number}]")
            elif "items" in schema:
                found += self.mistakes(item, schema["items"], f"{path}[{number}]")
        return found
