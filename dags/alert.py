"""Turns the marts into alerts and messages: after every build, and once a week as the digest.

`alert`: `evaluate` opens, updates and resolves alerts and writes their messages in the same transaction; `write_digest`
makes up a weekly digest that is due and was never written; `deliver` sends what is due. `digest` writes the digest of the
week that is over, once per recipient, at six on the first business day, and sends it.

**When `deliver` is red**, a mail server or chat refused: its last log line says how. The messages wait in the outbox
and go out with a later try, once each. Mend the connection named in the district file's `[delivery]`, or the recipient.

**When `evaluate` or `write_digest` is red**, no message was lost or doubled: clear the task once the cause is mended.
Run `schoolward status` if data is late.
"""

from typing import Any

from airflow.sdk import DAG, task

from school_calendar import FirstBusinessDay
from schoolward import airflow_adapter as adapter
from schoolward.district import load_district
from schoolward.errors import SchoolwardError
from schoolward.school_week import DIGEST_AT

district = adapter.sound_district()


@task(pool=adapter.WAREHOUSE_POOL)
@adapter.short_traceback
def evaluate() -> str:
    from schoolward import alerts

    return str(alerts.evaluate(load_district()))


@task(pool=adapter.WAREHOUSE_POOL)
@adapter.short_traceback
def write_digest(is_scheduled: bool) -> str:
    from schoolward import alerts
    from schoolward.alerts.due import week_due

    district = load_district()
    week = week_due(district, is_scheduled=is_scheduled)
    return str(alerts.digest(district, week)) if week else "no week is over yet"


@task(pool=adapter.DELIVERY_POOL)
@adapter.short_traceback
def deliver() -> str:
    from schoolward import alerts

    summary = alerts.deliver(load_district())
    if summary.problems:  # what waits is due again when Airflow tries again
        raise SchoolwardError(str(summary))
    return str(summary)


common: dict[str, Any] = {
    "catchup": False,
    "max_active_runs": 1,
    "default_args": adapter.DEFAULT_ARGS,
    "doc_md": __doc__,
}

with DAG("alert", description="Evaluate and deliver alerts when the marts have changed", schedule=[adapter.MARTS], tags=["alert"], **common):  # fmt: skip
    evaluate() >> write_digest(is_scheduled=False) >> deliver()

monday_morning = FirstBusinessDay.of(district, DIGEST_AT) if district else None
with DAG("digest", description="Send the weekly digest", schedule=monday_morning, tags=["alert", "weekly"], **common):
    write_digest(is_scheduled=True) >> deliver()
