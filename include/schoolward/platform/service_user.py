"""PostgreSQL refuses to run as root: when we are root, it runs as a system user of its own."""

import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path

from schoolward.errors import SchoolwardError

NAME = "schoolward"


def service_user() -> pwd.struct_passwd | None:
    """The user PostgreSQL runs as when we are root (made if missing), or None when it runs as ourselves.

    Raises:
        SchoolwardError: when the user is missing and cannot be made.
    """
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        pass
    useradd = shutil.which("useradd") or "/usr/sbin/useradd"
    nowhere = ["--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin"]
    command = [useradd, "--system", *nowhere, NAME]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        try:
            return pwd.getpwnam(NAME)  # another process made it in the meantime
        except KeyError:
            why = (getattr(error, "stderr", None) or str(error)).strip().rstrip(".")
            raise SchoolwardError(
                f"PostgreSQL cannot run as root, and the system user {NAME!r} could not be made ({why}). "
                "Run as an ordinary user, or make that user yourself."
            ) from None
    return pwd.getpwnam(NAME)


def open_the_way(path: Path) -> tuple[Path, ...]:
    """Let other users pass through (not list) the folders above ``path``, which PostgreSQL's user must reach.

    Returns:
        The folders whose mode was changed, outermost first.
    """
    changed = []
    for folder in reversed(path.resolve().parents):
        mode = stat.S_IMODE(folder.stat().st_mode)
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)
            changed.append(folder)
    return tuple(changed)
