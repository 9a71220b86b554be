"""The life cycle of alerts, the digest, and their delivery through an outbox."""

from schoolward.alerts.delivery import DeliverSummary, deliver, send_due
from schoolward.alerts.evaluation import EvaluateSummary, evaluate
from schoolward.alerts.weekly import DigestSummary, digest

__all__ = ["DeliverSummary", "DigestSummary", "EvaluateSummary", "deliver", "digest", "evaluate", "send_due"]
