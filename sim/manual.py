"""What `--help` prints. Imports next to nothing, so that it answers at once."""

from collections.abc import Iterator, Sequence
from pathlib import Path

CONF = Path(__file__).resolve().parents[1] / "conf"
NOT_OF_A_RUN = ("gate",)  # folders of config files that an experiment reads, and no run
TEXT = """\
Regulars: what happens to retention and margin if a shop changes how it treats its customers?

Usage
  python -m sim [group=name ...] [key=value ...]        (installed: regulars ...)

Groups: one name of each, of campaign any number
{groups}

Common overrides
  shoppers=20000    customers at day 0          days=730           length of the run
  seed=0            chance                      start=2025-01-01   date of day 0
  record=orders     or shoppers, or summary     figures=true       pictures, SVG and PNG
  policy.LEVER=x    a lever of the policy       orders=FILE        your order log (population=orders)

Examples
  python -m sim +policy=points
  python -m sim +policy=escalating population=cosmetics shoppers=100000 days=365 seed=7
  python -m sim -m +policy=none,member_price,escalating,points,rfm seed=0,1,2 record=summary

Also
  --cfg job         show the whole config, run nothing
  -m                run every combination of values that commas separate
  --config-dir DIR  add your own DIR/policy/, DIR/population/, ... to the groups
  --hydra-help      flags of Hydra, which reads this command line"""


def asked_for(arguments: Sequence[str]) -> bool:
    """Whether the user wants the manual, or the version."""
    return any(flag in arguments for flag in ("--help", "-h", "--version"))


def manual(arguments: Sequence[str] = ()) -> str:
    """The manual, with the groups that lie in `conf/` and in the user's own folder, if one is given."""
    if "--version" in arguments:
        return f"regulars {_version()}"
    groups = options(arguments)
    width = max(map(len, groups), default=0)
    return TEXT.format(groups="\n".join(f"  {name:{width}}  {', '.join(groups[name])}" for name in groups))


def options(arguments: Sequence[str] = ()) -> dict[str, list[str]]:
    """Names that each group offers, both sorted."""
    found: dict[str, set[str]] = {}
    for folder in [CONF, *user_folders(arguments)]:
        for path in folder.glob("*/*.yaml"):
            if path.parent.name in NOT_OF_A_RUN:
                continue
            found.setdefault(path.parent.name, set()).add(path.stem)
    return {group: sorted(found[group]) for group in sorted(found)}


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("regulars")
    except PackageNotFoundError:
        return "(a checkout, not installed)"


def user_folders(arguments: Sequence[str]) -> Iterator[Path]:
    """Folders of config files that the user adds by --config-dir."""
    for word, following in zip(arguments, [*arguments[1:], ""], strict=False):
        if word in ("--config-dir", "-cd"):
            yield Path(following)
        elif word.startswith("--config-dir="):
            yield Path(word.partition("=")[2])
