"""Runs every `sh` block of docs/operating.md, in order, against the services of docker-compose.yml.

Programs that need a docker engine or a running systemd are stood in for: `docker compose` by
scripts/compose_run.py, which runs the same services from the same file; `systemctl` and
`journalctl` by a check that the unit exists and the verb is one of theirs. `sudo` runs its
command as who runs the test.
"""

import os
import re
import shlex
import subprocess
import unittest
from pathlib import Path

from stack import OFFSET, ROOT, Stack

STAND_INS = {
    "sudo": 'exec "$@"',
    "sysctl": '[ "$*" = "-w vm.max_map_count=262144" ]',
    # The package of this version, as `make dist` names it; not installed here.
    "apt": '[ "$1" = install ] && [ "$2" = "./robotoff_$VERSION_amd64.deb" ]',
    "nano": 'grep -q "$1" "$ROOT/scripts/dist.py"',
    "systemctl": 'exec python3 "$ROOT/tests/deploy/units.py" systemctl "$@"',
    "journalctl": 'exec python3 "$ROOT/tests/deploy/units.py" journalctl "$@"',
}


def blocks(page: str) -> list[tuple[int, str]]:
    """The `sh` blocks of a page with the numbers of their first lines."""
    found, current = [], None
    for number, line in enumerate(page.splitlines(), 1):
        if current is None and line.strip() == "```sh":
            current = (number + 1, [])
        elif current is not None and line.strip() == "```":
            found.append((current[0], "\n".join(current[1])))
            current = None
        elif current is not None:
            current[1].append(line)
    return found


class Operating(unittest.TestCase):
    def setUp(self):
        # Nothing is fetched: the services begin with the lists that are built in.
        nowhere = "http://127.0.0.1:9"
        self.stack = Stack(DATA_URL=nowhere, DATA_LISTS_URL=nowhere, MODELS_URL="/nowhere")
        self.addCleanup(self.stack.close)
        self.bin = self.stack.folder / "bin"
        self.bin.mkdir()
        for name, script in STAND_INS.items():
            self.program(name, script)
        self.program("docker", f'[ "$1" = compose ] && shift && exec {shlex.join(self.stack.argv())} "$@"')
        (self.bin / "robotoff").symlink_to(self.stack.program)
        # The published ports of the page, moved.
        self.program("curl", f'exec /usr/bin/curl "${{@//:5500/:{5500 + OFFSET}}}"', shell="bash")
        for name in (".env.example",):
            (self.stack.folder / name).write_text((ROOT / name).read_text())

    def program(self, name: str, script: str, shell: str = "sh") -> None:
        path = self.bin / name
        path.write_text(f"#!/bin/{shell}\n{script}\n")
        path.chmod(0o755)

    def run_block(self, text: str) -> subprocess.CompletedProcess:
        version = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.M)[1]
        environment = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ} | self.stack.variables | {
            "PATH": f"{self.bin}:{os.environ['PATH']}", "ROOT": str(ROOT), "VERSION_amd64": f"{version}_amd64",
            "DATABASE_URL": f"postgres://postgres:postgres@127.0.0.1:{5501 + OFFSET}/robotoff",
            "RESTORED_URL": f"postgres://postgres:postgres@127.0.0.1:{5501 + OFFSET}/restored",
            "STATE_DIR": str(self.stack.folder),
        }
        return subprocess.run(["bash", "-euo", "pipefail", "-c", text], cwd=self.stack.folder, env=environment,
                              capture_output=True, text=True, timeout=400, check=False)

    def test_every_command_of_the_page_works(self):
        found = blocks((ROOT / "docs/operating.md").read_text())
        self.assertGreater(len(found), 8)
        for number, text in found:
            for line in text.splitlines():
                done = self.run_block(line)
                where = f"docs/operating.md:{number}: {line}\n{done.stdout}{done.stderr}"
                self.assertEqual(done.returncode, 0, f"{where}\n{self.stack.logs()}")
                print(f"ok: {line}")


class Reading(unittest.TestCase):
    def test_only_sh_blocks_are_commands(self):
        self.assertEqual(blocks("a\n```sh\nx\ny\n```\n```\nz\n```\n"), [(3, "x\ny")])


if __name__ == "__main__":
    unittest.main()
