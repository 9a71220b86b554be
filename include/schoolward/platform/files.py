"""Small state files that are whole or absent, whenever the process that writes them is killed."""

import os
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """Replace a file at once, readable by its owner alone."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)
