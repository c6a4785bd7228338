"""The worlds of an experiment: the keys of `python -m sim`, composed by Hydra once for each policy, not once for each run."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from sim.command import explained, refuse_merged, understood
from sim.errors import RegularsError, shown
from sim.loading import make_room
from sim.manual import user_folders


def split(words: Sequence[str], own: Collection[str]) -> tuple[list[str], list[str]]:
    """The words of a command line: those of the experiment's `own` keys, and those that describe the world."""
    mine, world = [], []
    waiting = False
    for word in words:
        key = word.lstrip("+").partition("=")[0]
        flag = word in ("--config-dir", "-cd")
        if waiting or flag or word.startswith("--config-dir="):
            world.append(word)
        elif key.partition(".")[0] in own or word.startswith("-"):
            mine.append(word)
        else:
            world.append(word)
        waiting = flag
    return mine, world


def composed(world: Sequence[str], *more: str) -> dict[str, Any]:
    """One resolved config as plain values, checked; `more` are further overrides such as `+policy=points`.

    Raises:
        RegularsError: A key, a value, a file is not as it should be.
    """
    from hydra import compose, initialize_config_module
    from hydra.core.global_hydra import GlobalHydra
    from omegaconf import OmegaConf

    from sim.jobs import checked

    folders = user_places(world)
    make_room(folders)
    flags = [word for word in world if word not in ("--config-dir", "-cd")]
    paths = {str(folder) for folder in user_folders(world)}
    overrides = [word for word in flags if word not in paths and not word.startswith("--config-dir=")]
    search = (
        [f"hydra.searchpath=[{','.join(f'file://{Path(path).resolve()}' for path in sorted(paths))}]"] if paths else []
    )
    try:
        for path in paths:
            if not Path(path).is_dir():
                raise RegularsError(f"--config-dir: there is no folder {shown(path)}")
        asked = understood([*overrides, *more])
        GlobalHydra.instance().clear()
        with initialize_config_module("conf", version_base="1.3"):
            found = compose("config", [*asked, *search], return_hydra_config=True)
        refuse_merged(found.hydra.runtime.choices)
        world_only = OmegaConf.masked_copy(found, [str(key) for key in found if key != "hydra"])
        plain: Any = OmegaConf.to_container(world_only, resolve=True)
    except RegularsError:
        raise
    except Exception as error:
        told = explained(error, [*overrides, *more])
        if told is None:
            raise
        raise told from None
    config = checked(plain)
    answer: dict[str, Any] = config.model_dump(mode="json")
    return answer | {"progress": False, "figures": False}


def user_places(world: Sequence[str]) -> tuple[str, ...]:
    """Folders of a user's config and policies: each config folder and the folder it lies in."""
    found = [Path(folder).resolve() for folder in user_folders(world)]
    return tuple(str(place) for folder in found for place in (folder, folder.parent))


def answer(config: Mapping[str, Any]) -> str:
    """The folder that holds the whole run of a config: found there, or run now."""
    from sim.jobs import answered, checked

    return str(answered(checked(dict(config))))
