#!/usr/bin/env python3
"""Makes the demo products of data/demo from labels.json: the pictures, drawn by
draw.html in Chromium; the OCR documents with the words where they were drawn;
and the product records. Nothing else needs to run it: the results are committed.

    scripts/demo.py [CHROMIUM]
"""

import base64
import html
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "data" / "demo"
# Records and pictures say that they are of this moment.
MADE_AT = 1767225600


def with_check_digit(number):
    """The EAN-13 of twelve digits."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(number))
    return number + str(-total % 10)


def drawn(labels, chromium):
    """What draw.html says of each label."""
    page = (FOLDER / "draw.html").read_text(encoding="utf-8")
    given = json.dumps(labels).replace("</", "<\\/")
    page = page.replace('type="application/json">[]<', f'type="application/json">{given}<')
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "draw.html"
        path.write_text(page, encoding="utf-8")
        command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", path.as_uri()]
        dom = subprocess.run(command, check=True, capture_output=True, timeout=120).stdout.decode()
    found = re.search(r'<pre id="result">(.+?)</pre>', dom, re.S)
    if not found:
        sys.exit("demo.py: the page drew nothing; open data/demo/draw.html in a browser to see why")
    return json.loads(html.unescape(found[1]))


def points(vertices):
    return {"vertices": [{"x": x, "y": y} for x, y in vertices]}


def around(words):
    """The upright box around words."""
    xs = [x for word in words for x, _ in word["vertices"]]
    ys = [y for word in words for _, y in word["vertices"]]
    return points([[min(xs), min(ys)], [max(xs), min(ys)], [max(xs), max(ys)], [min(xs), max(ys)]])


def vision_word(word, lang, is_last):
    symbols = [{"text": letter} for letter in word["text"]]
    symbols[-1]["property"] = {"detectedBreak": {"type": "LINE_BREAK" if is_last else "SPACE"}}
    languages = {"detectedLanguages": [{"languageCode": lang, "confidence": 0.95}]}
    return {"property": languages, "boundingBox": points(word["vertices"]), "symbols": symbols}


def vision_paragraph(words, lang):
    of = [vision_word(word, lang, word is words[-1]) for word in words]
    return {"boundingBox": around(words), "words": of}


def vision_block(lines, lang):
    box = around([word for words in lines for word in words])
    paragraphs = [vision_paragraph(words, lang) for words in lines]
    return {"boundingBox": box, "paragraphs": paragraphs, "blockType": "TEXT"}


def ocr(label, picture):
    """The picture's text in the form of Google Cloud Vision."""
    lines = [words for block in picture["blocks"] for words in block]
    text = "".join(" ".join(word["text"] for word in words) + "\n" for words in lines)
    words = [word for line in lines for word in line]
    whole = {"locale": label["lang"], "description": text, "boundingPoly": around(words)}
    each = [{"description": word["text"], "boundingPoly": points(word["vertices"])} for word in words]
    blocks = [vision_block(block, label["lang"]) for block in picture["blocks"]]
    page = {"width": picture["width"], "height": picture["height"], "blocks": blocks}
    full = {"text": text, "pages": [page]}
    return {"responses": [{"textAnnotations": [whole, *each], "fullTextAnnotation": full}]}


def sizes(picture):
    width, height = picture["width"], picture["height"]
    scaled = {}
    for longest in (100, 400):
        scale = longest / max(width, height)
        scaled[str(longest)] = {"h": round(height * scale), "w": round(width * scale)}
    return {**scaled, "full": {"h": height, "w": width}}


def images(label, picture):
    uploaded = {"1": {"uploaded_t": MADE_AT, "uploader": "demo", "sizes": sizes(picture)}}
    generation = {"angle": "0", "geometry": "0x0--1--1", "x1": "-1", "y1": "-1", "x2": "-1", "y2": "-1"}
    chosen = {"imgid": "1", "rev": "2", "sizes": sizes(picture), "generation": generation}
    selected = {side: {label["lang"]: chosen} for side in label["selected"]}
    return {"uploaded": uploaded, "selected": selected}


def tags(text):
    return ["xx:" + text.lower().replace(" ", "-")] if text else []


def record(label, picture):
    """The product as Product Opener has it, schema 1003."""
    known, lang, code = label["known"], label["lang"], label["code"]
    ingredients = known.get("ingredients_text", "")
    return {
        "_id": code,
        "code": code,
        "schema_version": 1003,
        "product_type": "food",
        "lang": lang,
        "lc": lang,
        "rev": 2,
        "created_t": MADE_AT,
        "last_modified_t": MADE_AT,
        "product_name": label["name"],
        f"product_name_{lang}": label["name"],
        "brands": known["brands"],
        "brands_tags": tags(known["brands"]),
        "quantity": known.get("quantity", ""),
        "categories_tags": known["categories_tags"],
        "labels_tags": known.get("labels_tags", []),
        "countries_tags": [label["country"]],
        "stores_tags": [],
        "emb_codes_tags": [],
        "packagings": [],
        "expiration_date": "",
        "ingredients_text": ingredients,
        f"ingredients_text_{lang}": ingredients,
        "unique_scans_n": label["scans"],
        "images": images(label, picture),
    }


def keep(label, picture):
    """Writes the pictures and the OCR document where the image server has them."""
    code = label["code"]
    folder = FOLDER / "images" / code[:3] / code[3:6] / code[6:9] / code[9:]
    folder.mkdir(parents=True)
    whole, small = (base64.b64decode(picture[size]) for size in ("whole", "small"))
    (folder / "1.jpg").write_bytes(whole)
    (folder / "1.400.jpg").write_bytes(small)
    for side in label["selected"]:
        (folder / f"{side}_{label['lang']}.2.400.jpg").write_bytes(small)
    document = json.dumps(ocr(label, picture), ensure_ascii=False, separators=(",", ":"))
    (folder / "1.json").write_text(document + "\n", encoding="utf-8")


def main():
    chromium = sys.argv[1] if len(sys.argv) > 1 else shutil.which("chromium")
    if not chromium:
        sys.exit("demo.py: no chromium on PATH; name one as the argument")
    labels = json.loads((FOLDER / "labels.json").read_text(encoding="utf-8"))
    for label in labels:
        label["code"] = with_check_digit(label["number"])
    pictures = drawn(labels, chromium)
    shutil.rmtree(FOLDER / "images", ignore_errors=True)
    lines = []
    for label, picture in zip(labels, pictures, strict=True):
        keep(label, picture)
        lines.append(json.dumps(record(label, picture), ensure_ascii=False, separators=(",", ":")))
    (FOLDER / "products.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(lines)} products in {FOLDER}")


if __name__ == "__main__":
    main()
