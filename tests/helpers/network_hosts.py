"""Hosts of a network on this computer: network namespaces on one bridge. Needs root on Linux."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["Hosts", "NoHosts"]


class NoHosts(Exception):
    """This computer can't have such hosts; says why."""


def _ip(*words: str) -> None:
    found = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if found.returncode:
        raise NoHosts(f"ip {' '.join(words)}: {found.stderr.strip()}")


@dataclass
class Hosts:
    """Hosts 1, 2, … with the addresses ``10.77.SUBNET.1``, …; this process has ``.254``.

    A context manager: at its end processes, namespaces and bridge are gone.

    Parameters
    ----------
    count
        Number of hosts.
    subnet
        Third part of the addresses.

    Raises
    ------
    NoHosts
        Without root, Linux, ``ip`` or ``tc``.
    """

    count: int
    subnet: int = field(default_factory=lambda: os.getpid() % 250)
    _running: dict[int, list[subprocess.Popen[bytes]]] = field(default_factory=dict)

    def __enter__(self) -> Hosts:
        missing = [name for name in ("ip", "tc") if shutil.which(name) is None]
        if missing or not hasattr(os, "geteuid") or os.geteuid() != 0:
            raise NoHosts(f"network namespaces need Linux, root, ip and tc; missing: {missing}")
        try:
            _ip("link", "add", self._bridge, "type", "bridge")
            _ip("addr", "add", f"{self.address(254)}/24", "dev", self._bridge)
            _ip("link", "set", self._bridge, "up")
            for host in range(1, self.count + 1):
                space, outer = self._space(host), f"{self._bridge}v{host}"
                _ip("netns", "add", space)
                _ip("link", "add", outer, "type", "veth", "peer", "name", "eth0", "netns", space)
                _ip("link", "set", outer, "master", self._bridge, "up")
                inside = ("netns", "exec", space, "ip")
                _ip(*inside, "addr", "add", f"{self.address(host)}/24", "dev", "eth0")
                _ip(*inside, "link", "set", "eth0", "up")
                _ip(*inside, "link", "set", "lo", "up")
        except NoHosts:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for host in list(self._running):
            self.kill(host)
        for host in range(1, self.count + 1):
            subprocess.run(
                ["ip", "netns", "del", self._space(host)], capture_output=True, check=False
            )
        subprocess.run(["ip", "link", "del", self._bridge], capture_output=True, check=False)

    @property
    def _bridge(self) -> str:
        return f"rm{self.subnet}"

    def _space(self, host: int) -> str:
        return f"railmap-{self.subnet}-{host}"

    def address(self, host: int) -> str:
        """IPv4 address of a host."""
        return f"10.77.{self.subnet}.{host}"

    def limit(self, host: int, rate: str) -> None:
        """Limit what a host sends, such as to ``2mbit``."""
        _ip(
            "netns", "exec", self._space(host), "tc", "qdisc", "add", "dev", "eth0", "root",
            "tbf", "rate", rate, "burst", "32kbit", "latency", "400ms",
        )  # fmt: skip

    def start(self, host: int, command: Sequence[str], **environment: str) -> None:
        """Start a program on a host."""
        process = subprocess.Popen(
            ["ip", "netns", "exec", self._space(host), *command],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **environment},
            start_new_session=True,
        )
        self._running.setdefault(host, []).append(process)

    def kill(self, host: int) -> None:
        """Kill all programs of a host at once, as a power cut does."""
        spaces = subprocess.run(
            ["ip", "netns", "pids", self._space(host)], capture_output=True, text=True, check=False
        )
        for pid in spaces.stdout.split():
            os.kill(int(pid), signal.SIGKILL)
        for process in self._running.pop(host, []):
            process.kill()
            process.wait()
