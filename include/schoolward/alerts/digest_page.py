"""The parts of a digest's page, as its templates read them."""

from dataclasses import dataclass

from schoolward.alerts.outbox import Picture


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the numbers on top: value, what it counts, and how it moved."""

    value: str
    label: str
    note: str
    is_short: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture with its title and the line that says how to read it."""

    title: str
    caption: str
    picture: Picture


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a school stands here, and who answers for it by when."""

    title: str
    sentence: str
    tags: tuple[str, ...]
    owner: str
    due: str


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do next, for how many schools, by when."""

    next_step: str
    where: str
    due: str


@dataclass(frozen=True, slots=True)
class Owner:
    """Who acts, and what they do next, the soonest due first."""

    name: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A school (or a unit across the schools) with its reasons."""

    name: str
    tags: tuple[str, ...]
    reasons: tuple[Reason, ...]
    n_more_reasons: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a list: what it is about, what sets it apart, and one sentence."""

    name: str
    tags: tuple[str, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A list under a heading of its own; ``more`` says what it leaves out."""

    heading: str
    rows: tuple[Row, ...]
    more: str = ""


@dataclass(frozen=True, slots=True)
class Changes:
    """What moved since the last digest, as lines of a label and a short list."""

    since: str
    lines: tuple[tuple[str, str], ...]
    other: str


@dataclass(frozen=True, slots=True)
class Questions:
    """What is worth asking, a sentence each, and how much more there is."""

    heading: str
    lead: str
    lines: tuple[str, ...]
    more: str


@dataclass(frozen=True, slots=True)
class View:
    """A digest ready for its templates."""

    subject: str
    preheader: str
    kicker: str
    headline: str
    figures: tuple[Figure, ...]
    pictures: tuple[Shown, ...]
    warnings: tuple[str, ...]
    system_issues: tuple[Item, ...]
    n_more_system_issues: int
    schools: tuple[Item, ...]
    n_more_schools: int
    owners: tuple[Owner, ...]
    changes: Changes | None
    notes: tuple[str, ...]
    questions: Questions | None = None
    list_heading: str = "Schools we owe"
    empty_list: str = "None this week: at no school with enough data has a promise slipped for long enough."
    lists: tuple[Listing, ...] = ()
