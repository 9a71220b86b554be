"""What a record says of its fields, for the pages and declarations written from it."""

import ast
import inspect
import textwrap

from schoolward.sources.base import Record


def field_docs(record: type[Record]) -> dict[str, str]:
    """The docstrings below a record's fields, by field; Python keeps them in the source only."""
    [definition] = ast.parse(textwrap.dedent(inspect.getsource(record))).body
    assert isinstance(definition, ast.ClassDef)
    documented: dict[str, str] = {}
    for here, after in zip(definition.body, definition.body[1:], strict=False):
        if (
            isinstance(here, ast.AnnAssign)
            and isinstance(here.target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
            and isinstance(after.value.value, str)
        ):
            documented[here.target.id] = " ".join(after.value.value.split())
    return documented
