"""Adds an image with two logos of a demo product to the SQLite database that is named."""

import sqlite3
import sys

BARCODE = "1490012000126"
IMAGE = "/149/001/200/0126/1.jpg"

with sqlite3.connect(sys.argv[1], timeout=30) as database:
    image = database.execute(
        "INSERT INTO image (barcode, image_id, source_image, width, height, deleted, server_type)"
        " VALUES (?, '1', ?, 400, 300, 0, 'off')",
        (BARCODE, IMAGE),
    ).lastrowid
    prediction = database.execute(
        "INSERT INTO image_prediction"
        " (type, model_name, model_version, data, image_id, max_confidence)"
        " VALUES ('object_detection', 'universal_logo_detector', 'test', '{\"objects\": []}', ?, 0.9)",
        (image,),
    ).lastrowid
    for index, box in enumerate(["[0.1, 0.1, 0.3, 0.3]", "[0.5, 0.5, 0.7, 0.7]"]):
        database.execute(
            'INSERT INTO logo_annotation (image_prediction_id, "index", bounding_box, score,'
            " barcode, source_image, server_type) VALUES (?, ?, ?, 0.9, ?, ?, 'off')",
            (prediction, index, box, BARCODE, IMAGE),
        )
