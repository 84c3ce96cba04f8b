"""A template is given what it names, and names what it is given."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from dataclasses import fields

import pytest
from jinja2 import meta, nodes
from jinja2.exceptions import UndefinedError

from reports import (
    archive,
    contexts,
    data_releases,
    pilot,
    platform_pages,
    press,
    protocol,
    reply_request,
)
from reports.contexts import Context, environment
from reports.page import SECTIONS


def context_classes(base: type[Context] = Context) -> Iterator[type[Context]]:
    """Every context, those of all documents first."""
    for context in base.__subclasses__():
        yield context
        yield from context_classes(context)


LOADED = (data_releases, pilot)  # their contexts are known once they are loaded
DOCUMENTS = [context for context in context_classes() if "template" in vars(context)]


def names_of(template: str, parsed: set[str]) -> set[str]:
    """What a template needs to be given, with all that it extends, imports and includes."""
    parsed.add(template)
    jinja = environment()
    assert jinja.loader is not None
    tree = jinja.parse(jinja.loader.get_source(jinja, template)[0])
    names = set(meta.find_undeclared_variables(tree))
    for other in meta.find_referenced_templates(tree):
        # The one name that is put together is that of a section.
        for part in [other] if other else [f"section_{name}.html" for name in SECTIONS]:
            if part not in parsed:
                names |= names_of(part, parsed)
    for imported in tree.find_all(nodes.FromImport):
        names -= {name for name in imported.names if isinstance(name, str)}
    targets = (assignment.target for assignment in tree.find_all(nodes.Assign))
    names -= {target.name for target in targets if isinstance(target, nodes.Name)}
    return names


@pytest.mark.parametrize("context", DOCUMENTS, ids=lambda context: context.__name__)
def test_a_template_names_all_that_its_context_declares_and_nothing_else(
    context: type[Context],
) -> None:
    assert names_of(context.template, set()) == {field.name for field in fields(context)}


def test_a_name_that_no_context_declares_stops_the_document() -> None:
    with pytest.raises(UndefinedError, match="'standing' is undefined"):
        environment().from_string("{{ standing }}").render()


def test_every_document_has_a_context() -> None:
    parts = {name for name in environment().list_templates() if name.startswith(("_", "section_"))}
    templates = set(environment().list_templates(extensions=["html", "xml"])) - parts
    assert {context.template for context in DOCUMENTS} == templates - {"base.html"}
    assert {f"section_{name}.html" for name in SECTIONS} <= parts


@pytest.mark.parametrize(
    "module",
    [archive, contexts, pilot, platform_pages, press, protocol, reply_request],
    ids=lambda module: module.__name__,
)
def test_every_field_of_a_context_is_explained(module: object) -> None:
    tree = ast.parse(inspect.getsource(module))  # type: ignore[arg-type]
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    explained = 0
    for node in classes:
        if not node.name.endswith("Context"):
            continue
        assert ast.get_docstring(node), node.name
        for field, after in zip(node.body, node.body[1:], strict=False):
            if isinstance(field, ast.AnnAssign) and "ClassVar" not in ast.unparse(field.annotation):
                text = after.value if isinstance(after, ast.Expr) else None
                assert isinstance(text, ast.Constant), ast.unparse(field)
                assert str(text.value).endswith(".")
                explained += 1
    assert explained > 4
