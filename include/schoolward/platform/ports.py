"""Ports on the loopback address: the wanted one when it is free, else another, and the person is told."""

import socket
from collections.abc import Callable

HOST = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether a server could listen on that port of the loopback address right now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections in TIME_WAIT do not hold a port
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def any_free() -> int:
    """A free port that the kernel picks."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def pick(wanted: int, what: str, say: Callable[[str], None]) -> int:
    """``wanted`` when it is free; otherwise one of the next 20, or any; says which when it is another."""
    if is_free(wanted):
        return wanted
    port = next((port for port in range(wanted + 1, min(wanted + 21, 65_536)) if is_free(port)), 0) or any_free()
    say(f"Port {wanted} is taken: {what} listens on {port} instead.")
    return port
