"""Turns the marts into alerts and messages: after every build, and once a week as the digest.
`alert`: `evaluate` opens, updates and resolves alerts and writes their messages in the same transaction, `deliver` sends them, the
urgent first. `write_digest` makes up a weekly digest that is due and was never written; `deliver_digest` sends it. `digest` writes
the digest of the week that is over, once per recipient, at six on the first business day, and sends it.
`deliver`, every five minutes, sends what became due since: quiet hours are over, or a try that failed is to be repeated.

**When `deliver` is red**, a mail server, chat or ticketing system refused: its last log line says how. Messages wait in the outbox
for a later try, and go out once each. Mend the connection, or the recipient in the district file.

**When `evaluate` or `write_digest` is red**, no message was lost or doubled: clear the task once the cause is mended.
"""

from typing import Any

from airflow.sdk import DAG, task

from school_calendar import FirstBusinessDay
from schoolward import airflow_adapter as adapter
from schoolward.district import load_district
from schoolward.school_week import DIGEST_AT

district = adapter.sound_district()


@task(pool=adapter.WAREHOUSE_POOL, **adapter.ALERTS_FIRST)
@adapter.short_traceback
def evaluate() -> str:
    from schoolward import alerts

    return str(alerts.evaluate(load_district()))


@task.short_circuit(pool=adapter.WAREHOUSE_POOL)  # nothing written, nothing to deliver
@adapter.short_traceback
def write_digest(is_scheduled: bool) -> str:
    from schoolward import alerts
    from schoolward.alerts.due import week_due

    district = load_district()
    week = week_due(district, is_scheduled=is_scheduled)
    written = alerts.digest(district, week) if week else None
    return str(written) if written and written.n_enqueued else ""


@task(pool=adapter.DELIVERY_POOL, **adapter.ALERTS_FIRST)
@adapter.short_traceback
def deliver() -> str:
    from schoolward import alerts

    return alerts.send_due(load_district())


common: dict[str, Any] = {
    "catchup": False,
    "max_active_runs": 1,
    "default_args": adapter.DEFAULT_ARGS,
    "doc_md": __doc__,
}

with DAG("alert", description="Evaluate and deliver alerts when the marts have changed", schedule=[adapter.MARTS], tags=["alert"], **common):  # fmt: skip
    evaluated = evaluate()
    evaluated >> deliver()  # urgent alerts wait for no digest
    evaluated >> write_digest(is_scheduled=False) >> deliver.override(task_id="deliver_digest")()

monday_morning = FirstBusinessDay.of(district, DIGEST_AT) if district else None
with DAG("digest", description="Send the weekly digest", schedule=monday_morning, tags=["alert", "weekly"], **common):
    write_digest(is_scheduled=True) >> deliver()

with DAG("deliver", description="Send what has become due", schedule=adapter.schedule(district, "*/5 * * * *"), tags=["alert"], **common):  # fmt: skip
    deliver()
