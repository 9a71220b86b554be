"""ServiceNow's own record of the promises: a task_sla row a request and clock, recomputed as the request moves."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from schoolward.sample.generate.calendars import BusinessClock, duration_text, utc_text
from schoolward.sample.generate.folder import Version
from schoolward.sample.generate.identities import Identities
from schoolward.sample.generate.lives import CANCELED, IN_PROGRESS, ON_HOLD, RESOLVED, Life
from schoolward.sample.generate.randomness import sys_id
from schoolward.sample.generate.rules import Rules


@dataclass(frozen=True, slots=True)
class _State:
    """A task_sla row as it stands."""

    stage: str = "in_progress"
    ended_at: int | None = None
    paused: int = 0
    """Calendar seconds."""
    business_paused: int = 0
    has_breached: bool = False


def task_slas(ids: Identities, rules: Rules, ends_at: int, incident: str, life: Life) -> Iterator[Version]:
    """The versions of both rows of a request."""
    limit = rules.limits[life.draft.unit, life.draft.priority]
    clock = rules.clocks[life.draft.unit]
    for target, seconds, steps in (
        ("response", limit.response, _response(life)),
        ("resolution", limit.resolution, _resolution(life, clock)),
    ):
        key = sys_id(ids.seed, "task_sla", incident, target)
        name = f"{life.draft.unit} P{life.draft.priority} {target}"
        start = life.draft.asked_at
        common = {
            "sys_id": key,
            "task": incident,
            "sla": ids.of("contract_sla", name),
            "start_time": utc_text(start),
            "sys_created_on": utc_text(start),
        }
        for number, (at, state) in enumerate(_with_breach(steps, clock, start, seconds)):
            if at > ends_at:
                break
            row = {
                **common,
                "stage": state.stage,
                "end_time": utc_text(state.ended_at) if state.ended_at else "",
                "planned_end_time": utc_text(clock.after(start, seconds + state.business_paused)),
                "has_breached": "true" if state.has_breached else "false",
                "pause_duration": duration_text(state.paused),
                "business_pause_duration": duration_text(state.business_paused),
                "active": "false" if state.ended_at else "true",
                "sys_updated_on": utc_text(at),
                "sys_mod_count": str(number),
            }
            yield Version(at, row)


def _response(life: Life) -> Iterator[tuple[int, _State]]:
    """From asking to the first public reply."""
    yield life.draft.asked_at, _State()
    for update in life.updates[1:]:
        if update.has_comment and update.by is not life.draft.caller:
            yield update.at, _State("completed", update.at)
            return
        if update.changes.get("state") == CANCELED:
            yield update.at, _State("cancelled", update.at)
            return


def _resolution(life: Life, clock: BusinessClock) -> Iterator[tuple[int, _State]]:
    """From asking to the last resolution; holds pause it, a reopening lets it run on."""
    state, held_at = _State(), 0
    yield life.draft.asked_at, state
    for update in life.updates[1:]:
        match update.changes.get("state"):
            case stage if stage == ON_HOLD:
                held_at, state = update.at, replace(state, stage="paused")
            case stage if stage == IN_PROGRESS and held_at:
                paused = state.paused + update.at - held_at
                business = state.business_paused + clock.between(held_at, update.at)
                state, held_at = _State("in_progress", None, paused, business), 0
            case stage if stage == IN_PROGRESS and state.ended_at:
                state = replace(state, stage="in_progress", ended_at=None)
            case stage if stage == RESOLVED:
                state = replace(state, stage="completed", ended_at=update.at)
            case stage if stage == CANCELED:
                state = replace(state, stage="cancelled", ended_at=update.at)
            case _:
                continue
        yield update.at, state


def _with_breach(
    steps: Iterator[tuple[int, _State]], clock: BusinessClock, start: int, seconds: int
) -> Iterator[tuple[int, _State]]:
    """The steps, with one more at the moment the promise is broken while the clock runs."""
    has_breached = False
    rows = list(steps)
    for (at, state), following in zip(rows, [*(t for t, _ in rows[1:]), None], strict=True):
        due = clock.after(start, seconds + state.business_paused)
        has_breached = has_breached or (state.stage in ("in_progress", "completed") and due < at)
        yield at, replace(state, has_breached=has_breached)
        if state.stage == "in_progress" and not has_breached and at < due and (following is None or due < following):
            has_breached = True
            yield due, replace(state, has_breached=True)
