"""``python -m schoolward.sample.replay --system servicenow --folder F --clock 2025-09-01T06:00:00Z --port 0 --ready-file P``.

Credentials come from the environment: REPLAY_CLIENT_ID and REPLAY_CLIENT_SECRET, and for Basic sign-in REPLAY_USER and
REPLAY_PASSWORD (default: the client's). When the server listens, the ready file holds ``{"port": …}``. SIGTERM ends it.
"""

import argparse
import asyncio
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import uvicorn

from schoolward.errors import SchoolwardError
from schoolward.sample.replay.clock import ReplayClock, instant
from schoolward.sample.replay.edfi import EdFiServer
from schoolward.sample.replay.files import FileServer
from schoolward.sample.replay.oneroster import OneRosterServer
from schoolward.sample.replay.server import ReplayServer
from schoolward.sample.replay.servicenow import ServiceNowServer
from schoolward.sample.replay.tokens import Credentials
from schoolward.sample.replay.zendesk import ZendeskServer

SYSTEMS: Mapping[str, type[ReplayServer]] = {
    "oneroster": OneRosterServer,
    "edfi": EdFiServer,
    "servicenow": ServiceNowServer,
    "zendesk": ZendeskServer,
    "files": FileServer,
}


def credentials_of(environment: Mapping[str, str]) -> Credentials:
    """What clients must show, from the environment.

    Raises:
        SchoolwardError: naming the variables, where they are missing: an open server would prove nothing.
    """
    client_id, client_secret = environment.get("REPLAY_CLIENT_ID", ""), environment.get("REPLAY_CLIENT_SECRET", "")
    if not client_id or not client_secret:
        raise SchoolwardError(
            "The replay server has no credentials to ask for; set REPLAY_CLIENT_ID and REPLAY_CLIENT_SECRET."
        )
    user = environment.get("REPLAY_USER", client_id)
    return Credentials(client_id, client_secret, user, environment.get("REPLAY_PASSWORD", client_secret))


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m schoolward.sample.replay", description="Replay a folder of records over HTTP."
    )
    parser.add_argument("--system", choices=SYSTEMS, required=True)
    parser.add_argument("--folder", type=Path, required=True, help="the records folder")
    parser.add_argument("--clock", type=instant, required=True, help="the instant to show, ISO 8601")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--ready-file", type=Path, help="written once the server listens")
    parser.add_argument(
        "--stop-with-stdin",
        action="store_true",
        help="end when standard input is closed, as it is when the parent dies",
    )
    return parser.parse_args(argv)


async def serve(server: ReplayServer, host: str, port: int, ready_file: Path | None, *, stop_with_stdin: bool) -> None:
    """Listen until SIGTERM (or SIGINT, or the end of standard input)."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # without it a small body waits 40 ms for the acknowledgement of its headers
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((host, port))
    except OSError as e:
        raise SchoolwardError(
            f"The replay server cannot listen on {host}:{port}: {e.strerror}. Give another --port, or 0."
        ) from None
    listener.listen(128)
    config = uvicorn.Config(
        server.application(),
        date_header=False,
        server_header=False,
        access_log=False,
        log_level="critical",
        lifespan="off",
    )
    web = uvicorn.Server(config)
    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn raises the signal once more when it has shut down; here that must not end in a death by signal
        signal.signal(number, lambda *_: setattr(web, "should_exit", True))
    if stop_with_stdin:
        threading.Thread(target=_stop_at_end_of_stdin, daemon=True).start()
    if ready_file is not None:
        _write_ready(ready_file, listener.getsockname()[1])
    await web.serve(sockets=[listener])


def _write_ready(path: Path, port: int) -> None:
    """In one step, so that a reader never sees half of it."""
    draft = path.with_name(path.name + ".new")
    draft.write_text(json.dumps({"port": port}), encoding="utf-8")
    draft.replace(path)


def _stop_at_end_of_stdin() -> None:
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the server the arguments describe; 0 when it was asked to stop, 2 when it could not start."""
    arguments = _arguments(sys.argv[1:] if argv is None else argv)
    clock: datetime = arguments.clock
    try:
        if not arguments.folder.is_dir():
            raise SchoolwardError(
                f"There is no records folder {arguments.folder}; make it first, or give another --folder."
            )
        server = SYSTEMS[arguments.system](arguments.folder, ReplayClock(clock), credentials_of(os.environ))
        asyncio.run(
            serve(
                server, arguments.host, arguments.port, arguments.ready_file, stop_with_stdin=arguments.stop_with_stdin
            )
        )
    except SchoolwardError as e:
        print(e, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
