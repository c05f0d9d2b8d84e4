"""Adds what an operator has to deal with to the SQLite database that is named: dead and
cancelled jobs, edits in each state, events that could not be read, and a day of measurements."""

import json
import math
import sqlite3
import sys
import uuid
from datetime import datetime, timedelta, timezone

BARCODE = "1490012000126"
NOW = datetime.now(timezone.utc).replace(tzinfo=None)


def text(at):
    return at.strftime("%Y-%m-%d %H:%M:%S.%f")


def add_jobs(database):
    states = ["dead"] * 4 + ["cancelled"] * 30
    for number, state in enumerate(states):
        at = NOW - timedelta(minutes=len(states) - number)
        database.execute(
            "INSERT INTO job (kind, queue, state, args, priority, key, run_at, attempts, max_attempts,"
            " timeout_ms, ordered, lease_number, cancel_asked, merged, enqueued_at, finished_at,"
            " last_error, correlation_id, worker)"
            " VALUES ('import_image', 'ml', ?, ?, 0, ?, ?, 5, 5, 180000, 0, 5, 0, 0, ?, ?, ?, ?, 'worker-1')",
            (
                state,
                json.dumps({"barcode": BARCODE, "server_type": "off", "image_id": str(number)}),
                f"product:off:{BARCODE}",
                text(at),
                text(at),
                text(at + timedelta(seconds=40)),
                "cannot fetch the image: no answer within 20 s" if state == "dead" else None,
                "product_updates:1764547200000-0",
            ),
        )


def add_edits(database):
    # One that waits for a person for each thing that a person can do.
    states = ["unknown", "unknown", "unknown", "failed", "accepted", "refused"]
    insights = database.execute(
        "SELECT id, barcode FROM product_insight WHERE annotation IS NULL ORDER BY id LIMIT ?",
        (len(states),),
    ).fetchall()
    for number, (state, (insight, barcode)) in enumerate(zip(states, insights, strict=True)):
        at = NOW - timedelta(minutes=5 * number)
        closure = {
            "verdict": 1,
            "outcome": 2,
            "username": None,
            "provenance": {"votes": 3},
            "data": None,
            "claim": None,
        }
        database.execute(
            "INSERT INTO edit (id, insight_id, barcode, server_type, state, account, change, closing,"
            " attempts, last_error, correlation_id, created_at, made)"
            " VALUES (?, ?, ?, 'off', ?, 'service', ?, ?, 2, ?, 'request-1', ?, 0)",
            (
                uuid.uuid4().bytes,
                insight,
                barcode,
                state,
                SAMPLE_CHANGE,
                json.dumps(closure),
                "no answer within 20 s" if state == "unknown" else None,
                text(at),
            ),
        )


def add_events(database):
    for number in range(4):
        database.execute(
            "INSERT INTO parked_event (stream, millis, sequence, fields, error, parked_at)"
            " VALUES ('product_updates', ?, 0, ?, ?, ?)",
            (
                1764547200000 + number,
                json.dumps({"action": "updated", "product_type": "food", "user_id": f"user-{number}"}),
                'field "code" is missing',
                text(NOW - timedelta(minutes=number)),
            ),
        )


def measurements(minute, check):
    wave = math.sin(minute / 47) + math.sin(minute / 11) / 2
    jobs = int(30 + 14 * wave)
    busy = wave > 1.1
    return {
        "counts": {
            "job:import_image:done": max(0, jobs),
            "job:refresh:done": max(0, jobs // 2),
            "job:import_image:failed": 6 if busy else 0,
            "job:import_image:discarded": 2 if minute % 90 < 3 else 0,
            "request:2xx": max(0, int(120 + 60 * wave)),
            "request:4xx": 4 if busy else 1,
            "request:5xx": 1 if minute % 200 < 2 else 0,
            "answer:Saved": max(0, int(9 + 5 * wave)),
            "edit:accepted": max(0, int(4 + 3 * wave)),
        },
        "gauges": {
            "queue:high:waiting": {"sum": max(0, 12 + 11 * wave), "readings": 1},
            "queue:ml:waiting": {"sum": max(0, 40 + 30 * math.sin(minute / 90)), "readings": 1},
            "queue:low:waiting": {"sum": max(0, 160 - (minute % 240)), "readings": 1},
            "queue:high:age": {"sum": max(0, 3 + 3 * wave), "readings": 1},
            "queue:ml:age": {"sum": max(0, 20 + 15 * math.sin(minute / 90)), "readings": 1},
            "queue:low:age": {"sum": max(0, 90 - (minute % 240) / 3), "readings": 1},
            "queue:ml:dead": {"sum": 4, "readings": 1},
            "events:lag": {"sum": max(0, 30 * wave), "readings": 1},
            "events:parked": {"sum": 4, "readings": 1},
            f"health:{check}": {"sum": 0 if minute % 500 < 7 else 1, "readings": 1},
            f"health:{check}:secs": {"sum": 0.002 + max(0, wave) / 300, "readings": 1},
        },
        "durations": {
            "job": {"14": 20, "16": 9, "18": 3, "22": 1},
            "request": {"4": 80, "6": 30, "9": 5, "13": 1},
        },
    }


def add_measurements(database):
    last = NOW.replace(second=0, microsecond=0)
    for minute in range(1, 24 * 60):
        at = text(last - timedelta(minutes=minute))
        content = json.dumps(measurements(minute, "test_connect_sqlite"))
        database.execute(
            "INSERT OR IGNORE INTO measurement (at, span_secs, source, content) VALUES (?, 60, 'made-up', ?)",
            (at, content),
        )


SAMPLE_CHANGE = json.dumps([{"change": "add_label", "tag": "en:organic"}])

with sqlite3.connect(sys.argv[1], timeout=30) as database:
    add_jobs(database)
    add_edits(database)
    add_events(database)
    add_measurements(database)
