"""What can be said of the files of a deployment without starting anything."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import jsonschema
import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
import dockerfile  # noqa: E402

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
ONE_SHOT = {"migrate", "data", "models", "index", "tools"}
OURS = {name for name, service in SERVICES.items() if "build" in service}
DATABASES = {"postgres", "redis", "elasticsearch"}


def settings() -> set[str]:
    """The settings of the program, from the page that a test keeps equal to the program."""
    page = (ROOT / "docs/configuration.md").read_text()
    return set(re.findall(r"^\| `(\w+)` \|", page, re.M))


def metrics() -> set[str]:
    """The metrics of the program: the constants of its list."""
    source = (ROOT / "crates/robotoff-app/src/metrics.rs").read_text()
    return set(re.findall(r'^const \w+: &str = "(robotoff_\w+)";', source, re.M))


def example() -> dict[str, str]:
    lines = (ROOT / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def unknown_metrics(queries) -> set[str]:
    """Metrics in queries that the program does not have; histograms have three series each."""
    named = {name for query in queries for name in re.findall(r"\brobotoff_\w+", query)}
    return {name for name in named if re.sub(r"_(bucket|sum|count)$", "", name) not in metrics()}


class Compose(unittest.TestCase):
    def test_the_file_has_the_form_of_the_compose_specification(self):
        path = ROOT / "tests/clients/node_modules/dclint/schemas/compose.schema.json"
        validator = jsonschema.Draft7Validator(json.loads(path.read_text()))
        self.assertEqual([error.message for error in validator.iter_errors(COMPOSE)], [])
        wrong = {**COMPOSE, "services": {"api": {"command": 5, "prots": []}}}
        self.assertTrue(list(validator.iter_errors(wrong)), "the schema admits anything")

    def test_the_project_and_its_services_have_the_names_of_the_operators_page(self):
        self.assertEqual(COMPOSE["name"], "robotoff")
        for name, service in SERVICES.items():
            wanted = None if name in ("workers", "tools") else f"robotoff_{name}_1"
            self.assertEqual(service.get("container_name"), wanted, name)

    def test_databases_are_reached_from_this_host_only(self):
        for name in DATABASES:
            for port in SERVICES[name]["ports"]:
                self.assertTrue(port.startswith("127.0.0.1:"), f"{name}: {port}")

    def test_our_containers_write_nowhere_and_have_no_capability(self):
        for name in OURS:
            service = SERVICES[name]
            self.assertTrue(service["read_only"], name)
            self.assertEqual(service["cap_drop"], ["ALL"], name)
            self.assertEqual(service["security_opt"], ["no-new-privileges:true"], name)
        for stage in dockerfile.read(ROOT / "Dockerfile"):
            if stage.name in ("service", "tools"):
                self.assertEqual(stage.last("USER"), "10001:10001", stage.name)

    def test_logs_are_rotated_and_services_have_a_health_check(self):
        for name, service in SERVICES.items():
            self.assertIn("max-size", service["logging"]["options"], name)
            check = service["healthcheck"]
            self.assertEqual("test" in check, name not in ONE_SHOT, name)

    def test_every_variable_of_the_file_is_in_the_example_with_its_default(self):
        found = re.findall(r"(?<!\$)\$\{(\w+)(?::-([^}]*))?\}", (ROOT / "docker-compose.yml").read_text())
        self.assertEqual({name: example().get(name) for name, _ in found}, {name: default for name, default in found})
        self.assertEqual(set(example()), {name for name, _ in found})

    def test_every_setting_that_the_file_gives_to_the_program_exists(self):
        for name in OURS:
            self.assertEqual(set(SERVICES[name]["environment"]) - settings(), set(), name)
        for stage in dockerfile.read(ROOT / "Dockerfile"):
            if stage.name in ("service", "tools"):
                self.assertEqual(set(stage.environment()) - settings() - {"PATH", "HOME"}, set())

    def test_every_target_and_every_copied_file_exists(self):
        stages = {stage.name: stage for stage in dockerfile.read(ROOT / "Dockerfile")}
        for name in OURS:
            self.assertIn(SERVICES[name]["build"]["target"], stages)
        for stage in stages.values():
            for step, argument in stage.steps:
                *sources, _ = argument.split()
                if step == "COPY" and not argument.startswith("--from"):
                    self.assertTrue(all((ROOT / source).exists() for source in sources), argument)
                elif step == "COPY":
                    self.assertIn(sources[0].removeprefix("--from="), stages)


class Observation(unittest.TestCase):
    def test_alerts_and_dashboard_ask_for_metrics_that_exist(self):
        rules = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())
        queries = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
        board = json.loads((ROOT / "deploy/grafana/dashboards/robotoff.json").read_text())
        queries += [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]
        self.assertGreater(len(queries), 25)
        self.assertEqual(unknown_metrics(queries), set())
        self.assertEqual(unknown_metrics(["rate(robotoff_teapots_total[1m])"]), {"robotoff_teapots_total"})

    def test_prometheus_accepts_its_configuration_and_the_alerts(self):
        for words in (["config", "--syntax-only", "prometheus.yml"], ["rules", "alerts.yml"]):
            done = subprocess.run([ROOT / "scripts/promtool.sh", "check", *words], cwd=ROOT / "deploy/prometheus",
                                  capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class Units(unittest.TestCase):
    FILES = sorted((ROOT / "deploy/systemd").glob("*.service"))

    def test_every_unit_is_hardened_and_reads_the_same_settings(self):
        self.assertEqual(len(self.FILES), 5)
        for file in self.FILES:
            text = file.read_text()
            for line in ("User=robotoff", "NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes",
                         "StateDirectory=robotoff", "CapabilityBoundingSet=", "EnvironmentFile=-/etc/robotoff/robotoff.env"):
                self.assertIn(f"\n{line}\n", text, file.name)
            given = re.findall(r"(\w+)=", re.search(r"^Environment=(.*)$", text, re.M)[1])
            self.assertEqual(set(given) - settings() - {"HOME"}, set())

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd is not installed")
    def test_systemd_accepts_the_units(self):
        with tempfile.TemporaryDirectory() as folder:
            units = []
            for file in [*self.FILES, ROOT / "deploy/systemd/robotoff.target"]:
                # A template is checked as an instance; the program need not be installed.
                unit = Path(folder) / file.name
                unit.write_text(file.read_text().replace("/usr/bin/robotoff", "/bin/true"))
                units.append(str(unit).replace("@.", "@1."))
            done = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, check=False)
            own = [line for line in done.stderr.splitlines() if "robotoff" in line]
            self.assertEqual((done.returncode, own), (0, []), done.stderr)
        for file in self.FILES:
            done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=25", str(file)],
                                  capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout[-300:])


if __name__ == "__main__":
    unittest.main()
