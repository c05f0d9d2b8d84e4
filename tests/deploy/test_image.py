"""The Dockerfile's steps, carried out in clean roots with the program of the tests."""

import os
import subprocess
import sys
import tempfile
import unittest

from stack import PROGRAM, ROOT


# chroot needs root: without it, and without sudo, the tests fail with that reason.
AS_ROOT = [] if os.getuid() == 0 else ["sudo", "-n"]


class Image(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # Shared, so that the clean root is made once.
        cls.folder = tempfile.mkdtemp(prefix="robotoff-image-")
        cls.addClassCleanup(subprocess.run, [*AS_ROOT, "rm", "-rf", cls.folder], check=True)

    def run_dockerfile(self, *words) -> subprocess.CompletedProcess:
        script = [*AS_ROOT, sys.executable, ROOT / "scripts/dockerfile_run.py", "--prebuilt", PROGRAM, "--folder", self.folder]
        return subprocess.run([*script, *words], capture_output=True, text=True, check=False)

    def test_the_small_image_runs_as_a_user_in_a_read_only_root(self):
        # The program of the tests is not optimized; the limit of 120 MB is that of the release.
        done = self.run_dockerfile("--target", "service", "--limit-mb", "300")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("build: NOT carried out", done.stdout)
        self.assertIn("runs as 10001:10001 in a read-only root", done.stdout)

    def test_a_failing_step_and_an_unknown_instruction_are_reported(self):
        for old, new, reason in (("RUN cp /etc/ssl", "RUN cp /nowhere", "RUN cp /nowhere"), ("USER 10001", "USERS 10001", "USERS is not understood")):
            with tempfile.NamedTemporaryFile("w", suffix=".Dockerfile") as file:
                file.write((ROOT / "Dockerfile").read_text().replace(old, new))
                file.flush()
                done = self.run_dockerfile("--target", "service", "--file", file.name)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(reason, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
