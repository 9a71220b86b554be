"""The method's own SQL, as dbt renders it, run on requests that a test makes up."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import psycopg
from by_the_book import COLUMNS, Wait, kind_numbers, rows

RUN = "2026-04-20 year"


class Method:
    """Models of the comparison, executed in their order over one made-up relation."""

    def __init__(self, connection: psycopg.Connection[Any], manifest: dict[str, Any]) -> None:
        self._connection = connection
        self._nodes = {node["name"]: node for node in manifest["nodes"].values() if node["resource_type"] == "model"}
        connection.execute("create schema if not exists indicators")

    def hold(self, name: str, columns: str, values: Sequence[Sequence[Any]]) -> None:
        """A table in a model's place, with rows of the test's own."""
        self._connection.execute(f"drop table if exists indicators.{name} cascade")
        self._connection.execute(f"create table indicators.{name} ({columns})")
        with self._connection.cursor().copy(f"copy indicators.{name} from stdin") as copy:
            for row in values:
                copy.write_row(row)

    def build(self, name: str) -> pd.DataFrame:
        """Build a model from what its inputs hold, and read it."""
        query = self._nodes[name]["compiled_code"]
        self._connection.execute(f"drop table if exists indicators.{name} cascade")
        self._connection.execute(f"create table indicators.{name} as {query}")
        return self.read(f"select * from indicators.{name}")

    def read(self, query: str) -> pd.DataFrame:
        cursor = self._connection.execute(query)
        assert cursor.description is not None
        return pd.DataFrame(cursor.fetchall(), columns=[column.name for column in cursor.description])

    def compare(self, waits: Sequence[Wait]) -> pd.DataFrame:
        """Scores of one comparison of these waits; a row a clock and school."""
        self.hold("int_detection__exposure", COLUMNS, rows(waits, RUN))
        self.hold(
            "int_detection__stratum",
            "run_id text, unit_id text, request_type text, kind_no bigint",
            [(RUN, *kind, number) for kind, number in kind_numbers(waits).items()],
        )
        self.hold(
            "int_detection__run_unit",
            "run_id text, week_start_on date, window_name text",
            [(RUN, "2026-04-20", "year")],
        )
        self.build("int_detection__hazard")
        self.build("int_detection__cell")
        return self.build("detection_score")
