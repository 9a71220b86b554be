"""Zendesk Support: tickets and their events, the people, organizations and groups they name, SLA policies and schedules."""

from schoolward.sources.zendesk_records import STREAMS

__all__ = ["STREAMS"]
