"""Where Schoolward keeps its state, and where the district file is."""

import os
from pathlib import Path


def home() -> Path:
    """The state folder, ``$SCHOOLWARD_HOME`` or ``.schoolward`` below the working directory; made, for its owner alone, if missing."""
    path = Path(os.environ.get("SCHOOLWARD_HOME") or ".schoolward").absolute()
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def district_path() -> Path:
    """The district file, ``$SCHOOLWARD_DISTRICT`` or ``district.toml`` in the working directory."""
    return Path(os.environ.get("SCHOOLWARD_DISTRICT") or "district.toml").absolute()
