"""Pages about somebody's own schools, an ILD's and a case manager's: what they read, and how it is kept to be told again."""

from dataclasses import asdict
from datetime import date
from typing import Any

import msgspec
import psycopg
from psycopg.types.json import Jsonb

from schoolward.alerts.case_page import case_view
from schoolward.alerts.case_week import CaseWeek, read_case_week
from schoolward.alerts.digest_facts import Facts
from schoolward.alerts.digest_page import View
from schoolward.alerts.digest_view import digest_view
from schoolward.alerts.own_schools import IldWeek, own_schools_view, read_own_schools
from schoolward.district import District, Recipient

OwnWeek = IldWeek | CaseWeek
_OF_ROLE: dict[str, type[OwnWeek]] = {"ild": IldWeek, "case_manager": CaseWeek}


def read_own(connection: psycopg.Connection[Any], week: date, today: date, recipient: Recipient) -> OwnWeek | None:
    """What the recipient's page knows of the recipient's own schools on a day; None for pages that are about all schools."""
    if recipient.role == "ild":
        return read_own_schools(connection, week, today, recipient.staff_id)
    return read_case_week(connection, week, recipient.staff_id) if recipient.role == "case_manager" else None


def page_of(district: District, facts: Facts, recipient: Recipient, own: OwnWeek | None) -> View:
    """The page of a recipient: about ``own`` schools where they are given, about the role's promises otherwise."""
    if isinstance(own, IldWeek):
        return own_schools_view(district, facts, recipient, own)
    if isinstance(own, CaseWeek):
        return case_view(district, facts, recipient, own)
    return digest_view(district, facts, recipient)


def to_keep(own: OwnWeek | None) -> Jsonb | None:
    """As `alerts.digest` keeps it."""
    return None if own is None else Jsonb(msgspec.to_builtins(asdict(own)))


def as_kept(role: str, kept: Any) -> OwnWeek:
    """What was kept, read again; a bare list is an ILD's schools of before next steps stood on the page."""
    return msgspec.convert({"schools": kept} if isinstance(kept, list) else kept, _OF_ROLE[role])
