#!/usr/bin/env python3
"""Programs of this machine in the place of images, for scripts/compose_run.py.

    local_images.py IMAGE [ARGUMENT...]

starts the server that the image IMAGE (postgres, redis, elasticsearch) would start, with the
same environment and arguments, on loopback. RUN_PORT is its port, RUN_DATA its folder.
"""

import os
import pwd
import shutil
import subprocess
import sys
from glob import glob
from pathlib import Path

PORT = os.environ.get("RUN_PORT", "")
DATA = Path(os.environ.get("RUN_DATA", "."))


def leave_root(user: str) -> None:
    """Goes on as another user, since PostgreSQL and Elasticsearch refuse root."""
    if os.getuid() == 0:
        for folder, _, files in os.walk(DATA):
            for path in [folder, *(os.path.join(folder, file) for file in files)]:
                shutil.chown(path, user)
        account = pwd.getpwnam(user)
        os.initgroups(user, account.pw_gid)
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
    os.chdir(DATA)


def programs_of_postgresql() -> Path:
    """The folder of `initdb`: the latest of Debian's, else one on the PATH."""
    found = sorted(glob("/usr/lib/postgresql/*/bin/initdb")) or [shutil.which("initdb")]
    if not found[-1]:
        sys.exit("PostgreSQL is not installed (scripts/setup.sh --tests)")
    return Path(found[-1]).parent


def postgres(arguments: list[str]) -> None:
    """As the image's entry point: a cluster with a password and a database, once."""
    leave_root("postgres")
    programs = programs_of_postgresql()
    data, user = DATA / "pgdata", os.environ.get("POSTGRES_USER", "postgres")
    if not (data / "PG_VERSION").exists():
        secret = DATA / "password"
        secret.write_text(os.environ["POSTGRES_PASSWORD"])
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", user, f"--pwfile={secret}", "-E", "UTF8",
             "--locale=C", "--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync"],
            check=True, stdout=subprocess.DEVNULL,
        )
        secret.unlink()
        name = os.environ.get("POSTGRES_DB", user)
        if name != "postgres":
            subprocess.run([programs / "postgres", "--single", "-D", data, "postgres"],
                           input=f'CREATE DATABASE "{name}"\n', text=True, check=True, stdout=subprocess.DEVNULL)
    if arguments[:1] != ["postgres"]:
        os.execvp(arguments[0], arguments)
    os.execv(programs / "postgres", [
        "postgres", "-D", str(data), "-p", PORT, "-k", str(DATA), "-c", "listen_addresses=127.0.0.1", *arguments[1:],
    ])


def redis(arguments: list[str]) -> None:
    """The server with the arguments of the file, at its port."""
    if arguments[:1] != ["redis-server"]:
        os.execvp(arguments[0], arguments)
    os.execvp("redis-server", [*arguments, "--port", PORT, "--bind", "127.0.0.1", "--dir", str(DATA)])


# Settings of modules that the build for tests does not have, or that need a limit of locked memory.
ABSENT = ("ingest.", "bootstrap.memory_lock")


def elasticsearch(arguments: list[str]) -> None:
    """Settings are the variables with a dot; the password is kept in the keystore, as the image does."""
    if arguments != ["eswrapper"]:
        os.execvp(arguments[0], arguments)
    leave_root("nobody")
    home = Path((sorted(glob("/var/tmp/robotoff-elasticsearch/elasticsearch-8*")) or [""])[-1])
    java = sorted(glob("/usr/lib/jvm/*17*/bin/java"))
    if not (home / "bin/elasticsearch").exists() or not java:
        sys.exit("Elasticsearch 8 or its Java is not installed (scripts/setup.sh --integration)")
    config = DATA / "config"
    shutil.copytree(home / "config", config, dirs_exist_ok=True)
    settings = {name: value for name, value in os.environ.items() if "." in name and not name.startswith(ABSENT)}
    settings |= {
        "network.host": "127.0.0.1", "http.port": PORT, "transport.port": os.environ["RUN_SECOND_PORT"],
        "path.data": str(DATA / "data"), "path.logs": str(DATA / "logs"),
        "xpack.security.enrollment.enabled": "false",
        "cluster.routing.allocation.disk.threshold_enabled": "false",
    }
    (config / "elasticsearch.yml").write_text("".join(f"{name}: {value}\n" for name, value in sorted(settings.items())))
    environment = os.environ | {"ES_PATH_CONF": str(config), "ES_JAVA_HOME": str(Path(java[-1]).parent.parent)}
    keystore = home / "bin/elasticsearch-keystore"
    if not (config / "elasticsearch.keystore").exists():
        subprocess.run([keystore, "create"], check=True, env=environment, stdout=subprocess.DEVNULL)
        subprocess.run([keystore, "add", "-x", "bootstrap.password"], check=True, env=environment,
                       input=os.environ["ELASTIC_PASSWORD"], text=True, stdout=subprocess.DEVNULL)
    os.execve(home / "bin/elasticsearch", ["elasticsearch"], environment)


if __name__ == "__main__":
    {"postgres": postgres, "redis": redis, "elasticsearch": elasticsearch}[sys.argv[1]](sys.argv[2:])
