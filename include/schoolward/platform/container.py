"""Entry point of the container image: adds the generated secrets to the environment and becomes the command.

So no secret stands in the image, in docker-compose.yml or in ``docker inspect``.
"""

import os
import sys
from collections.abc import Mapping, Sequence

from schoolward.errors import SchoolwardError
from schoolward.home import home
from schoolward.platform.settings import secret_environment


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """The environment of the command: what Compose gives, and what this installation made for itself.

    Before the ``secrets`` service has run there is nothing to add. Mails go to the mail sink until a connection ``smtp`` is given.
    """
    known = dict(given)
    if (home() / "postgres" / "endpoint.json").exists():
        known |= secret_environment()
    if mailbox := given.get("SCHOOLWARD_MAILBOX_URL"):
        known.setdefault("AIRFLOW_CONN_SMTP", mailbox)
    return known


def main(command: Sequence[str]) -> None:
    """Become the command."""
    os.execvpe(command[0], list(command), environment(os.environ))  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except SchoolwardError as error:
        sys.exit(str(error))
