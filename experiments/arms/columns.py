"""Which column is which: names that are given are checked, names that are not are guessed and said."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.errors import RegularsError, unknown
from sim.orders.columns import CUSTOMER, plain

# Best first. A name fits exactly or, second choice, by one of its parts between separators.
ARM = (
    "arm test_arm experiment_arm ab_group test_group experiment_group treatment_group variant variation experiment_variant "
    "group treatment treated bucket test_cell cell condition assignment assigned test ab 实验组 分组 组别 组"
).split()
EVENT = (
    "lapsed event churned churn lapse event_observed observed is_event died death dead exited failed failure left "
    "cancelled canceled converted status 流失"
).split()
TIME = (
    "days_to_lapse time_to_event survival_time survival_days "
    "duration_days duration time_days follow_up_days followup tenure_days tenure lifetime time days weeks months 天数"
).split()
BEFORE = {"recency", "newbie"}  # told of customers when a test begins
COVARIATE = "covariate pre baseline before prior previous past history pretest 前期".split()
ROW_NUMBERS = {"", "index", "row", "row_id", "rownum", "unnamed_0", "column0"}
CONTROL = (
    "control control_group ctrl ctl holdout hold_out baseline base placebo untreated no_treatment no_offer none nothing "
    "default original current status_quo standard off no false 0 0_0 a 对照组 对照 控制组"
).split()
PART_ONLY_WHOLE = {"test", "ab", "time", "days", "weeks", "months", "left", "status", "cell", "lifetime", "event"}
MOST_ARMS = 30
NONE = "none"  # typed for a column that shall not be looked for


@dataclass(frozen=True)
class Roles:
    """Positions of the columns in the file, from 0; None where there is none. `covariates` by outcome."""

    arm: int
    customer: int | None
    outcomes: tuple[int, ...]
    covariates: Mapping[int, int]
    time: int | None
    event: int | None
    said: tuple[str, ...]


@dataclass(frozen=True)
class Look:
    """What the first rows show of a column: share of its texts that are numbers (None if all are missing), and texts."""

    numeric: float | None
    values: frozenset[str]
    yes_no: bool = False  # nothing but 0 and 1, or words for them

    @property
    def is_numeric(self) -> bool:
        """Nearly all that is there are numbers."""
        return self.numeric is None or self.numeric >= 0.9


class Finder:
    """Gives every column of a file at most one role."""

    def __init__(self, names: Sequence[str], looks: Sequence[Look]) -> None:
        self.names, self.looks = list(names), looks
        self.free = set(range(len(names)))
        self.said: list[str] = []

    def given(self, key: str, name: str) -> int:
        """The column that the user named: to the letter, else as the only one alike but for case and signs."""
        alike = [at for at, other in enumerate(self.names) if plain(other) == plain(name)]
        if name in self.names:
            at = self.names.index(name)
        elif len(alike) == 1:
            at = alike[0]
        else:
            raise unknown(key, "column", name, filter(None, self.names))
        if at not in self.free:
            raise RegularsError(f"{key}: column '{name}' was given for two keys; needed: a column of its own")
        self.free.discard(at)
        return at

    def guessed(self, words: Sequence[str], fits: Sequence[int]) -> int | None:
        """The first free column whose name fits the best word; it is no longer free."""
        ranked = [(rank, at) for at in fits if at in self.free and (rank := _rank(self.names[at], words)) is not None]
        if not ranked:
            return None
        at = min(ranked)[1]
        self.free.discard(at)
        return at

    def numeric(self) -> list[int]:
        """Free columns that hold numbers."""
        return [at for at in range(len(self.names)) if at in self.free and self.looks[at].is_numeric]

    def say(self, role: str, columns: Sequence[int]) -> None:
        """Say what was guessed."""
        self.said.append(f"{role}: guessed as {', '.join(self.names[at] for at in columns)}")


def find_roles(
    names: Sequence[str], looks: Sequence[Look], given: Mapping[str, str | None], outcomes: Sequence[str] | None
) -> Roles:
    """The role of each column.

    Args:
        names: Column names as they stand in the file.
        looks: What the first rows show of each.
        given: Names by key (`arm customer covariate time event`); None to guess, "none" to do without.
        outcomes: Names; None for every numeric column that has no other role.
    Raises:
        RegularsError: A column that was named is not there or holds no numbers, or no arm can be told.
    """
    finder = Finder(names, looks)
    said = {key: finder.given(key, name) for key, name in given.items() if name and not _without(name, names)}
    chosen = [finder.given("outcomes", name) for name in outcomes or ()]
    _refuse_words(finder, {key: at for key, at in said.items() if key in ("covariate", "time", "event")}, chosen)
    wanted = {key for key, name in given.items() if name is None}
    arm = said["arm"] if "arm" in said else _arm(finder)
    customer = said.get("customer")
    if customer is None and "customer" in wanted:
        customer = finder.guessed(CUSTOMER, [at for at, name in enumerate(names) if _is_key(plain(name))])
        if customer is not None:
            finder.say("customer", [customer])
    time, event = _survival(finder, said, wanted)
    pre = [said["covariate"]] if "covariate" in said else _before(finder) if "covariate" in wanted else []
    if not chosen and outcomes is None:
        chosen = _outcomes(finder, _known_before(finder, arm))
    covariates = _matched(finder, chosen, pre, "covariate" in wanted)
    if not chosen and time is None:
        raise RegularsError(f"outcomes: no column of numbers is left among {', '.join(names)}; needed: outcomes=[...]")
    return Roles(arm, customer, tuple(chosen), covariates, time, event, tuple(finder.said))


def _is_key(bare: str) -> bool:
    return bare in CUSTOMER or re.search(r"_(id|key|no|code|uuid)$", bare) is not None


def _without(name: str, names: Sequence[str]) -> bool:
    return name == NONE and NONE not in names


def _rank(name: str, words: Sequence[str]) -> tuple[int, int] | None:
    """How well a name fits: exactly first, then by one of its parts; None if not at all."""
    bare = re.sub(r"^(days|weeks|months|time)_(to|until)_\w+$", "time_to_event", plain(name))
    if bare in words:
        return 0, list(words).index(bare)
    parts = bare.split("_")
    inner = [
        at
        for at, word in enumerate(words)
        if word not in PART_ONLY_WHOLE and (word in parts if word.isascii() else word in bare)
    ]
    return (1, inner[0]) if inner else None


def _arm(finder: Finder) -> int:
    few = [at for at in sorted(finder.free) if 1 <= len(finder.looks[at].values) <= MOST_ARMS]
    at = finder.guessed(ARM, few)
    if at is None:
        texts = [at for at in few if len(finder.looks[at].values) > 1 and not finder.looks[at].is_numeric]
        if len(texts) > 1:  # by what stands in it: an arm to which nothing was done
            texts = [at for at in texts if any(is_control(text) for text in finder.looks[at].values)]
        if len(texts) != 1:
            raise RegularsError(
                f"arm: no column says which arm a customer was in; needed: arm=NAME, one of {', '.join(finder.names)}"
            )
        at = texts[0]
        finder.free.discard(at)
    finder.say("arm", [at])
    return at


def is_control(text: str) -> bool:
    """Whether an arm is called as those are to which nothing was done: control, holdout, no e-mail, without coupon."""
    bare = plain(text)
    return bool(
        (bare in CONTROL and bare not in ("0", "a", "0_0", "no", "false", "off"))
        or set(bare.split("_")) & {"control", "ctrl", "holdout", "baseline"}
        or re.match(r"(no|without|kein|keine|ohne)_\w", bare)
        or "对照" in text
    )


def _survival(finder: Finder, said: Mapping[str, int], wanted: set[str]) -> tuple[int | None, int | None]:
    """Time and event go together; the event is looked for first, since its name says more."""
    time, event = said.get("time"), said.get("event")
    if (time is None and "time" not in wanted) or (event is None and "event" not in wanted):
        return None, None
    before = set(finder.free)
    if event is None:
        event = finder.guessed(EVENT, [at for at in finder.numeric() if finder.looks[at].yes_no])
    if time is None and event is not None:
        time = finder.guessed(TIME, finder.numeric())
    if time is None or event is None:
        finder.free = before
        missing = [key for key, at in (("time", time), ("event", event)) if at is None and key in wanted]
        if "time" in said or "event" in said:
            raise RegularsError(f"{missing[0]}: cannot be guessed among {', '.join(finder.names)}; needed: its name")
        finder.said.append("no time and event columns were found: no log-rank test, no Cox model")
        return None, None
    finder.said += [
        f"{key}: guessed as {finder.names[at]}" for key, at in (("time", time), ("event", event)) if key not in said
    ]
    return time, event


def _before(finder: Finder) -> list[int]:
    """Every column whose name says that it was measured before the test."""
    found = []
    while (at := finder.guessed(COVARIATE, finder.numeric())) is not None:
        found.append(at)
    if not found:
        finder.said.append("no covariate was found (a column such as pre_spend): no CUPED")
    return sorted(found)


def _known_before(finder: Finder, arm: int) -> set[int]:
    """Columns that stand before the arm's in a file whose order is that of time: features, arm, outcomes.

    It is taken for one if columns of numbers stand after the arm, and before it one that says what customers did before
    the test, such as `recency`.
    """
    after = [at for at in finder.numeric() if at > arm]
    told = [at for at, name in enumerate(finder.names) if plain(name) in BEFORE]
    if not after or not told or max(told) > arm:
        return set()
    return {at for at in finder.free if at < arm}


def _outcomes(finder: Finder, before: set[int]) -> list[int]:
    chosen = [
        at
        for at in finder.numeric()
        if at not in before
        and plain(finder.names[at]) not in ROW_NUMBERS
        and not re.search(r"(^|_)(id|uuid)$", plain(finder.names[at]))
        and finder.looks[at].numeric is not None
    ]
    if chosen:
        finder.say("outcomes", chosen)
    left = [finder.names[at] or f"column {at + 1}" for at in sorted(finder.free) if at not in chosen]
    if before:
        finder.said.append(
            "columns before the arm's are taken for what was known before the test (outcomes=[...] changes it)"
        )
    if left:
        finder.said.append(f"left out, no outcome: {', '.join(left)}")
    return chosen


def _matched(finder: Finder, outcomes: Sequence[int], pre: Sequence[int], guessed: bool) -> dict[int, int]:
    """Each outcome with the covariate whose name holds its own, else with the first."""
    matched = {}
    for outcome in outcomes if pre else ():
        own = [
            at for at in pre if set(plain(finder.names[outcome]).split("_")) <= set(plain(finder.names[at]).split("_"))
        ]
        matched[outcome] = (own or list(pre))[0]
    if len(pre) == 1:
        finder.said += [f"covariate: guessed as {finder.names[pre[0]]}"] if guessed else []
    elif pre:
        finder.said += [f"covariate of {finder.names[at]}: guessed as {finder.names[by]}" for at, by in matched.items()]
    return matched


def _refuse_words(finder: Finder, said: Mapping[str, int], outcomes: Sequence[int]) -> None:
    """A column that was named must hold numbers."""
    for key, at in [*said.items(), *(("outcomes", at) for at in outcomes)]:
        if not finder.looks[at].is_numeric:
            texts = ", ".join(f"'{text}'" for text in sorted(finder.looks[at].values)[:3])
            raise RegularsError(f"{key}: column '{finder.names[at]}' holds {texts}; needed: numbers")
