"""The rules of the house: which way imports point, what no tracked file names, and which numbers no code reads."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

HOME = Path(__file__).resolve().parents[1]
REGISTRIES = ["pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org", "deb.debian" + ".org"]
PATHS = r"(?<![\w.])/(home|Users)/\w|(?<![\w.])/(root)/|(?<![\w./])/(work)/(main|shared)"
# parameters.md, "Role": measured, never read
TARGETS = """
    program_lift_* breakage redeem_bump endowed_progress_or winback_lift winback_read winback_delay fatigue_opt
    touch_as_ad targeting_gain cart_coupon_lift coupon_unused_effect coupon_used_effect chat_lift logistics_value
    late_gap_effect established_dip newcomer_gain deal_sensitivity_gain return_fee_effect deal_newcomer_repeat
    brand_repeat cac cac_ratio_* referral_value sms_response retention_profit pressure_only_light consideration_mean
    lapse_rule
""".split()


def tracked() -> list[Path]:
    try:
        names = subprocess.run(["git", "ls-files", "-z"], cwd=HOME, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a checkout")
    return [HOME / name for name in names.decode().split("\0") if name and (HOME / name).is_file()]


def imports(source: str) -> set[str]:
    """Modules that a source imports, those inside functions too; `from a import b` gives a and a.b."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def reads(source: str) -> Iterator[str]:
    """Targets that a source reads: as an attribute, as a key, or by declaring them a setting."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(attr=name, ctx=ast.Load()):
                pass
            case ast.Subscript(slice=ast.Constant(value=str(name)), ctx=ast.Load()):
                pass
            case ast.Call(func=ast.Attribute(attr="get" | "pop"), args=[ast.Constant(value=str(name)), *_]):
                pass
            case ast.ClassDef(body=body):
                yield from filter(is_target, (n.target.id for n in body if isinstance(n, ast.AnnAssign)))
                continue
            case _:
                continue
        if is_target(name):
            yield name


def is_target(name: str) -> bool:
    return any(fnmatch(name, target) for target in TARGETS)


def keys(node: object) -> Iterator[str]:
    """All keys of a YAML node, at any depth."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield str(key)
            yield from keys(value)
    elif isinstance(node, list):
        for value in node:
            yield from keys(value)


def sources(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((HOME / folder).rglob("*.py"))]


def test_no_tracked_file_names_a_registry_or_a_path_of_a_machine():
    bad = []
    for path in tracked():
        text = path.read_bytes().decode("utf-8", "replace")
        bad += [f"{path}: {host}" for host in REGISTRIES if host in text]
        if path != Path(__file__).resolve():
            bad += [f"{path}: {found[0]}" for found in re.finditer(PATHS, text)]
        if path.suffix == ".lock":
            bad += [f"{path}: {found[0]}" for found in re.finditer(r"(https?|file)://\S*", text)]
    assert not bad
    assert re.search(PATHS, "see /home/ann/x") and not re.search(PATHS, "a/home/page")


def test_the_lock_has_a_hash_for_every_package():
    text = (HOME / "requirements.lock").read_text()
    pinned = re.findall(r"^(\S+)==\S+.*\\$(?:\n    --hash=sha256:[0-9a-f]{64}.*)+", text, re.MULTILINE)
    assert len(pinned) == len(re.findall(r"^[A-Za-z]", text, re.MULTILINE)) > 30


def test_no_code_reads_a_target():
    bad = [(path.name, name) for path in sources("sim", "policies", "experiments") for name in reads(path.read_text())]
    for path in sorted((HOME / "conf").rglob("*.yaml")):
        bad += [(path.name, key) for key in keys(yaml.safe_load(path.read_text())) if is_target(key)]
    assert not bad


@pytest.mark.parametrize(
    "fault", ["p.breakage", "x['cac']", "x.get('sms_response')", "class A:\n    program_lift_spend: float = 0.1"]
)
def test_a_planted_read_of_a_target_is_found(fault):
    assert list(reads(fault))


def test_imports_point_one_way():
    for path in sources("sim"):
        tops = {name.partition(".")[0] for name in imports(path.read_text())}
        assert not tops & {"policies", "experiments", "benchmarks", "tests"}, path
    for path in sources("policies"):
        assert "experiments" not in {name.partition(".")[0] for name in imports(path.read_text())}, path
    for path in sources("sim/people"):
        assert not [name for name in imports(path.read_text()) if name.startswith("sim.shop")], path
    for path in sources("sim/shop"):
        assert not [name for name in imports(path.read_text()) if name.startswith("sim.people")], path
    for path in sources("sim"):
        if path.name not in ("oracle.py", "oracle_post.py"):
            assert "sim.oracle" not in imports(path.read_text()), path


def test_a_policy_imports_the_contract_numpy_and_the_standard_library_only():
    allowed = sys.stdlib_module_names | {"numpy", "pydantic", "policies"}
    for path in sources("policies"):
        if "testing" in path.parts:  # the conformance suite runs worlds
            continue
        for name in imports(path.read_text()):
            assert name == "sim.contract" or name.startswith("sim.contract.") or name.split(".")[0] in allowed, path


def test_every_package_and_config_folder_is_in_the_wheel():
    """Setuptools drops what is not listed."""
    import tomllib

    listed = set(tomllib.loads((HOME / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    packages = {path.parent for path in sources("sim", "policies", "experiments") if path.name == "__init__.py"}
    packages |= {path.parent for path in (HOME / "conf").rglob("*.yaml")}
    assert {str(path.relative_to(HOME)).replace("/", ".") for path in packages} <= listed
