"""From which columns every column of every model comes, worked out from the SQL that dbt compiled.

A column is ``(schema, relation, column)``. What merely counts rows comes from the relations it counts, told with ``*``.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlglot import exp, parse_one
from sqlglot.lineage import Node, lineage
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import build_scope
from sqlglot.schema import MappingSchema

Column = tuple[str, str, str]
Relations = Mapping[tuple[str, str], Iterable[str]]
ROWS = "*"


@dataclass
class Lineage:
    """What each column of each model is made of, one model back."""

    parents: dict[Column, frozenset[Column]] = field(default_factory=dict)
    copies: dict[Column, Column] = field(default_factory=dict)
    """Columns that are another relation's column, unchanged but for its type."""
    unresolved: list[str] = field(default_factory=list)
    """Models whose SQL names a column that no relation has, a sentence each."""

    def origins(self, column: Column) -> frozenset[Column]:
        """The columns outside the models (raw, settings, books, seeds, alerts) that a column rests on in the end."""
        found, waiting, seen = set(), [column], {column}
        while waiting:
            here = waiting.pop()
            for parent in self._parents(here):
                if parent not in seen:
                    seen.add(parent)
                    waiting.append(parent)
                    if parent not in self.parents and not self._is_model(parent):
                        found.add(parent)
        return frozenset(found)

    def _parents(self, column: Column) -> Iterator[Column]:
        if column[2] == ROWS:  # the rows of a model are there because of any of its columns
            yield from self._columns[column[:2]]
        yield from self.parents.get(column, ())

    def _is_model(self, column: Column) -> bool:
        return column[2] == ROWS and column[:2] in self._columns

    @cached_property
    def _columns(self) -> Mapping[tuple[str, str], list[Column]]:
        by_relation = defaultdict(list)
        for column in self.parents:
            by_relation[column[:2]].append(column)
        return by_relation


def trace(manifest: Mapping[str, Any], outside: Relations) -> Lineage:
    """The lineage of a compiled project.

    Args:
        manifest: as :func:`schoolward.dbt_adapter.compiled_project` gives it.
        outside: columns of the relations that no model makes.
    """
    schema = MappingSchema(dialect="postgres")

    def make_known(relation: tuple[str, str], columns: Iterable[str]) -> None:
        schema.add_table(exp.table_(relation[1], db=relation[0]), dict.fromkeys(columns, "text"))

    for relation, columns in outside.items():
        make_known(relation, columns)
    found = Lineage()
    for node in _in_order(manifest):
        here = (node["schema"], node["alias"])
        try:
            query = qualify(
                parse_one(node["compiled_code"], dialect="postgres"), schema=schema, dialect="postgres",
                validate_qualify_columns=True, quote_identifiers=False,
            )  # fmt: skip
            make_known(here, query.named_selects)
            made_of = lineage(
                None, query, schema, scope=build_scope(query), dialect="postgres", trim_selects=False, copy=False
            )
            for name, root in made_of.items():
                _note(found, (*here, name), list(root.walk()))
        except Exception as error:
            found.unresolved.append(f"{node['name']}: {str(error).partition(chr(10))[0]}")
    return found


def _note(found: Lineage, column: Column, tree: list[Node]) -> None:
    leaves = {
        (table.db, table.name, node.name.rpartition(".")[2])
        for node in tree
        if not node.downstream and isinstance(table := node.expression, exp.Table)
    }
    leaves = {leaf for leaf in leaves if leaf[0]}  # a set-returning function is no relation
    if not leaves:
        leaves = {(t.db, t.name, ROWS) for node in tree for t in node.source.find_all(exp.Table) if t.db}
    found.parents[column] = frozenset(leaves)
    if len(leaves) == 1 and all(_is_bare(node.expression) for node in tree if node.downstream):
        [found.copies[column]] = leaves


def _is_bare(expression: exp.Expression) -> bool:
    """Whether a select's expression is a column, perhaps named anew or cast."""
    if isinstance(expression, exp.Select):
        return all(_is_bare(e) for e in expression.expressions)
    while isinstance(expression, exp.Alias | exp.Cast | exp.Paren):
        expression = expression.this
    return isinstance(expression, exp.Column | exp.Table | exp.Union)


def _in_order(manifest: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Models, what they rest on first."""
    models = {key: node for key, node in manifest["nodes"].items() if node["resource_type"] == "model"}
    given: set[str] = set()

    def visit(key: str) -> Iterator[Mapping[str, Any]]:
        if key in models and key not in given:
            given.add(key)
            for parent in models[key]["depends_on"]["nodes"]:
                yield from visit(parent)
            yield models[key]

    for key in models:
        yield from visit(key)
