"""Old and new processes side by side on one database.

ROBOTOFF_OLD_PROGRAM names a program of an earlier version. Without it the same program is both,
and a migration of a later version is made up: a column, an unknown step, an unknown kind of job.
"""

import os
import subprocess
import time
import unittest
from pathlib import Path

from stack import OFFSET, PROGRAM, QUIET, ROOT, Stack, get

OLD = Path(os.environ.get("ROBOTOFF_OLD_PROGRAM", PROGRAM))
URL = f"postgres://postgres:postgres@127.0.0.1:{5501 + OFFSET}/robotoff"
LATER = """
ALTER TABLE job ADD COLUMN later text;
INSERT INTO robotoff_migration (name, applied_at) VALUES ('901_later', '2030-01-01')
"""


class Upgrade(unittest.TestCase):
    def setUp(self):
        self.stack = Stack()
        self.addCleanup(self.stack.close)
        self.stack.up("postgres")
        self.running = []
        self.addCleanup(self.end_all)

    def environment(self, **more) -> dict:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return kept | QUIET | {"DATABASE_URL": URL, "LOG_FORMAT": "json"} | more

    def start(self, program: Path, *words, **more) -> subprocess.Popen:
        with (self.stack.folder / f"process-{len(self.running)}.log").open("wb") as log:
            process = subprocess.Popen([program, *words], env=self.environment(**more), stdout=log, stderr=log)
        self.running.append(process)
        return process

    def end_all(self):
        for process in self.running:
            process.terminate()
        for process in self.running:
            process.wait(60)

    def call(self, program: Path, *words) -> str:
        done = subprocess.run([program, *words], env=self.environment(), capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, f"{words}: {done.stdout}{done.stderr}")
        return done.stdout

    def sql(self, text: str) -> str:
        words = ["exec", "-T", "postgres", "psql", "-U", "postgres", "-d", "robotoff", "-v", "ON_ERROR_STOP=1", "-Atqc", text]
        return self.stack.call(*words).stdout.strip()

    def wait_for(self, what, why: str):
        until = time.time() + 60
        while not what():
            self.assertLess(time.time(), until, f"{why}\n{self.logs()}")
            time.sleep(0.2)

    def logs(self) -> str:
        return "\n".join(log.read_text()[-2000:] for log in sorted(self.stack.folder.glob("process-*.log")))

    def test_old_and_new_workers_share_the_queue_and_leave_each_other_their_jobs(self):
        self.call(OLD, "migrate")
        api = f"127.0.0.1:{5500 + OFFSET}"
        old = [self.start(OLD, "worker"), self.start(OLD, "api", LISTEN=api)]
        self.wait_for(lambda: get(f"http://{api}/api/v1/status"), "the old api does not answer")

        # The schema changes while they run.
        self.call(PROGRAM, "migrate")
        self.sql(LATER)
        self.start(PROGRAM, "worker")
        for number in range(1, 9):
            self.call(PROGRAM, "import-image", "--barcode", f"149001200012{number}", "--image-id", "1",
                      "--ocr", str(ROOT / "data/demo/3561234567890_1.json"))
        self.call(PROGRAM, "refresh", "--all", "--yes", "--queue")
        self.wait_for(lambda: self.sql("SELECT count(*) FROM job WHERE kind = 'refresh' AND state = 'done'") == "8", "jobs wait")
        self.assertEqual(self.sql("SELECT count(*) FROM job WHERE state = 'dead'"), "0")
        self.assertIn("count", get(f"http://{api}/api/v1/questions/random?count=1"))
        self.assertTrue(all(process.poll() is None for process in self.running), self.logs())
        # One more of the old version may start, and one after the other ends in order.
        self.call(OLD, "worker", "--burst")
        for process in old:
            process.terminate()
            self.assertEqual(process.wait(60), 0, self.logs())

    def test_a_job_of_a_later_version_waits_for_a_worker_of_it(self):
        self.call(PROGRAM, "migrate")
        self.call(PROGRAM, "import-image", "--barcode", "1490012000126", "--image-id", "1",
                  "--ocr", str(ROOT / "data/demo/3561234567890_1.json"))
        self.call(PROGRAM, "queue", "pause", "low")
        self.call(PROGRAM, "refresh", "--all", "--yes", "--queue")
        self.sql("UPDATE job SET kind = 'later' WHERE kind = 'refresh'")
        self.call(PROGRAM, "queue", "resume", "low")
        self.start(PROGRAM, "worker")
        self.wait_for(lambda: self.sql("SELECT count(*) FROM job WHERE kind = 'later' AND last_error LIKE '%another version%'") == "1",
                      "it was not put back")
        self.assertEqual(self.sql("SELECT state, attempts FROM job WHERE kind = 'later'"), "waiting|0")

    def test_a_schema_that_an_old_program_cannot_work_with_is_refused(self):
        self.call(PROGRAM, "migrate")
        self.sql(LATER.replace("901_later", "902_later_breaking"))
        done = subprocess.run([PROGRAM, "worker"], env=self.environment(), capture_output=True, text=True, timeout=60, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("902_later_breaking, for which this program is too old", done.stderr)


if __name__ == "__main__":
    unittest.main()
