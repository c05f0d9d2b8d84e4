"""Services of docker-compose.yml for the tests, run by scripts/compose_run.py."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("ROBOTOFF_PROGRAM", ROOT / "target/debug/robotoff")).resolve()
# Below the range from which the system gives ports to clients.
OFFSET = 10_000 + os.getpid() % 900 * 10
# No access to the network, no edits, no search unless a test asks for it.
QUIET = {"PRODUCTS_URL": "none", "EDITS": "record", "DATA_PULL": "off", "SEARCH_URL": "none"}


class Stack:
    """A folder, a copy of the file, and the services that run from them."""

    def __init__(self, change=lambda text: text, program=PROGRAM, **variables):
        self.folder = Path(tempfile.mkdtemp(prefix="robotoff-deploy-"))
        # Servers run as other users.
        self.folder.chmod(0o711)
        self.file = self.folder / "docker-compose.yml"
        self.maps = self.folder / "max_map_count"
        self.maps.write_text("262144\n")
        self.program, self.variables = program, QUIET | variables
        self.rewrite(change)

    def rewrite(self, change) -> None:
        original = (ROOT / "docker-compose.yml").read_text()
        changed = change(original)
        self.file.write_text(changed)

    def argv(self, *words) -> list[str]:
        return [
            sys.executable, str(ROOT / "scripts/compose_run.py"), "--file", str(self.file),
            "--program", str(self.program), "--folder", str(self.folder / "run"), "--port-offset", str(OFFSET),
            "--stand-in", f"/proc/sys/vm/max_map_count={self.maps}", *words,
        ]

    def call(self, *words, check=True) -> subprocess.CompletedProcess:
        # Settings of whoever runs the tests do not reach the services.
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "TMPDIR", "LANG")}
        done = subprocess.run(self.argv(*words), env=kept | self.variables, text=True, capture_output=True, check=False)
        if check and done.returncode:
            raise AssertionError(f"{words}: {done.stdout}{done.stderr}\n{self.logs()}")
        return done

    def up(self, *services, scale=(), check=True):
        options = [word for pair in scale for word in ("--scale", pair)]
        return self.call("up", "-d", *options, *services, check=check)

    def rows(self) -> dict:
        rows = json.loads(self.call("ps", "--json").stdout)
        return {row["Name"]: row for row in rows}

    def wait_for(self, what, seconds=60):
        until = time.time() + seconds
        while time.time() < until:
            if found := what():
                return found
            time.sleep(0.1)
        raise AssertionError(f"not within {seconds} s\n{self.rows()}\n{self.logs()}")

    def logs(self) -> str:
        parts = []
        for log in sorted((self.folder / "run/logs").glob("*.log")):
            parts.append(f"== {log.name}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-12:]))
        return "\n".join(parts)

    def log(self, name: str) -> str:
        return (self.folder / "run/logs" / f"{name}.log").read_text(errors="replace")

    def close(self) -> None:
        self.call("down", check=False)
        shutil.rmtree(self.folder, ignore_errors=True)


def get(url: str) -> str | None:
    """The body of a successful answer, else `None`."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5) as answer:
            return answer.read().decode()
    except OSError:
        return None
