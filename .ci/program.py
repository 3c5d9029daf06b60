"""The program and what runs beside it, as processes that a check starts, asks, kills and stops."""

import http.client
import json
import pathlib
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

PATIENCE = 120


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def until(what, holds, patience=PATIENCE):
    """Waits until something holds, and gives it; a wait that ends otherwise is a failure."""
    began = time.monotonic()
    while not (held := holds()):
        assert time.monotonic() - began < patience, f"waited in vain: {what}"
        time.sleep(0.05)
    return held


class Process:
    """A program that is started, killed as kill -9 does, and started again on the same port."""

    everyone = []

    def __init__(self, folder, name, command):
        self.log, self.command, self.running = folder / f"{name}.log", command, None
        Process.everyone.append(self)

    def start(self):
        with open(self.log, "ab") as log:
            self.running = subprocess.Popen(self.command, stdout=log, stderr=log)
        return self

    def kill(self):
        self.running.kill()
        self.running.wait()

    def stop(self):
        self.running.send_signal(signal.SIGTERM)
        return self.running.wait(PATIENCE)


class Unreachable(Exception):
    """The server is not there."""


class Server(Process):
    """`provdir serve` on a folder, and a token to ask it with."""

    def __init__(self, folder, program, *arguments):
        self.program = str(pathlib.Path(program).resolve())
        self.data, self.port_file, self.token = str(folder / "provdir"), folder / "port", None
        super().__init__(folder, "server", [
            self.program, "serve", "--data", self.data, "--listen", "127.0.0.1:0",
            "--port-file", str(self.port_file), *arguments,
        ])

    def start(self):
        self.port_file.unlink(missing_ok=True)
        super().start()

        def serves():
            assert self.running.poll() is None, "the server ended"
            return self.port_file.exists()

        until("the server listens", serves)
        return self

    def issue_token(self):
        made = subprocess.run(
            [self.program, "token", "create", "ci", "--json", "--data", self.data], check=True, capture_output=True, text=True
        )
        self.token = json.loads(made.stdout)["token"]

    def address(self):
        return f"http://127.0.0.1:{self.port_file.read_text()}"

    def ask(self, method, path, body=None, headers=None):
        """The answer; a refusal fails, a dead server raises Unreachable."""
        try:
            request = urllib.request.Request(
                self.address() + path, None if body is None else json.dumps(body, ensure_ascii=False).encode(), method=method,
                headers={"authorization": f"Bearer {self.token}", "content-type": "application/json", **(headers or {})},
            )
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.loads(answer.read() or "null")
        except urllib.error.HTTPError as refused:
            if refused.code == 503:
                raise Unreachable from refused
            raise AssertionError(f"{method} {path}: {refused.code} {refused.read().decode()}") from refused
        except (OSError, http.client.HTTPException) as gone:
            raise Unreachable from gone


def run(story):
    """Runs a check; where it fails, the logs tell why; nothing is left running."""
    try:
        story()
    except BaseException:
        for process in Process.everyone:
            if process.log.exists():
                print(f"--- {process.log.stem}\n{process.log.read_text(errors='replace')[-4000:]}", file=sys.stderr)
        raise
    finally:
        for process in Process.everyone:
            if process.running and process.running.poll() is None:
                process.stop()
