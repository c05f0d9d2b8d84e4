#!/usr/bin/env python3
"""Runs the services of docker-compose.yml without docker, from the file itself.

    compose_run.py --program target/debug/robotoff --folder DIR up [-d] [--scale S=N] [SERVICE...]
    compose_run.py --folder DIR ps | logs | stop | start | restart | kill | exec | run | down ...

From the file come: which services there are and their profiles, commands and entry points,
environment with the substitution of variables, health checks, dependencies with their
conditions, one-shot services, the restart policy, published ports, volumes, numbers of
instances. In the place of images are programs of this machine (local_images.py), and for our own
images the program that --program names, with ENTRYPOINT, ENV and CMD of the Dockerfile.

Every port is on loopback: a published one at its number plus --port-offset, others at free
ports. `SERVICE:PORT`, and `localhost:PORT` of the service itself, are replaced by the address;
paths of volumes by folders below DIR. Each process has its own group and is stopped by its id.

Not imitated: images and their file systems, read_only, users, capabilities, limits of memory
and files, tmpfs, networks, the rotation of logs.
"""

import argparse
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import yaml

import dockerfile
from local_images import programs_of_postgresql

ROOT = Path(__file__).resolve().parent.parent
VARIABLE = re.compile(r"\$(?:\$|\{(?P<name>\w+)(?:(?P<kind>:?[-?])(?P<default>[^}]*))?\}|(?P<plain>\w+))")
SECONDS = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
SERVERS = {"postgres": 5432, "redis": 6379, "elasticsearch": 9200}
# As the image says: PostgreSQL ends sessions instead of waiting for them.
STOP_SIGNALS = {"postgres": "SIGINT"}


def substituted(value, variables):
    """A value of the file with its variables replaced, as compose does."""
    if isinstance(value, dict):
        return {key: substituted(part, variables) for key, part in value.items()}
    if isinstance(value, list):
        return [substituted(part, variables) for part in value]
    if not isinstance(value, str):
        return value

    def replaced(match):
        name, kind = match["name"] or match["plain"], match["kind"] or ""
        if name is None:
            return "$"
        found = variables.get(name)
        is_missing = found is None or (":" in kind and found == "")
        if is_missing and kind.endswith("?"):
            raise SystemExit(f"{name}: {match['default'] or 'is not set'}")
        return (match["default"] or "") if is_missing else found

    return VARIABLE.sub(replaced, value)


def seconds(text) -> float:
    units = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
    return sum(float(number) * units[unit] for number, unit in SECONDS.findall(str(text)))


def words(value) -> list[str]:
    return shlex.split(value) if isinstance(value, str) else [str(word) for word in value or []]


def variables_of(file: Path | None) -> dict[str, str]:
    """The variables of a `.env` file, overridden by the environment."""
    found = {}
    for line in file.read_text().splitlines() if file and file.exists() else []:
        if "=" in line and not line.lstrip().startswith("#"):
            name, _, value = line.partition("=")
            found[name.strip()] = value.strip()
    return found | dict(os.environ)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Service:
    """A service of the file."""

    def __init__(self, name: str, spec: dict, stack: "Stack"):
        self.name, self.spec, self.stack = name, spec, stack
        self.is_ours = "build" in spec
        image = spec.get("image", "").rsplit("/", 1)[-1].split(":")[0]
        self.image = "robotoff" if self.is_ours else image
        if not self.is_ours and image not in SERVERS:
            raise SystemExit(f"{name}: no program of this machine stands for the image {image}")
        conditions = spec.get("depends_on") or {}
        if isinstance(conditions, list):
            conditions = {other: {"condition": "service_started"} for other in conditions}
        self.needs = {other: how["condition"] for other, how in conditions.items()}
        self.published = {}
        for port in spec.get("ports") or []:
            *_, outside, inside = str(port).split(":")
            self.published[int(inside)] = int(outside) + stack.port_offset
        self.stage = stack.stages[spec["build"]["target"]] if self.is_ours else None

    def argv(self, command: list[str] | None = None) -> list[str]:
        """Entry point and command: the one given, else the file's, else the image's."""
        given = command or self.spec.get("command")
        if "entrypoint" in self.spec:
            return words(self.spec["entrypoint"]) + words(given)
        if not self.is_ours:
            return ["docker-entrypoint.sh", *words(given)]
        command = words(given) or dockerfile.exec_form(self.stage.last("CMD"))
        return dockerfile.exec_form(self.stage.last("ENTRYPOINT")) + command

    def environment(self) -> dict[str, str]:
        given = self.spec.get("environment") or {}
        if isinstance(given, list):
            given = dict(pair.partition("=")[::2] for pair in given)
        own = {name: "" if value is None else str(value) for name, value in given.items()}
        # PATH and HOME of the image mean nothing here.
        inherited = self.stage.environment() if self.is_ours else {}
        return {name: value for name, value in inherited.items() if name not in ("PATH", "HOME")} | own

    def volumes(self) -> dict[str, Path]:
        """Local folders by the path that they are mounted at."""
        found = {}
        for volume in self.spec.get("volumes") or []:
            source, target = str(volume).split(":")[:2]
            is_path = source.startswith((".", "/"))
            found[target] = (ROOT / source) if is_path else self.stack.folder / "volumes" / source
        return found

    def health(self) -> dict | None:
        check = self.spec.get("healthcheck")
        if check and check.get("disable"):
            return None
        if check is None and self.is_ours and dockerfile.health_command(self.stage):
            return {"test": ["CMD", *dockerfile.health_command(self.stage)]}
        return check


class Instance:
    """One process of a service, supervised by a thread."""

    def __init__(self, service: Service, number: int):
        self.service, self.number = service, number
        self.name = service.spec.get("container_name") or f"{service.stack.project}-{service.name}-{number}"
        self.ports = {}
        self.process = None
        self.state, self.is_healthy, self.exit_code = "created", False, None
        self.started, self.restarts = 0.0, 0
        self.is_wanted = False
        self.thread = None
        self.log = service.stack.folder / "logs" / f"{self.name}.log"

    def port(self, inside: int) -> int:
        if inside not in self.ports:
            published = self.service.published.get(inside) if self.number == 1 else None
            self.ports[inside] = published or free_port()
        return self.ports[inside]

    def local(self, text: str) -> str:
        """A text of the file with addresses and paths of this machine."""
        text = re.sub(r"\b(?:localhost|127\.0\.0\.1|0\.0\.0\.0):(\d+)\b",
                      lambda found: f"127.0.0.1:{self.port(int(found[1]))}", text)
        for name, service in self.service.stack.services.items():
            text = re.sub(rf"(?<![\w.-]){re.escape(name)}:(\d+)\b",
                          lambda found, to=service: f"127.0.0.1:{to.stack.first(to.name).port(int(found[1]))}", text)
        for inside, folder in self.service.volumes().items():
            text = re.sub(rf"(?<![\w./-]){re.escape(inside)}(?=$|[/\s])", str(folder), text)
        for inside, stand_in in self.service.stack.stand_ins.items():
            text = text.replace(inside, stand_in)
        return text

    def environment(self) -> dict[str, str]:
        stack = self.service.stack
        kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
        own = {name: self.local(value) for name, value in self.service.environment().items()}
        path = [str(stack.folder / "images" / self.service.image), str(programs_of_postgresql()), os.environ["PATH"]]
        extra = {"PATH": ":".join(path)}
        if self.service.image in SERVERS:
            data = self.data_folder()
            extra |= {"RUN_PORT": str(self.port(SERVERS[self.service.image])), "RUN_DATA": str(data),
                      "RUN_SECOND_PORT": str(self.port(0)), "HOME": str(data)}
        if self.service.image == "postgres":
            # As in the container, programs find the server by its socket, without a password.
            extra |= {"PGHOST": str(self.data_folder()), "PGPORT": str(self.port(5432))}
        return kept | own | extra

    def prepare(self) -> None:
        """Makes the folders of the volumes, and that of a server."""
        for folder in self.service.volumes().values():
            folder.mkdir(parents=True, exist_ok=True)
        if self.service.image in SERVERS:
            self.data_folder().mkdir(parents=True, exist_ok=True)

    def data_folder(self) -> Path:
        return self.service.stack.folder / "volumes" / f"{self.service.name}-data"

    def spawn(self) -> None:
        self.prepare()
        argv = [self.local(word) for word in self.service.argv()]
        self.started = time.time()
        # A line per start, as docker keeps them in one log.
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(argv, env=self.environment(), stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, start_new_session=True, cwd=self.service.stack.folder)

    def start(self) -> None:
        if self.thread and self.thread.is_alive():
            return
        self.is_wanted, self.state, self.is_healthy, self.exit_code = True, "waiting", False, None
        self.thread = threading.Thread(target=self.supervise, daemon=True)
        self.thread.start()

    def supervise(self) -> None:
        policy, pause = str(self.service.spec.get("restart", "no")), 0.1
        if not self.wait_for_needs():
            return
        while self.is_wanted:
            try:
                self.spawn()
            except OSError as error:
                self.log.open("a").write(f"{error}\n")
                self.state, self.exit_code = "exited", 127
                return
            self.state = "running"
            self.watch()
            self.exit_code, self.state, self.is_healthy = self.process.returncode, "exited", False
            if not self.is_wanted or policy == "no" or (policy.startswith("on-failure") and self.exit_code == 0):
                return
            self.state, self.restarts = "restarting", self.restarts + 1
            # As docker: the pause doubles until a process has run for ten seconds.
            pause = 0.1 if time.time() - self.started > 10 else min(pause * 2, 60)
            time.sleep(pause)

    def wait_for_needs(self) -> bool:
        stack = self.service.stack
        for name, condition in self.service.needs.items():
            if name not in stack.services:
                raise SystemExit(f"{self.service.name} depends on {name}, which is not in the file")
            while self.is_wanted:
                other = stack.first(name)
                ended = other.state == "exited"
                if condition == "service_started" and other.state in ("running", "exited"):
                    break
                if condition == "service_healthy" and other.is_healthy:
                    break
                if condition == "service_completed_successfully" and ended and other.exit_code == 0:
                    break
                if condition == "service_completed_successfully" and ended:
                    self.state, self.exit_code = "dependency failed", 1
                    return False
                time.sleep(0.1)
        return self.is_wanted

    def watch(self) -> None:
        """Runs the health checks until the process ends."""
        check = self.service.health()
        if not check:
            self.is_healthy = False
            self.process.wait()
            return
        every, limit = seconds(check.get("interval", "30s")), seconds(check.get("timeout", "30s"))
        failures, retries = 0, int(check.get("retries", 3))
        grace = self.started + seconds(check.get("start_period", "0s"))
        while True:
            try:
                # Often until it is healthy, so that who waits does not wait for an interval.
                self.process.wait(timeout=every if self.is_healthy else min(every, 1))
                return
            except subprocess.TimeoutExpired:
                pass
            if self.succeeds(check["test"], limit):
                failures, self.is_healthy = 0, True
            elif time.time() > grace or self.is_healthy:
                failures += 1
                self.is_healthy = self.is_healthy and failures < retries

    def succeeds(self, test, limit: float) -> bool:
        kind, rest = (test[0], test[1:]) if isinstance(test, list) else ("CMD-SHELL", [test])
        argv = ["/bin/sh", "-c", rest[0]] if kind == "CMD-SHELL" else rest
        return self.run([self.local(word) for word in argv], limit, subprocess.DEVNULL) == 0

    def run(self, argv: list[str], limit: float | None = None, output=None) -> int:
        """Runs a command as this service would; gives its exit code."""
        try:
            return subprocess.run(argv, env=self.environment(), stdin=subprocess.DEVNULL, stdout=output,
                                  stderr=output, timeout=limit, cwd=self.service.stack.folder, check=False).returncode
        except (OSError, subprocess.TimeoutExpired):
            return 1

    def stop(self, kill: bool = False) -> None:
        self.is_wanted = kill and str(self.service.spec.get("restart", "no")) != "no"
        process = self.process
        if process and process.poll() is None:
            try:
                os.killpg(process.pid, signal.SIGKILL) if kill else process.send_signal(self.stop_signal())
                process.wait(seconds(self.service.spec.get("stop_grace_period", "10s")))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        if self.thread and not self.is_wanted:
            self.thread.join(5)

    def stop_signal(self) -> int:
        name = self.service.spec.get("stop_signal") or STOP_SIGNALS.get(self.service.image, "SIGTERM")
        return getattr(signal, name)

    def row(self) -> dict:
        health = ("healthy" if self.is_healthy else "starting") if self.service.health() else ""
        return {"Name": self.name, "Service": self.service.name, "State": self.state, "Health": health,
                "ExitCode": self.exit_code, "Restarts": self.restarts, "Pid": self.process and self.process.pid,
                "Ports": {str(inside): outside for inside, outside in self.ports.items() if inside}}


class Stack:
    """All services of a file."""

    def __init__(self, arguments):
        self.folder = Path(arguments.folder).resolve()
        self.port_offset, self.program = arguments.port_offset, Path(arguments.program).resolve()
        self.stand_ins = dict(pair.split("=", 1) for pair in arguments.stand_in)
        self.stages = {stage.name: stage for stage in dockerfile.read(ROOT / "Dockerfile")}
        text = yaml.safe_load(Path(arguments.file).read_text())
        spec = substituted(text, variables_of(arguments.env_file and Path(arguments.env_file)))
        self.project = spec.get("name", "compose")
        chosen = {name: service for name, service in spec["services"].items()
                  if not service.get("profiles") or set(service["profiles"]) & set(arguments.profile)}
        self.services = {name: Service(name, service, self) for name, service in chosen.items()}
        scale = dict(pair.split("=") for pair in arguments.scale)
        self.instances = {name: [Instance(service, number) for number in range(1, int(scale.get(name, 1)) + 1)]
                          for name, service in self.services.items()}
        for name in ("logs", "volumes", "images"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        # Servers of other users pass through.
        self.folder.chmod(0o711)
        self.write_images()

    def write_images(self) -> None:
        for image in SERVERS:
            entry = self.folder / "images" / image / "docker-entrypoint.sh"
            entry.parent.mkdir(exist_ok=True)
            script = shlex.join([sys.executable, str(ROOT / "scripts/local_images.py"), image])
            entry.write_text(f'#!/bin/bash\nexec {script} "$@"\n')
            entry.chmod(0o755)
        ours = self.folder / "images/robotoff/robotoff"
        ours.parent.mkdir(exist_ok=True)
        ours.unlink(missing_ok=True)
        ours.symlink_to(self.program)

    def scale(self, name: str, number: int) -> None:
        """Adds instances, or stops the last ones."""
        instances = self.of([name])
        for one in instances[number:]:
            one.stop()
        more = [Instance(self.services[name], index) for index in range(len(instances) + 1, number + 1)]
        self.instances[name] = instances[:number] + more

    def first(self, name: str) -> Instance:
        return self.instances[name][0]

    def of(self, names) -> list[Instance]:
        unknown = [name for name in names if name not in self.services]
        if unknown:
            raise KeyError(f"no such service: {', '.join(unknown)}")
        return [one for name in names or self.services for one in self.instances[name]]

    def with_needs(self, names) -> list[str]:
        found = list(names) or list(self.services)
        for name in found:
            found += [need for need in self.services[name].needs if need not in found]
        return found

    def answer(self, order: dict) -> dict:
        """Carries out an order of the control socket."""
        names, verb = order.get("services", []), order["verb"]
        try:
            if verb == "ps":
                return {"rows": [one.row() for one in self.of(names)]}
            if verb == "up":
                for name, number in order.get("scale", {}).items():
                    self.scale(name, int(number))
                wanted = self.with_needs(names)
                for one in self.of(wanted):
                    one.start()
            elif verb in ("stop", "kill", "restart"):
                # Those that need others end before them.
                for one in reversed(self.of(names)):
                    one.stop(kill=verb == "kill")
                for one in self.of(names) if verb == "restart" else []:
                    one.start()
            elif verb == "start":
                for one in self.of(names):
                    one.start()
            elif verb == "describe":
                one = self.of(names[:1])[0]
                one.prepare()
                return {"environment": one.environment(), "log": str(one.log),
                        "words": [one.local(word) for word in order.get("words", [])],
                        # Of `run`: with the entry point, and without words the command of the file.
                        "run": [one.local(word) for word in one.service.argv(order.get("words"))]}
        except KeyError as error:
            return {"error": str(error.args[0])}
        return {}


def serve(stack: Stack, arguments) -> None:
    """Starts the services and obeys the control socket until SIGTERM."""
    path = stack.folder / "control"
    path.unlink(missing_ok=True)
    control = socket.socket(socket.AF_UNIX)
    control.bind(str(path))
    control.listen()
    control.settimeout(0.2)
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    stack.answer({"verb": "up", "services": arguments.services})

    def talk(connection):
        with connection, connection.makefile("rw") as lines:
            order = json.loads(lines.readline())
            reply = over.set() or {} if order["verb"] == "down" else stack.answer(order)
            lines.write(json.dumps(reply) + "\n")

    while not over.is_set():
        try:
            threading.Thread(target=talk, args=(control.accept()[0],), daemon=True).start()
        except TimeoutError:
            continue
    path.unlink()
    stack.answer({"verb": "stop"})


def ask(folder: str, **order) -> dict:
    with socket.socket(socket.AF_UNIX) as control:
        try:
            control.connect(str(Path(folder).resolve() / "control"))
        except OSError:
            raise SystemExit(f"no services run from {folder}: up -d starts them")
        with control.makefile("rw") as lines:
            lines.write(json.dumps(order) + "\n")
            lines.flush()
            reply = json.loads(lines.readline())
    if "error" in reply:
        raise SystemExit(reply["error"])
    return reply


def wait_until_ready(arguments) -> int:
    """Waits until every service that has a check is healthy."""
    until = time.time() + arguments.wait
    while True:
        rows = ask(arguments.folder, verb="ps", services=arguments.services)["rows"]
        late = [row for row in rows if row["State"] != "created" and not is_ready(row)]
        failed = [row for row in late if row["State"] in ("exited", "dependency failed")]
        if not late:
            return 0
        if time.time() > until or (failed and len(failed) == len(late)):
            for row in late:
                print(f"{row['Name']}: {row['State']} {row['Health']} (exit code {row['ExitCode']})", file=sys.stderr)
            return 1
        time.sleep(0.2)


def is_ready(row: dict) -> bool:
    """As compose: what has a check is healthy; nobody waits for what has none."""
    if row["Health"]:
        return row["State"] == "running" and row["Health"] == "healthy"
    return row["State"] in ("running", "exited")


def up(arguments) -> int:
    folder = Path(arguments.folder)
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / "control").exists():
        scale = dict(pair.split("=") for pair in arguments.scale)
        ask(arguments.folder, verb="up", services=arguments.services, scale=scale)
        return wait_until_ready(arguments)
    stack = Stack(arguments)
    if not arguments.detach:
        serve(stack, arguments)
        return 0
    # The supervisor is a process of its own, which `down` ends.
    words = [word for word in sys.argv[1:] if word not in ("-d", "--detach")]
    with (folder / "supervisor.log").open("ab") as log:
        supervisor = subprocess.Popen([sys.executable, __file__, *words], start_new_session=True,
                                      stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    while not (folder / "control").exists():
        if supervisor.poll() is not None:
            raise SystemExit((folder / "supervisor.log").read_text()[-2000:])
        time.sleep(0.05)
    return wait_until_ready(arguments)


def down(arguments) -> int:
    ask(arguments.folder, verb="down")
    while (Path(arguments.folder) / "control").exists() or any_left(arguments.folder):
        time.sleep(0.1)
    if arguments.volumes:
        shutil.rmtree(Path(arguments.folder) / "volumes")
    return 0


def any_left(folder: str) -> bool:
    """True while the supervisor of the folder runs."""
    mark = str(Path(folder).resolve())
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if "up" in words and any(word.endswith("compose_run.py") for word in words) and \
                any(str(Path(word).resolve()) == mark for word in words if word.startswith("/")):
            return True
    return False


def ps(arguments) -> int:
    rows = ask(arguments.folder, verb="ps", services=arguments.services)["rows"]
    if arguments.json:
        print(json.dumps(rows))
        return 0
    print(f"{'NAME':<28} {'STATE':<12} {'HEALTH':<10} PORTS")
    for row in rows:
        ports = ", ".join(f"127.0.0.1:{outside}->{inside}" for inside, outside in row["Ports"].items())
        print(f"{row['Name']:<28} {row['State']:<12} {row['Health']:<10} {ports}")
    return 0


def logs(arguments) -> int:
    files = [ask(arguments.folder, verb="describe", services=[row["Service"]])["log"]
             for row in ask(arguments.folder, verb="ps", services=arguments.services)["rows"]]
    files = [file for file in dict.fromkeys(files) if Path(file).exists()]
    follow = ["-F"] if arguments.follow else []
    os.execvp("tail", ["tail", "-q", "-n", str(arguments.tail), *follow, *files])


def inside(arguments) -> int:
    """`exec SERVICE COMMAND...` beside a running service, `run SERVICE COMMAND...` with its entry point."""
    service, *rest = arguments.services
    what = ask(arguments.folder, verb="describe", services=[service], words=rest)
    words = what["run" if arguments.verb == "run" else "words"]
    # The program is looked for on the path of the service.
    os.environ.clear()
    os.environ.update(what["environment"])
    os.execvp(words[0], words)


def simple(arguments) -> int:
    ask(arguments.folder, verb=arguments.verb, services=arguments.services)
    return wait_until_ready(arguments) if arguments.verb in ("start", "restart") else 0


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-f", "--file", default=str(ROOT / "docker-compose.yml"))
    parser.add_argument("--env-file")
    parser.add_argument("--program", default=str(ROOT / "target/debug/robotoff"), help="the binary of our images")
    parser.add_argument("--folder", required=True, help="state, logs and volumes")
    parser.add_argument("--port-offset", type=int, default=0, help="added to each published port")
    parser.add_argument("--profile", action="append", default=[])
    parser.add_argument("--stand-in", action="append", default=[], metavar="TEXT=TEXT",
                        help="replaces a path of the host in commands, such as /proc/sys/vm/max_map_count")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb in ("up", "ps", "logs", "stop", "start", "restart", "kill", "exec", "run", "down"):
        one = verbs.add_parser(verb)
        one.add_argument("--wait", type=float, default=120, help="seconds until all is healthy")
        if verb == "up":
            one.add_argument("-d", "--detach", action="store_true")
            one.add_argument("--scale", action="append", default=[])
        if verb == "ps":
            one.add_argument("--json", action="store_true")
        if verb == "logs":
            one.add_argument("-f", "--follow", action="store_true")
            one.add_argument("--tail", default="50")
        if verb == "down":
            one.add_argument("-v", "--volumes", action="store_true")
        if verb in ("exec", "run"):
            one.add_argument("-T", action="store_true")
            one.add_argument("--rm", action="store_true")
        one.add_argument("services", nargs=argparse.REMAINDER if verb in ("exec", "run") else "*")
    return parser.parse_args()


VERBS = {"up": up, "ps": ps, "logs": logs, "down": down, "exec": inside, "run": inside}

if __name__ == "__main__":
    given = parsed()
    sys.exit(VERBS.get(given.verb, simple)(given))
