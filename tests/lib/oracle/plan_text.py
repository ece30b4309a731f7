"""SPEC §8, the strict YAML of a plan file: mappings, lists and scalars with their places.

PyYAML is used to get nodes only; every scalar stays the text that was written.
"""

from __future__ import annotations

import yaml

from . import forms

LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # the same nodes, read faster


class PlanError(Exception):
    """A plan file that SPEC §8 refuses, with line and column (from 1)."""

    def __init__(self, message: str, node: yaml.Node | None = None) -> None:
        self.line = node.start_mark.line + 1 if node is not None else 1
        self.column = node.start_mark.column + 1 if node is not None else 1
        super().__init__(f"{self.line}:{self.column}: {message}")


def compose(text: str) -> yaml.MappingNode:
    """The root mapping of a plan file."""
    if "\t" in text:
        raise PlanError("a tab; use spaces")
    try:
        _refuse_features(text)
        root = yaml.compose(text, Loader=LOADER)
    except (yaml.YAMLError, RecursionError) as error:
        raise PlanError(f"not YAML: {error}") from error
    if not isinstance(root, yaml.MappingNode):
        raise PlanError("a plan is a mapping")
    return root


def _refuse_features(text: str) -> None:
    """SPEC §8: no anchor, no alias, no tag, one document."""
    documents = 0
    for event in yaml.parse(text, Loader=LOADER):
        documents += isinstance(event, yaml.DocumentStartEvent)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise PlanError("an anchor", event)
        if getattr(event, "tag", None) is not None:
            raise PlanError("a tag", event)
    if documents > 1:
        raise PlanError("more than one document")


def scalar(node: yaml.Node) -> str:
    """A scalar's text; SPEC §8 refuses the full-width colon and percent sign in it."""
    if not isinstance(node, yaml.ScalarNode):
        raise PlanError("a single value is needed here", node)
    if node.value == "":
        raise PlanError("an empty value", node)
    for char, mend in (("：", ":"), ("％", "%")):
        if char in node.value:
            raise PlanError(f"`{char}` in `{node.value}`; write `{mend}`", node)
    return node.value


def text(node: yaml.Node) -> str:
    """A name or another text (SPEC §3: 1-128 bytes without control characters)."""
    value = scalar(node)
    if not forms.is_text(value):
        raise PlanError("a text of 1-128 bytes without control characters is needed", node)
    return value


def identifier(node: yaml.Node) -> str:
    """An id (SPEC §3)."""
    value = scalar(node)
    if not forms.is_id(value):
        raise PlanError(f"`{value}` is not an id", node)
    return value


def keyword(node: yaml.Node, spellings: dict[str, str]) -> str:
    """One of a table of names, in English or Chinese."""
    value = scalar(node)
    if value not in spellings:
        raise PlanError(f"unknown word `{value}`", node)
    return spellings[value]


def items(node: yaml.Node) -> list[yaml.Node]:
    """The items of a list."""
    if not isinstance(node, yaml.SequenceNode):
        raise PlanError("a list is needed here", node)
    return node.value


def pair(node: yaml.Node) -> tuple[yaml.Node, yaml.Node]:
    """A list of exactly two, such as `[from, rate]`."""
    both = items(node)
    if len(both) != 2:
        raise PlanError("a list of two is needed here", node)
    return both[0], both[1]


def entries(node: yaml.Node) -> list[tuple[str, yaml.Node, yaml.Node]]:
    """(key, key node, value node) of a mapping; a repeated key is an error."""
    if not isinstance(node, yaml.MappingNode):
        raise PlanError("a mapping is needed here", node)
    seen: set[str] = set()
    result = []
    for key_node, value_node in node.value:
        key = scalar(key_node)
        if key in seen:
            raise PlanError(f"repeated key `{key}`", key_node)
        seen.add(key)
        result.append((key, key_node, value_node))
    return result


def mapping(node: yaml.Node, spellings: dict[str, str]) -> dict[str, yaml.Node]:
    """A mapping with known keys, by English name; both spellings of one key repeat it."""
    known: dict[str, yaml.Node] = {}
    for key, key_node, value_node in entries(node):
        if key not in spellings:
            raise PlanError(f"unknown key `{key}`", key_node)
        name = spellings[key]
        if name in known:
            raise PlanError(f"repeated key `{key}`", key_node)
        known[name] = value_node
    return known


def need(known: dict[str, yaml.Node], node: yaml.Node, *names: str) -> None:
    """Refuse a mapping in which one of `names` is missing."""
    for name in names:
        if name not in known:
            raise PlanError(f"`{name}` is missing", node)
