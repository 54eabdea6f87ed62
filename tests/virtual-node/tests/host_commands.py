# SPDX-License-Identifier: Apache-2.0
"""The command as its user sees it: exit statuses, output, time limit, signals, and nothing left behind."""

import fcntl
import hashlib
import os
import pty
import select
import signal
import struct
import subprocess
import tempfile
import termios
import time
from pathlib import Path

from checks import Checks

HOME = Path(__file__).resolve().parents[1]
VNODE = HOME / "vnode"
MACHINE = "p4d-efa-only"
BOOT_S = 120  # until a command runs, on a busy machine


def vnode(*args: str, timeout: float = BOOT_S) -> tuple[int, str, str]:
    done = subprocess.run([VNODE, *args], stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout,
                          check=False, text=True)
    return done.returncode, done.stdout, done.stderr


class Running:
    """A node whose command has begun (or that still starts), and the QEMU behind it."""

    def __init__(self, *options: str, command: str = "echo begun; sleep 1000", begun: bool = True) -> None:
        self.process = subprocess.Popen([VNODE, "run", MACHINE, *options, "--", "sh", "-c", command],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.first = self.process.stdout.readline() if begun else ""
        self.qemu: list[int] = []
        while not self.qemu and self.process.poll() is None:
            self.qemu = _children(self.process.pid)
            time.sleep(0.1)

    def end(self) -> tuple[int, str]:
        _, errors = self.process.communicate(timeout=60)
        return self.process.returncode, errors

    def left(self) -> list[int]:
        """Processes of it that are still there, a moment later."""
        for _ in range(100):
            there = [pid for pid in self.qemu if _alive(pid)]
            if not there:
                return []
            time.sleep(0.05)
        return there


def _children(pid: int) -> list[int]:
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        return [int(p) for p in f.read().split()]


def _alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def refusals(c: Checks) -> None:
    for args, part in ((("run", "nowhere", "--", "true"), 'no machine "nowhere"'),
                       (("run", MACHINE), "which command"),
                       (("run", MACHINE, "--fault", "card:9:hang", "--", "true"), 'no rail "card:9"'),
                       (("run", MACHINE, "--share", "/nowhere", "--", "true"), "not a folder"),
                       (("run", MACHINE, "--console", "/nowhere/c", "--", "true"), "No such file"),
                       (("run", MACHINE, "--timeout", "0", "--", "true"), "more than 0"),
                       (("run", MACHINE, "--devices", "/nowhere", "--", "true"), "QEMU ended"),
                       (("shell", MACHINE), "must be a terminal"),
                       (("fault", "nobody", "card:0", "hang"), 'no running node "nobody"')):
        status, output, errors = vnode(*args)
        c.ok(f"vnode {' '.join(args)} is refused", status == 125 and part in errors and not output,
             (status, output, errors))
    c.same("vnode list", vnode("list")[1].split()[0], "no-efa")
    start = time.monotonic()
    status, output, _ = vnode("build")
    c.ok("a second build costs nothing", status == 0 and time.monotonic() - start < 2, output)


def command(c: Checks) -> None:
    """One boot: status, output byte for byte, environment, folders."""
    script = ("head -c 1000000 /dev/zero | tr '\\0' 'x'; pwd >&2; echo $FLAVOUR; ls /dev/stdout >/dev/null; "
              "echo there > $SHARE/file; echo gone > /etc/vnode-test; exit 7")
    with tempfile.TemporaryDirectory() as share:
        status, output, errors = vnode("run", MACHINE, "--share", share, "--env", "FLAVOUR=sweet sour",
                                       "--env", f"SHARE={share}", "--console", f"{share}/console",
                                       "--", "sh", "-c", script)
        c.same("exit status is passed on", (status, errors), (7, ""))
        expected = "x" * 1000000 + os.getcwd() + "\nsweet sour\n"
        c.same("all output arrives", hashlib.sha256(output.encode()).hexdigest(),
               hashlib.sha256(expected.encode()).hexdigest())
        c.same("what is written to the share stays", (Path(share) / "file").read_text(), "there\n")
        c.ok("what is written elsewhere does not", not os.path.exists("/etc/vnode-test"))
        c.ok("console is written", (Path(share) / "console").stat().st_size > 0)


def no_command(c: Checks) -> None:
    status, output, _ = vnode("run", MACHINE, "--", "no-such-command")
    c.ok("a command that is not there: 127 and a sentence", status == 127 and "cannot run" in output,
         (status, output))


def crash(c: Checks) -> None:
    status, _, errors = vnode("run", MACHINE, "--", "sh", "-c", "echo c > /proc/sysrq-trigger")
    c.ok("a guest that panics: 125 and its last words", status == 125 and "panic" in errors,
         (status, errors))


def time_limit(c: Checks) -> None:
    start = time.monotonic()
    status, _, errors = vnode("run", MACHINE, "--timeout", "1.5", "--", "sleep", "1000")
    c.ok("time limit: 124 and a sentence", status == 124 and "time limit of 1.5 s" in errors, (status, errors))
    c.ok("the limit is kept", time.monotonic() - start < 10)


def control(c: Checks) -> None:
    """From a second shell."""
    node = Running("--name", "tests-of-vnode")
    c.same("output comes at once", node.first, "begun\n")
    c.ok("vnode ps", "tests-of-vnode\n" in vnode("ps")[1])
    c.same("vnode fault", vnode("fault", "tests-of-vnode", "card:1", "link")[0], 0)
    rails = vnode("rails", "tests-of-vnode")[1].splitlines()
    c.ok("vnode rails shows it", rails[2].endswith("link"), rails)
    c.ok("a refusal comes back", "no fault" in vnode("fault", "tests-of-vnode", "card:1", "x")[2])
    status, _, errors = vnode("run", MACHINE, "--name", "tests-of-vnode", "--", "true")
    c.ok("a second run of the same name is refused", status == 125 and "tests-of-vnode" in errors, errors)
    node.process.send_signal(signal.SIGTERM)
    c.same("SIGTERM: exit status", node.end()[0], 128 + signal.SIGTERM)
    c.same("SIGTERM leaves no process", node.left(), [])
    c.ok("and no name", "tests-of-vnode" not in vnode("ps")[1])


def signals(c: Checks) -> None:
    for number in (signal.SIGINT, signal.SIGKILL):
        node = Running(begun=False)
        node.process.send_signal(number)
        status, _ = node.end()
        c.same(f"{number.name}: exit status", status,
               -number if number == signal.SIGKILL else 128 + number)
        c.ok(f"{number.name} leaves no process", len(node.qemu) == 1 and not node.left(), node.left())


def qemu_dies(c: Checks) -> None:
    node = Running(begun=False)
    os.kill(node.qemu[0], signal.SIGKILL)
    status, errors = node.end()
    c.ok("QEMU is killed: 125 and a sentence", status == 125 and "signal 9" in errors, (status, errors))


def qemu_crashes(c: Checks) -> None:
    """Before the command began: once more, and only once."""
    node = Running(begun=False, command="echo begun; exit 3")
    os.kill(node.qemu[0], signal.SIGSEGV)
    out, errors = node.process.communicate(timeout=BOOT_S)
    c.ok("QEMU crashes at the start: said, and started once more", (node.process.returncode, out) == (3, "begun\n") and "once more" in errors,
         (node.process.returncode, out, errors))
    node = Running(begun=False)
    first = node.qemu[0]
    os.kill(first, signal.SIGSEGV)
    while (qemu := _children(node.process.pid)) in ([first], []) and node.process.poll() is None:
        time.sleep(0.1)
    os.kill(qemu[0], signal.SIGSEGV)
    status, errors = node.end()
    c.ok("QEMU crashes again: 125 and a sentence", status == 125 and errors.count("signal 11") == 2, (status, errors))
    node = Running()
    os.kill(node.qemu[0], signal.SIGSEGV)
    status, errors = node.end()
    c.ok("QEMU crashes under the command: 125, and not tried again", status == 125 and "once more" not in errors, (status, errors))


def reader_goes(c: Checks) -> None:
    node = Running(command="yes")
    assert node.process.stdout is not None
    node.process.stdout.close()
    c.same("output that nobody reads ends the run", node.process.wait(60), 128 + signal.SIGPIPE)
    c.same("and leaves no process", node.left(), [])


def shell(c: Checks) -> None:
    """On a terminal of our own: size, interrupt, exit status."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execv(VNODE, [str(VNODE), "shell", "no-efa"])
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("4H", 33, 99, 0, 0))
    seen = _until(fd, b"# ", b"", BOOT_S)
    os.write(fd, b"stty size; (echo a$((2 + 2))b; exec sleep 1000)\r")
    seen = _until(fd, b"a4b", seen, 20)
    c.ok("shell: the terminal has its size", b"33 99" in seen, seen)
    os.write(fd, b"\x03")
    os.write(fd, b"echo a$((1 + 1))b\r")
    seen = _until(fd, b"a2b", seen, 20)
    c.ok("shell: Ctrl-C ends what runs in the node", b"a2b" in seen, seen)
    os.write(fd, b"exit 5\r")
    _until(fd, b"never seen", b"", 20)
    if not select.select([fd], [], [], 20)[0]:
        os.kill(pid, signal.SIGKILL)
    c.same("shell: exit status", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 5)
    os.close(fd)


def _until(fd: int, text: bytes, seen: bytes, limit: float) -> bytes:
    """Reads until the text comes, the other side goes, or the time is over."""
    end = time.monotonic() + limit
    while text not in seen and time.monotonic() < end:
        if select.select([fd], [], [], 0.2)[0]:
            try:
                seen += os.read(fd, 4096)
            except OSError:
                return seen
    return seen


PARTS = [refusals, command, no_command, crash, time_limit, control, signals, qemu_dies, qemu_crashes,
         reader_goes, shell]
