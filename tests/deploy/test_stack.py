"""The services of docker-compose.yml, started from the file itself."""

import os
import signal
import unittest
from pathlib import Path

from stack import OFFSET, Stack, get

API = f"http://127.0.0.1:{5500 + OFFSET}/api/v1/status"


class StackTest(unittest.TestCase):
    """Each test has services of its own."""

    def stack(self, change=lambda text: text, **variables) -> Stack:
        stack = Stack(change, **variables)
        self.addCleanup(stack.close)
        return stack

    def replaced(self, text: str, old: str, new: str) -> str:
        self.assertEqual(text.count(old), 1, f"{old!r} in the file")
        return text.replace(old, new)


class Whole(StackTest):
    def test_all_services_come_up_healthy_and_survive_a_kill(self):
        stack = self.stack()
        stack.up("elasticsearch", "api", "workers", "scheduler", "listener", scale=["workers=2"])
        rows = stack.rows()
        healthy = [name for name, row in rows.items() if row["Health"] == "healthy"]
        self.assertEqual(sorted(healthy), [
            "robotoff-workers-1", "robotoff-workers-2", "robotoff_api_1", "robotoff_elasticsearch_1",
            "robotoff_listener_1", "robotoff_postgres_1", "robotoff_redis_1", "robotoff_scheduler_1",
        ])
        self.assertEqual(rows["robotoff_migrate_1"]["ExitCode"], 0)
        self.assertIn("running", get(API))

        known = get(f"http://127.0.0.1:{rows['robotoff-workers-2']['Ports']['9464']}/metrics")
        self.assertIn('part="worker"', known)
        # Each state that an alert or the dashboard names is shown.
        for state in ("waiting", "dead"):
            self.assertIn(f'robotoff_queued_jobs{{queue="high",state="{state}"}}', known)

        listed = stack.call("exec", "api", "robotoff", "ps", "--json").stdout
        self.assertEqual(listed.count('"kind":"worker"'), 2, listed)

        killed = rows["robotoff-workers-1"]["Pid"]
        os.kill(killed, signal.SIGKILL)
        again = stack.wait_for(lambda: stack.rows()["robotoff-workers-1"]["Restarts"] == 1
                               and stack.rows()["robotoff-workers-1"]["State"] == "running"
                               and stack.rows()["robotoff-workers-1"])
        self.assertNotEqual(again["Pid"], killed)

        stack.call("stop", "scheduler")
        self.assertEqual(stack.rows()["robotoff_scheduler_1"]["State"], "exited")
        self.assertEqual(stack.rows()["robotoff_scheduler_1"]["ExitCode"], 0)
        stack.call("start", "scheduler")
        self.assertEqual(stack.rows()["robotoff_scheduler_1"]["Health"], "healthy")

    def test_elasticsearch_refuses_a_low_limit_of_maps_and_says_the_command(self):
        stack = self.stack()
        stack.maps.write_text("65530\n")
        self.assertNotEqual(stack.call("up", "-d", "--wait", "3", "elasticsearch", check=False).returncode, 0)
        row = stack.rows()["robotoff_elasticsearch_1"]
        self.assertNotEqual(row["Health"], "healthy")
        self.assertIn("sudo sysctl -w vm.max_map_count=262144", stack.log("robotoff_elasticsearch_1"))
        stack.maps.write_text("262144\n")
        stack.wait_for(lambda: stack.rows()["robotoff_elasticsearch_1"]["Health"] == "healthy", 120)


class Changes(StackTest):
    def test_another_port_in_the_file_is_the_port_of_the_api(self):
        stack = self.stack(lambda text: self.replaced(text, "${ROBOTOFF_EXPOSE:-127.0.0.1:5500}", "127.0.0.1:5599"))
        stack.up("api")
        self.assertIn("running", get(f"http://127.0.0.1:{5599 + OFFSET}/api/v1/status"))
        self.assertIsNone(get(API))

    def test_a_port_of_the_environment_is_the_port_of_the_api(self):
        stack = self.stack(ROBOTOFF_EXPOSE="127.0.0.1:5577")
        stack.up("api")
        self.assertIn("running", get(f"http://127.0.0.1:{5577 + OFFSET}/api/v1/status"))

    def test_another_command_in_the_file_is_what_runs(self):
        stack = self.stack(lambda text: self.replaced(text, "command: [worker]", "command: [worker, --queues, low]"))
        stack.up("workers")
        process = stack.rows()["robotoff-workers-1"]["Pid"]
        words = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
        self.assertEqual(words[1:4], [b"worker", b"--queues", b"low"])

    def test_a_service_whose_dependency_fails_does_not_start(self):
        def fails(text):
            return self.replaced(text, "command: [migrate]", "command: [migrate, --no-such-flag]")

        stack = self.stack(fails)
        self.assertNotEqual(stack.up("scheduler", check=False).returncode, 0)
        row = stack.rows()["robotoff_scheduler_1"]
        self.assertEqual((row["State"], row["Pid"]), ("dependency failed", None))

    def test_without_the_dependency_it_starts_and_refuses_the_old_schema(self):
        def independent(text):
            text = self.replaced(text, "command: [migrate]", "command: [migrate, --no-such-flag]")
            before, scheduler, rest = text.partition("\n  scheduler:\n")
            rest = rest.replace("      migrate: {condition: service_completed_successfully}\n", "", 1)
            return before + scheduler + rest

        stack = self.stack(independent)
        self.assertNotEqual(stack.call("up", "-d", "--wait", "10", "scheduler", check=False).returncode, 0)
        stack.wait_for(lambda: stack.rows()["robotoff_scheduler_1"]["Restarts"] > 0)
        self.assertIn("robotoff migrate", stack.log("robotoff_scheduler_1"))


if __name__ == "__main__":
    unittest.main()
