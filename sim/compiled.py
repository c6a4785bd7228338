"""Where Numba keeps what it compiles: one folder per state of the sources, so that no edit meets a stale kernel.

Numba's own cache looks at the file of a kernel only, not at the formulas that the kernel inlines from other files.
So the folder is named by a hash over all of `sim`, the versions of Numba and NumPy, and the processor.
This module must be imported before the first `njit`; it imports neither Numba nor NumPy.
"""

import hashlib
import os
import platform
import shutil
import sys
import tempfile
import time
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

KEPT_FOLDERS = 5  # older states of the sources whose kernels stay on disk
KEPT_SECONDS = 6 * 3600.0  # and any folder used within this time, since another process may be at work in it


def use_cache_folder() -> Path:
    """Point Numba at the folder of these sources, unless the user chose one by NUMBA_CACHE_DIR."""
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    if chosen and not _is_ours(Path(chosen)):
        return Path(chosen)
    folder = _writable(f"numba-{_state()}")
    os.environ["NUMBA_CACHE_DIR"] = str(folder)
    if "numba" in sys.modules:  # it has read its environment already
        sys.modules["numba"].config.CACHE_DIR = str(folder)
    return folder


def announce_first_compilation() -> bool:
    """Say in one line that the kernels will be compiled, if they will; drop the folders of old sources.

    Returns:
        Whether anything was said.
    """
    folder = Path(os.environ["NUMBA_CACHE_DIR"])
    if os.environ.get("NUMBA_DISABLE_JIT", "0") != "0" or next(folder.rglob("*.nbi"), None):
        return False
    print("Compiling the formulas once for this version and machine; later runs start at once.", file=sys.stderr)
    if _is_ours(folder):
        _prune(folder)
    return True


@cache
def source_digest() -> str:
    """SHA-256, hex, over path and content of every source file of `sim` as this process found them."""
    digest = hashlib.sha256()
    home = Path(__file__).parent
    for path in sorted(home.rglob("*.py")):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(home).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _state() -> str:
    parts = [source_digest(), platform.python_version(), _processor()]
    for package in ("numba", "numpy", "llvmlite"):
        try:
            parts.append(version(package))
        except PackageNotFoundError:
            parts.append("missing")
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _processor() -> str:
    """Name and abilities of the processor; kernels made for one may not run on another."""
    try:
        lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    told = {line.partition(":")[0].strip(): line for line in reversed(lines)}
    return "\n".join(told.get(name, "") for name in ("model name", "flags", "Features")) + platform.machine()


def _is_ours(folder: Path) -> bool:
    return folder.name.startswith("numba-") and folder.parent.name.startswith("regulars")


def _writable(name: str) -> Path:
    """The folder in the user's cache; if that cannot be written, in the temporary folder."""
    user = str(os.getuid()) if hasattr(os, "getuid") else "user"
    caches = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache")
    for home in (caches / "regulars", Path(tempfile.gettempdir()) / f"regulars-{user}"):
        try:
            home = home.expanduser()
            folder = home / name
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
            os.utime(folder)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except (OSError, RuntimeError):  # RuntimeError: the user has no home folder
            continue
        if not hasattr(os, "getuid") or home.stat().st_uid == os.getuid():  # what lies there is run: only our own
            return folder
    folder = Path(tempfile.mkdtemp(prefix="regulars-")) / name
    folder.mkdir()
    return folder


def _prune(current: Path) -> None:
    """Remove folders of other sources, but the newest few and those in recent use."""
    used = {folder: folder.stat().st_mtime for folder in current.parent.glob("numba-*") if folder != current}
    for folder in sorted(used, key=used.__getitem__, reverse=True)[KEPT_FOLDERS:]:
        if time.time() - used[folder] > KEPT_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
