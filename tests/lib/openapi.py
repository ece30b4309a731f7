"""`schemas/openapi.json` as tests use it: its operations, and whether an answer is as it says.

Every answer that tests get by `lib.api.ask` or a `Stream` is judged here by python3-jsonschema:
status, content type, body, and of a refusal that its code is one that the description names. An
object may have no member that is not described.
"""

from __future__ import annotations

import json
import re
import urllib.parse
from dataclasses import dataclass
from functools import cache
from typing import Any

import jsonschema

from lib.servers import ROOT

Json = dict[str, Any]


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    name: str
    method: str
    path: str  # with {tenant}, {payee}, ...
    rights: tuple[str, ...]
    responses: Json

    def fill(self, **values: str) -> str:
        """The path with its parameters, as a client writes it."""
        return re.sub(r"\{(\w+)\}", lambda it: urllib.parse.quote(values[it[1]], safe=":"),
                      self.path)

    def has(self, parameter: str) -> bool:
        return f"{{{parameter}}}" in self.path

    def codes(self, status: int) -> set[str]:
        """What a refusal of that status may have as its code."""
        words = self.responses[str(status)]["description"]
        words = re.sub(r"\([^)]*\)|:[^,;]*", "", words)
        return {word for word in map(str.strip, re.split("[,;]", words))
                if re.fullmatch(r"[a-z-]+", word)}


@cache
def document() -> Json:
    """The file, its objects closed."""
    whole: Json = json.loads((ROOT / "schemas" / "openapi.json").read_text())
    _close(whole["components"]["schemas"])
    return whole


def _close(part: Any) -> None:
    if isinstance(part, list):
        for item in part:
            _close(item)
    if not isinstance(part, dict):
        return
    if part.get("type") == "object" or part.get("type") == ["object", "null"]:
        part.setdefault("additionalProperties", False)
    for item in part.values():
        _close(item)


@cache
def operations() -> tuple[Operation, ...]:
    """All there are: a test that goes through them forgets none that is added."""
    return tuple(Operation(it["operationId"], method.upper(), path, tuple(it["x-fen-rights"]),
                           it["responses"])
                 for path, methods in document()["paths"].items()
                 for method, it in methods.items())


def operation_of(method: str, path: str) -> Operation | None:
    """What a request asks for; HEAD is answered wherever GET is."""
    bare = path.split("?")[0]
    method = "GET" if method == "HEAD" else method
    for one in operations():
        pattern = "/".join("[^/]+" if part.startswith("{") else re.escape(part)
                           for part in one.path.split("/"))
        if one.method == method and re.fullmatch(pattern, bare):
            return one
    return None


def mistakes(value: Any, schema: Json) -> list[str]:
    """Where and why a value is not as a schema of the file says."""
    whole = {**schema, "components": document()["components"]}
    found = jsonschema.Draft202012Validator(whole).iter_errors(value)
    return [f"{error.json_path}: {error.message}" for error in found]


def check(method: str, path: str, status: int, content_type: str, answer: Json) -> None:
    """An answer below /v1/; others are no business of the file."""
    if not path.startswith("/v1/") or method == "OPTIONS":
        return
    if status in (400, 413) and content_type.startswith("text/html"):
        return  # beyond the bounds of a request, before anybody has looked at it
    operation = operation_of(method, path)
    if operation is None or status == 405:
        found = [] if method == "HEAD" else mistakes(answer, _reference("Problem"))
        assert not found, (method, path, answer, found)
        return
    assert str(status) in operation.responses, f"{operation.name} may not answer {status}"
    content = operation.responses[str(status)]["content"]
    assert content_type in content, (path, status, content_type)
    if method == "HEAD" or content_type.startswith("text/plain"):
        return
    found = mistakes(answer, content[content_type]["schema"])
    assert not found, (path, status, found)
    if status >= 400:
        assert answer["status"] == status
        assert answer["code"] in operation.codes(status), (operation.name, status, answer["code"])


def check_event(kind: str, data: Json) -> None:
    """One event of a stream."""
    events = next(one for one in operations() if one.name == "stream").responses["200"][
        "content"]["text/event-stream"]["x-fen-events"]
    assert kind in events, kind
    found = mistakes(data, events[kind])
    assert not found, (kind, found)


def _reference(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}
