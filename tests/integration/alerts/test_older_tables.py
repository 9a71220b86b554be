"""A life cycle from before recoveries were verified is brought up to date where it lies, and its stories go on."""

import pytest
from tests.integration.alerts.made_up_marts import SCHOOLS, week

from schoolward.alerts import evaluate
from schoolward.alerts.tables import ddl
from schoolward.district import District

AS_BEFORE = """
    alter table alerts.alert drop constraint alert_ended_has_its_day;
    alter table alerts.alert
        drop column verified_at, drop column n_came_back, drop column came_back_week_on, drop column opening_record,
        drop column toa_version_id, drop column promise;
    alter table alerts.alert_action drop column detail;
    alter table alerts.alert drop constraint alert_state_check;
    alter table alerts.alert add constraint alert_state_check
        check (state in ('open', 'acknowledged', 'acting', 'snoozed', 'resolved', 'dismissed'));
    alter table alerts.alert drop constraint alert_severity_check;
    alter table alerts.alert add constraint alert_severity_check check (severity in ('act', 'urgent'));
"""


def test_tables_of_an_older_release_gain_what_is_missing_and_keep_their_alerts(
    marts, owner, lakeside_district: District
) -> None:
    for n, flagged in enumerate([["s01", "s02"], ["s02"]]):
        marts.next_week(week(n), flagged, SCHOOLS)
        evaluate(lakeside_district)
    history = owner.rows("select action_id, alert_key, action from alerts.alert_action order by action_id")
    owner.connection.execute(AS_BEFORE)
    with pytest.raises(Exception, match="does not exist"):
        evaluate(lakeside_district)
    for _ in range(2):
        owner.connection.execute(ddl())
    assert owner.rows("select action_id, alert_key, action from alerts.alert_action order by action_id") == history
    for n in range(2, 7):
        marts.next_week(week(n), ["s02"], SCHOOLS)
        evaluate(lakeside_district)
    states = {key: alert["state"] for key, alert in owner.alerts().items()}
    assert states == {"service_ageing/s01/it/1": "verified", "service_ageing/s02/it/1": "open"}
