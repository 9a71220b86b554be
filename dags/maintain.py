"""Keeps house, every night: purges what may not be kept, vacuums, trims Airflow's own records, and backs up.

`purge` removes students' rows after 30 days and old quarantine and load records, then vacuums. `trim_airflow` drops
Airflow's metadata older than 90 days. `back_up` writes the warehouse, without students' rows, to `backups/` in the
state folder and keeps the last seven.

**When `purge` is red for two nights**, students' rows are being kept longer than promised: mend it first.

**When `back_up` is red**, its last log line says why; the older back-ups are untouched. The usual cause is a full disk,
or a `pg_dump` older than the server. `docs/operations.md` tells how to restore.
"""

from airflow.sdk import DAG, task

from schoolward import airflow_adapter as adapter
from schoolward.district import load_district

with DAG(
    "maintain",
    description="Purge, vacuum, trim and back up",
    schedule=adapter.schedule(adapter.sound_district(), "30 2 * * *"),
    catchup=False,
    max_active_runs=1,
    default_args={**adapter.DEFAULT_ARGS, "pool": adapter.WAREHOUSE_POOL},
    tags=["maintain", "nightly"],
    doc_md=__doc__,
):

    @task
    @adapter.short_traceback
    def purge() -> str:
        from schoolward.ingest.run import maintain

        return str(maintain(load_district()))

    @task
    @adapter.short_traceback
    def trim_airflow() -> str:
        return adapter.trim_metadata(keep_days=90)

    @task
    @adapter.short_traceback
    def back_up() -> str:
        from schoolward.warehouse.backup import back_up

        return str(back_up(keep=7))

    purge()
    trim_airflow()
    back_up()
