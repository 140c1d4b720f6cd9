"""Classes as JSON Schema, in the form that OpenAPI 3.1 takes. What msgspec would encode or decode is what is described.

Whatever is nullable has the type ``[…, "null"]``. Each class becomes a component of its own name.
"""

from __future__ import annotations

import enum
from types import UnionType as UnionOfTypes
from typing import TYPE_CHECKING, Any, Final, get_args

import attrs
import msgspec
from msgspec.inspect import (
    CustomType,
    DataclassType,
    DictType,
    EnumType,
    ListType,
    StructType,
    Type,
    UnionType,
    VarTupleType,
    multi_type_info,
)

from bloop_trio.http.openapi.fields import class_description, field_descriptions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bloop_trio.http.parameters import Schema

PREFIX: Final = "#/components/schemas/"


def reference(name: str) -> Schema:
    """Return the schema that stands for the component `name`."""
    return {"$ref": PREFIX + name}


def describe(answers: Iterable[Any], bodies: Iterable[Any]) -> tuple[dict[Any, Schema], dict[str, Schema]]:
    """Return the schema of each type, and the components that they refer to, by name.

    Answers are never without a field, unless it is declared as one that can be `UNSET`; bodies have no other fields than those of their class.

    Raises:
        RuntimeError: two classes have the same name, or a field has no description.
    """
    answers, bodies = list(answers), list(bodies)
    # msgspec knows no union of two lists, so alternatives are put together here.
    types = list(dict.fromkeys([part for answer in answers for part in alternatives(answer)] + bodies))
    named = [info.cls for info in _classes(types)]
    classes = {cls.__name__: cls for cls in named}
    if len(classes) < len(named):
        shared = sorted({cls.__name__ for cls in named if cls is not classes[cls.__name__]})
        msg = f"classes of the API that share a name: {', '.join(shared)}"
        raise RuntimeError(msg)
    of_bodies = {info.cls.__name__ for info in _classes(bodies)}
    schemas, components = msgspec.json.schema_components(types, ref_template=PREFIX + "{name}")
    described = {
        name: _described(simplified(schema), classes[name], is_body=name in of_bodies)
        for name, schema in sorted(components.items())
    }
    by_type = dict(zip(types, map(simplified, schemas), strict=True))
    for answer in answers:
        if answer not in by_type:
            by_type[answer] = {"anyOf": [by_type[part] for part in alternatives(answer)]}
    return by_type, described


def alternatives(answer: Any) -> tuple[Any, ...]:
    """Return the members of a union, or the type itself."""
    return get_args(answer) if isinstance(answer, UnionOfTypes) else (answer,)


def simplified(schema: Any) -> Any:
    """Return a schema whose alternatives of simple types are written as one type with several names."""
    if isinstance(schema, list):
        return [simplified(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {key: simplified(value) for key, value in schema.items()}
    if "enum" in schema and "type" not in schema:
        schema["type"] = "string"
    parts = schema.get("anyOf")
    if parts and {"type": "null"} in parts and len(parts) == 2:
        (other,) = [part for part in parts if part != {"type": "null"}]
        if isinstance(other.get("type"), str):
            del schema["anyOf"]
            schema = {**schema, **other, "type": [other["type"], "null"]}
            if "enum" in other:
                schema["enum"] = [*other["enum"], None]
    return schema


def _described(schema: Schema, cls: type, *, is_body: bool) -> Schema:
    schema.pop("title", None)
    description = class_description(cls)
    if description:
        schema = {**schema, "description": description}  # in place of the whole docstring
    if issubclass(cls, enum.Enum):
        schema["enum"] = [member.value for member in cls]  # msgspec sorts them
    properties = schema.get("properties")
    if properties is None:
        return schema
    texts = field_descriptions(cls)
    silent = sorted(properties.keys() - texts.keys())
    if silent:
        msg = f"{cls.__name__}: fields without a description: {', '.join(silent)}"
        raise RuntimeError(msg)
    schema["properties"] = {
        # An answer has no field that is left out, and null says no more than absence does.
        name: {key: value for key, value in part.items() if key != "default" or (is_body and value is not None)}
        | {"description": texts[name]}
        for name, part in properties.items()
    }
    if is_body:
        schema["additionalProperties"] = False
    else:
        schema["required"] = [name for name in properties if name not in _left_out(cls)]
    return schema


def _left_out(cls: type) -> set[str]:
    """Return the fields that an answer may lack."""
    if not attrs.has(cls):
        return set()
    return {field.name for field in attrs.fields(cls) if field.default is msgspec.UNSET}


def _classes(types: Iterable[Any]) -> Iterator[DataclassType | StructType | EnumType]:
    """Yield the classes that types are made of, each once."""
    seen: set[type] = set()
    waiting: list[Type] = list(multi_type_info(types))
    while waiting:
        info = waiting.pop()
        if isinstance(info, (DataclassType, StructType, EnumType)):
            if info.cls in seen:
                continue
            seen.add(info.cls)
            yield info
        waiting += _parts(info)


def _parts(info: Type) -> list[Type]:
    if isinstance(info, (DataclassType, StructType)):
        return [field.type for field in info.fields]
    if isinstance(info, (ListType, VarTupleType)):
        return [info.item_type]
    if isinstance(info, DictType):
        return [info.value_type]
    if isinstance(info, UnionType):
        return list(info.types)
    if isinstance(info, CustomType):
        msg = f"nothing is known about the JSON of {info.cls}"
        raise TypeError(msg)
    return []
