#!/usr/bin/env python3
"""Measures the API on made-up insights, on SQLite and on PostgreSQL with fsync on.

    scripts/bench_api.py PROGRAM [--insights 100000 1000000] [--seconds 10]
                         [--connections 1 16] [--database sqlite postgres] [--output FILE]

wrk sends the requests, on the same machine. Beside it a checker sends requests of the same
kind, some twenty a second, and compares each answer with what was asked for. The run fails
on any answer that is not 2xx, on errors of connections, and on a page with fewer items than
asked for. Prints a table for each number of insights and each database.
"""

import argparse
import datetime
import json
import os
import platform
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LUA = ROOT / "bench" / "api.lua"
BUSY = "device_id=busy"
PAGE = 25
# Lines of ids and barcodes that requests walk through.
LINES = 20_000

# Name, kind of request, path or mode of the script, items of an answer.
PAGES = [
    ("random", "/api/v1/questions/random?count=25", "questions"),
    ("random, device with 10,000 votes", f"/api/v1/questions/random?count=25&{BUSY}", "questions"),
    ("random, one kind", "/api/v1/questions/random?count=25&insight_types=category", "questions"),
    ("popular", "/api/v1/questions/popular?count=25", "questions"),
    ("popular, device with 10,000 votes", f"/api/v1/questions/popular?count=25&{BUSY}", "questions"),
    ("popular, one kind", "/api/v1/questions/popular?count=25&insight_types=category", "questions"),
    ("insights", "/api/v1/insights?count=25", "insights"),
    ("insights, device with 10,000 votes", f"/api/v1/insights?count=25&{BUSY}", "insights"),
    ("insights random", "/api/v1/insights/random?count=25", "insights"),
    ("unanswered", "/api/v1/questions/unanswered?count=25", "questions"),
]
WALKS = ["barcode", "detail", "vote", "answer"]


class Failed(Exception):
    pass


def say(line):
    print(f"bench_api: {line}", file=sys.stderr, flush=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Postgres:
    """A cluster of its own, as the user postgres where the caller is root."""

    def __init__(self, folder):
        programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda it: float(it.parent.name))
        if not programs:
            raise Failed("PostgreSQL is not installed")
        self.programs = programs[-1]
        self.folder = folder / "pg"
        self.folder.mkdir()
        self.port = free_port()
        self.user = {}
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(self.folder, account.pw_uid, account.pw_gid)
            folder.chmod(0o755)
            self.user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        self.call("initdb", "-D", "data", "-U", "postgres", "-A", "trust")
        options = f"-p {self.port} -h 127.0.0.1 -k {self.folder} -c shared_buffers=512MB"
        self.call("pg_ctl", "-D", "data", "-w", "-l", "log", "-o", options, "start")

    def call(self, program, *arguments):
        run = subprocess.run(
            [self.programs / program, *arguments], cwd=self.folder, stdout=subprocess.DEVNULL, **self.user
        )
        if run.returncode != 0:
            raise Failed(f"{program} failed")

    def database(self, name):
        self.call("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", name)
        return f"postgres://postgres@127.0.0.1:{self.port}/{name}"

    def stop(self):
        self.call("pg_ctl", "-D", "data", "-m", "immediate", "stop")


class Service:
    """The API in a process of its own, on a database that is filled before."""

    def __init__(self, program, url, insights, folder):
        self.program = program
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "DATABASE_URL": url,
            "LISTEN": f"127.0.0.1:{self.port}",
            "PRODUCTS_URL": "none",
            "EDITS": "record",
            "AUTH": "trust",
            "RATE_LIMIT": "off",
            "LOG_LEVEL": "warn",
        }
        self.folder = folder
        self.command("migrate")
        begun = time.monotonic()
        self.command("dev", "generate", "--insights", str(insights))
        self.generated = time.monotonic() - begun
        self.start()

    def command(self, *arguments):
        run = subprocess.run(
            [self.program, *arguments],
            env=self.environment,
            cwd=self.folder,
            stderr=subprocess.PIPE,
            text=True,
        )
        if run.returncode != 0:
            raise Failed(f"robotoff {' '.join(arguments)}: {run.stderr[-2000:]}")

    def start(self):
        log = open(self.folder / "api.log", "ab")
        begun = time.monotonic()
        self.process = subprocess.Popen(
            [self.program, "api"], env=self.environment, cwd=self.folder, stderr=log
        )
        while True:
            try:
                self.get("/api/v1/status")
                break
            except OSError:
                if self.process.poll() is not None:
                    raise Failed(f"the service ended: see {log.name}") from None
                time.sleep(0.002)
        self.ready_ms = (time.monotonic() - begun) * 1000

    def get(self, path):
        with urllib.request.urlopen(self.base + path, timeout=60) as answer:
            return json.load(answer)

    def memory_mb(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) // 1024

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


class Checker(threading.Thread):
    """Requests of the kind that wrk sends, checked one by one."""

    def __init__(self, check):
        super().__init__(daemon=True)
        self.check = check
        self.stopped = threading.Event()
        self.failure = None
        self.checked = 0

    def run(self):
        while not self.stopped.wait(0.05):
            try:
                self.check(self.checked)
                self.checked += 1
            except Exception as error:  # every failure ends the bench
                self.failure = error
                return

    def end(self):
        self.stopped.set()
        self.join()
        if self.failure is not None:
            raise Failed(f"a wrong answer: {self.failure}")


def check_page(service, path, member):
    def check(_):
        answer = service.get(path)
        if len(answer[member]) != PAGE:
            raise Failed(f"{len(answer[member])} items of {PAGE} at {path}")
        if member == "questions" and "unanswered" not in path:
            ids = {question["insight_id"] for question in answer[member]}
            if len(ids) != PAGE or answer["count"] < PAGE:
                raise Failed(f"{len(ids)} different questions, count {answer['count']}")

    return check


def check_walk(service, mode, lines):
    def check(number):
        line = lines[number * 7 % len(lines)]
        if mode == "barcode":
            if service.get(f"/api/v1/questions/{line}")["status"] not in ("found", "no_questions"):
                raise Failed(f"no status for {line}")
        elif service.get(f"/api/v1/insights/detail/{line}")["id"] != line:
            raise Failed(f"another insight than {line}")

    return check


def wrk(service, seconds, connections, path, check, script=()):
    checker = Checker(check)
    checker.start()
    threads = min(2, connections)
    run = subprocess.run(
        ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--latency", service.base + path, *script],
        capture_output=True,
        text=True,
        check=True,
    )
    checker.end()
    for bad in ("Non-2xx", "Socket errors"):
        if bad in run.stdout:
            raise Failed(f"{path}: {run.stdout}")
    return {
        "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", run.stdout).group(1)),
        "p50": millis(re.search(r"^ +50% +(\S+)$", run.stdout, re.M).group(1)),
        "p99": millis(re.search(r"^ +99% +(\S+)$", run.stdout, re.M).group(1)),
        "checked": checker.checked,
    }


def millis(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000}[unit]


def lines_of(service, member):
    """Ids or barcodes of open insights, from all over the table."""
    seen = {}
    while len(seen) < LINES:
        before = len(seen)
        for _ in range(40):
            page = service.get("/api/v1/insights/random?count=500")["insights"]
            seen.update(dict.fromkeys(insight[member] for insight in page))
        if len(seen) < before + 200:
            break
    return list(seen)[:LINES]


def measure(service, arguments, folder):
    time.sleep(1)
    rows = [{"name": "idle", "memory": service.memory_mb()}]
    files = {}
    for member in ("id", "barcode"):
        lines = lines_of(service, member)
        files[member] = (lines, folder / f"{member}s")
        files[member][1].write_text("\n".join(lines) + "\n")
    # A warm-up that no figure contains.
    wrk(service, 2, 16, PAGES[0][1], check_page(service, *PAGES[0][1:]))
    for name, path, member in PAGES:
        if arguments.only and not re.search(arguments.only, name):
            continue
        for connections in arguments.connections:
            check = check_page(service, path, member)
            rows.append(
                {"name": name, "connections": connections}
                | wrk(service, arguments.seconds, connections, path, check)
                | {"memory": service.memory_mb()}
            )
            say(f"{rows[-1]}")
    for mode in WALKS:
        if arguments.only and not re.search(arguments.only, mode):
            continue
        lines, file = files["barcode" if mode == "barcode" else "id"]
        for connections in arguments.connections:
            script = ["-s", str(LUA), "--", mode, str(file), str(connections)]
            check = check_walk(service, mode, lines)
            rows.append(
                {"name": mode, "connections": connections}
                | wrk(service, arguments.seconds, connections, "/", check, script)
                | {"memory": service.memory_mb()}
            )
            say(f"{rows[-1]}")
    return rows


def table(database, insights, service, rows):
    print(f"\n### {database}, {insights:,} insights\n")
    print(f"Generated in {service.generated:.0f} s; ready {service.ready_ms:.0f} ms after the start; "
          f"{rows[0]['memory']} MB idle.\n")
    print("| what | connections | requests/s | p50 | p99 | memory |\n|---|---|---|---|---|---|")
    for row in rows[1:]:
        print(
            f"| {row['name']} | {row['connections']} | {row['rate']:,.0f} | {row['p50']:.2f} ms "
            f"| {row['p99']:.2f} ms | {row['memory']} MB |"
        )
    sys.stdout.flush()


def machine():
    model = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    memory = int(re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text()).group(1)) // 2**20
    return (f"{datetime.date.today()}: {os.cpu_count()} cores ({model.group(1) if model else platform.machine()}), "
            f"{memory} GiB, Linux {platform.release()}; load {os.getloadavg()[0]:.1f} at the start.")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path)
    parser.add_argument("--insights", type=int, nargs="+", default=[100_000])
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 16])
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--database", nargs="+", default=["sqlite", "postgres"])
    parser.add_argument("--only", help="regular expression of the rows to measure")
    parser.add_argument("--output", type=Path, help="where all figures go as JSON")
    arguments = parser.parse_args()
    if shutil.which("wrk") is None:
        raise Failed("wrk is not installed")
    folder = Path(tempfile.mkdtemp(prefix="bench-api-"))
    cluster, figures = None, []
    print(machine())
    try:
        for insights in arguments.insights:
            for database in arguments.database:
                say(f"{database}: writing {insights} insights")
                if database == "postgres":
                    cluster = cluster or Postgres(folder)
                    url = cluster.database(f"bench_{insights}")
                else:
                    url = f"sqlite:{folder}/bench_{insights}.db"
                service = Service(arguments.program.resolve(), url, insights, folder)
                try:
                    rows = measure(service, arguments, folder)
                finally:
                    service.stop()
                table(database, insights, service, rows)
                figures.append({"database": database, "insights": insights, "rows": rows})
    finally:
        if cluster:
            cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
    if arguments.output:
        arguments.output.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(f"bench_api: {failure}")
