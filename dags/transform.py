"""Builds and tests the models whenever any source has new rows, and announces the marts.

Runs never overlap: what arrives while one is building is picked up, together, by the next. `build` is skipped when the
marts hold everything already, and at the very first until every stream has landed once; its log says which. Trigger the
DAG by hand to build from what there is.

**When `build` is red**, its last log line names every model and test that failed. The marts keep their last good
state and no alert is raised on half-built ones. A failed test of data: read the file of that name below
`dbt_project/tests`, its head says what it means and how it is resolved. A failed model: `schoolward transform --select
<model>` tries it alone. Then clear the task.
"""

from airflow.sdk import DAG, task

from schoolward import airflow_adapter as adapter

with DAG(
    "transform",
    description="Build and test the models when raw has changed",
    schedule=adapter.when_raw_changed(adapter.sound_district()),
    catchup=False,
    max_active_runs=1,
    default_args={**adapter.DEFAULT_ARGS, "pool": adapter.WAREHOUSE_POOL},
    tags=["transform", "dbt"],
    doc_md=__doc__,
):

    @task(inlets=[adapter.MARTS], outlets=[adapter.MARTS])
    @adapter.short_traceback
    def build() -> str:
        from schoolward import dbt_adapter

        adapter.begin_build()
        return str(dbt_adapter.build())

    build()
