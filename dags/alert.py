"""Turns the marts into alerts and messages: after every build, and once a week as the digest.

`alert`: `evaluate` opens, updates and resolves alerts and writes their messages in the same transaction; `write_digest`
adds the week's digest once per recipient; `deliver` sends what is due. `digest` does the last two on the week's first
business day, so that the page is there on Monday morning even when nothing new came in.

**When `deliver` is red**, the mail server or chat refused: its last log line says how. The messages wait in the outbox
and go out with the next run, once each. Mend the connection named in the district file's `[delivery]`.

**When `evaluate` or `write_digest` is red**, no message was lost or doubled: clear the task once the cause is mended.
Run `schoolward status` if data is late.
"""

from datetime import time
from typing import Any

from airflow.sdk import DAG, task

from school_calendar import FirstBusinessDay
from schoolward import airflow_adapter as adapter
from schoolward.district import load_district

district = adapter.sound_district()


@task(pool=adapter.WAREHOUSE_POOL)
@adapter.short_traceback
def evaluate() -> str:
    from schoolward.alerts.evaluate import evaluate

    return str(evaluate(load_district()))


@task(pool=adapter.WAREHOUSE_POOL)
@adapter.short_traceback
def write_digest() -> str:
    from schoolward.alerts.digest import digest

    return str(digest(load_district()))


@task(pool=adapter.DELIVERY_POOL)
@adapter.short_traceback
def deliver() -> str:
    from schoolward.alerts.deliver import deliver

    return str(deliver(load_district()))


common: dict[str, Any] = {
    "catchup": False,
    "max_active_runs": 1,
    "default_args": adapter.DEFAULT_ARGS,
    "doc_md": __doc__,
}

with DAG("alert", description="Evaluate and deliver alerts when the marts have changed", schedule=[adapter.MARTS], tags=["alert"], **common):  # fmt: skip
    evaluate() >> write_digest() >> deliver()

monday_morning = FirstBusinessDay.of(district, time(6)) if district else None
with DAG("digest", description="Send the weekly digest", schedule=monday_morning, tags=["alert", "weekly"], **common):
    write_digest() >> deliver()
