//! List of all settings, from which parsing, `robotoff config` and docs/configuration.md
//! are derived.

mod data;
mod operation;

/// Setting. In the file its name is in lower case.
pub(super) struct Setting {
    /// Name of the environment variable.
    pub(super) name: &'static str,
    pub(super) default: &'static str,
    /// Never shown.
    pub(super) is_secret: bool,
    pub(super) help: &'static str,
}

const fn setting(name: &'static str, default: &'static str, help: &'static str) -> Setting {
    Setting {
        name,
        default,
        is_secret: false,
        help,
    }
}

/// All settings, in the order of the documentation.
pub(super) fn all() -> impl Iterator<Item = &'static Setting> {
    SETTINGS
        .iter()
        .chain(data::SETTINGS)
        .chain(operation::SETTINGS)
}

const SETTINGS: &[Setting] = &[
    setting(
        "DATABASE_URL",
        "sqlite:var/robotoff.db",
        "The database: `sqlite:PATH` or `postgres://USER:PASSWORD@HOST:PORT/DATABASE`. When it is \
         not set, `POSTGRES_HOST` and the like are used if they are set.",
    ),
    setting(
        "POSTGRES_HOST",
        "",
        "As in Robotoff: the host of PostgreSQL, port 5432 unless `HOST:PORT`.",
    ),
    setting("POSTGRES_DB", "robotoff", "As in Robotoff: the database."),
    setting("POSTGRES_USER", "postgres", "As in Robotoff: the user."),
    Setting {
        is_secret: true,
        ..setting(
            "POSTGRES_PASSWORD",
            "postgres",
            "As in Robotoff: the password.",
        )
    },
    setting(
        "DATABASE_MAX_CONNECTIONS",
        "10",
        "Connections to PostgreSQL, or readers of SQLite.",
    ),
    setting(
        "DATABASE_CONNECT_TIMEOUT_SECS",
        "5",
        "Timeout of getting a connection.",
    ),
    setting(
        "DATABASE_STATEMENT_TIMEOUT_SECS",
        "30",
        "Timeout of a statement on PostgreSQL, and of the write lock on SQLite.",
    ),
    setting(
        "DATABASE_DIRECT_URL",
        "",
        "The PostgreSQL server itself, when `DATABASE_URL` leads to it through PgBouncer in \
         transaction mode: migrations and notifications need a session of their own.",
    ),
    setting(
        "MIGRATE_BACKUP",
        "true",
        "Copy an SQLite file that has rows beside itself before it is migrated.",
    ),
    setting(
        "WORKER_CONCURRENCY",
        "4",
        "Jobs that one worker runs at the same time.",
    ),
    setting(
        "NUM_RQ_WORKERS",
        "0",
        "As in Robotoff: jobs that one worker runs at the same time, if `WORKER_CONCURRENCY` is \
         not set and this is not 0.",
    ),
    setting(
        "REDIS_HOST",
        "",
        "As in Robotoff, where jobs and locks are in Redis. Not used: they are in the database.",
    ),
    Setting {
        is_secret: true,
        ..setting(
            "SENTRY_DSN",
            "",
            "As in Robotoff, where it must be set: the server that errors and panics are reported \
             to, `https://KEY@HOST/PROJECT`. When empty, nothing is sent.",
        )
    },
    setting(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "",
        "As in OpenTelemetry: the collector that traces of requests and jobs are sent to, by \
         OTLP over HTTP in JSON, `http://HOST:4318`. When empty, none are recorded.",
    ),
    setting(
        "WORKER_LEASE_SECS",
        "60",
        "Lease of a job. The jobs of a killed worker are run again after this time.",
    ),
    setting(
        "WORKER_DRAIN_SECS",
        "30",
        "Time that running jobs have to end after SIGTERM; the others are released.",
    ),
    setting(
        "JOB_RETENTION_HOURS",
        "24",
        "Time after which finished jobs are deleted. Dead jobs stay.",
    ),
    setting(
        "PERSONAL_DATA_DAYS",
        "365",
        "Time after which the device of a vote, or the hash of its address, becomes a random \
         value. The vote stays and counts, and its question does not return.",
    ),
    setting(
        "IMAGE_MODERATION_SERVICE_URL",
        "",
        "As in Robotoff: the service to which flagged images are reported; none when empty.",
    ),
    Setting {
        is_secret: true,
        ..setting(
            "AUTH_BEARER_TOKEN_NUTRIPATROL",
            "",
            "As in Robotoff: the token of that service.",
        )
    },
    setting(
        "LISTEN",
        "127.0.0.1:5500",
        "Address of the API: `ADDRESS:PORT`.",
    ),
    setting(
        "METRICS_LISTEN",
        "",
        "Address at which this process serves `/metrics` for Prometheus, `ADDRESS:PORT`; none \
         when empty. The API serves it at `LISTEN` too.",
    ),
    setting(
        "INFLUXDB_HOST",
        "",
        "As in Robotoff: the host of InfluxDB, or its URL, to which facets and numbers of \
         insights are written once a day; none when empty.",
    ),
    setting("INFLUXDB_PORT", "8086", "As in Robotoff: its port."),
    setting(
        "INFLUXDB_BUCKET",
        "off_metrics",
        "As in Robotoff: the bucket.",
    ),
    Setting {
        is_secret: true,
        ..setting("INFLUXDB_AUTH_TOKEN", "", "As in Robotoff: the token.")
    },
    setting("INFLUXDB_ORG", "off", "As in Robotoff: the organisation."),
    setting(
        "AUTH",
        "",
        "Logins: `verify` (checked at Product Opener, for some minutes each) or `trust` (believed, \
         as in Robotoff). When empty: `trust` if `DEMO` is set or edits are not sent, else \
         `verify`.",
    ),
    setting(
        "MODERATORS",
        "",
        "User names at Product Opener of those who may edit missions and annotations in bulk, \
         separated by blanks or commas. They count where logins are verified.",
    ),
    setting("OPERATORS", "", "The same of those who may do everything."),
    setting(
        "WRITE_LOG_DAYS",
        "90",
        "Days for which requests that wrote are recorded.",
    ),
    setting(
        "BASE_PATH",
        "",
        "Path below which a proxy serves this program, such as `/robotoff`. Requests are answered \
         with and without it.",
    ),
    setting(
        "CORS_ORIGINS",
        "openfoodfacts localhost",
        "Origins whose pages may send requests with credentials and requests that write: \
         `openfoodfacts` (all Open*Facts domains), `localhost` (pages of this machine), \
         `https://HOST`, `https://*.HOST`, separated by blanks or commas. Other pages may read \
         without credentials.",
    ),
    setting(
        "TRUSTED_PROXIES",
        "loopback private",
        "Proxies whose `Forwarded`, `X-Forwarded-For` or `X-Real-IP` names the client: `loopback`, \
         `private` (private networks), addresses and networks (`192.0.2.0/24`), or `none`.",
    ),
    setting(
        "MAX_CONNECTIONS",
        "10000",
        "Connections of clients at the same time, as far as the process may open files. When all \
         are taken, the ones that have been idle longest are closed.",
    ),
    setting(
        "RATE_LIMIT",
        "50/500 10/60",
        "Requests a second and at once, of reads, then of writes, for each address and each \
         login: `READS/BURST WRITES/BURST`, or `off`. Programs on this machine are not limited.",
    ),
    setting(
        "PRODUCTS_URL",
        "",
        "Source of products: `opener:` (the API of Product Opener), `file:PATH.jsonl` or \
         `file:PATH.jsonl.gz` (a dump), `mongodb://HOST` (its database, only read; in a program \
         that is built with `--features robotoff/mongo`), `none` (products are not checked). \
         When empty: `MONGO_URI` if it is set and can be used, else `opener:`.",
    ),
    setting(
        "MONGO_URI",
        "",
        "As in Robotoff: the MongoDB of Product Opener, for `PRODUCTS_URL`. A program that is \
         built without the feature logs a warning and reads `opener:`.",
    ),
    setting(
        "ENABLE_MONGODB_ACCESS",
        "1",
        "As in Robotoff: `0` is the same as `PRODUCTS_URL=none` and overrides it.",
    ),
    setting(
        "PRODUCT_OPENER_URL",
        "",
        "Base URL of reads and edits of products, of every project; when empty it follows from \
         `ROBOTOFF_INSTANCE`: `https://world.openfoodfacts.net`.",
    ),
    setting(
        "IMAGES_URL",
        "",
        "Base URL that the path of an image is appended to; when empty it follows from \
         `ROBOTOFF_INSTANCE`: `https://images.openfoodfacts.net/images/products`.",
    ),
    setting(
        "CROP_ALLOWED_DOMAINS",
        "",
        "As in Robotoff: hosts, separated by commas, of images and OCR documents that a request \
         may name, beside the servers of images.",
    ),
    Setting {
        is_secret: true,
        ..setting(
            "BATCH_JOB_KEY",
            "",
            "As in Robotoff: token of the webhook of batch jobs, which is closed without one.",
        )
    },
    setting(
        "BATCH_RESULTS_URL",
        "",
        "Folder of the results of batch jobs, `file:///PATH`, in which the webhook names one; \
         none when empty.",
    ),
    setting(
        "ROBOTOFF_INSTANCE",
        "dev",
        "As in Robotoff: `prod` (host names end in `.org`), `dev` (`.net`), or a top-level domain.",
    ),
    setting(
        "ROBOTOFF_TLD",
        "",
        "As in Robotoff: the top-level domain of host names, for any instance.",
    ),
    setting(
        "ROBOTOFF_SCHEME",
        "https",
        "As in Robotoff: the scheme of URLs.",
    ),
    setting(
        "STATIC_DOMAIN",
        "",
        "As in Robotoff: the host of static files.",
    ),
    setting(
        "EDITS",
        "",
        "Treatment of edits: `off` (discarded), `record` (stored, never sent), `send`. \
         When empty: `send` if `OFF_USER` and `OFF_PASSWORD` are set, else `record`.",
    ),
    setting(
        "OFF_USER",
        "",
        "User name of the account for automatic edits and edits decided by votes.",
    ),
    Setting {
        is_secret: true,
        ..setting("OFF_PASSWORD", "", "Password of that account.")
    },
    setting(
        "EDIT_LEASE_SECS",
        "120",
        "Lease of an edit that is being sent. When its sender has crashed, the edit is compared \
         with the product after this time. An edit is sent for at most 45 s, and for three \
         quarters of the lease.",
    ),
    setting(
        "INSIGHT_AUTOMATIC_PROCESSING_WAIT",
        "10",
        "Minutes before an automatic insight is applied.",
    ),
    setting(
        "ROBOTOFF_POLICY",
        "",
        "File `policy.toml`: per kind of insight, what may be asked and applied; read again when \
         it changes.",
    ),
    setting(
        "DEMO",
        "",
        "Folder of the demo set, whose images are then served at `/demo/images`.",
    ),
    setting(
        "SEARCH_URL",
        "",
        "Search engine for categories by name and corrected ingredient lists: `tantivy:FOLDER` \
         (inside the program), `elasticsearch:ADDRESS` (one or more of `http://HOST:9200`, \
         separated by commas), `none`. When empty: `ELASTIC_HOST` if it is set, else the folder \
         `search` beside the SQLite file, or `var/search`.",
    ),
    setting(
        "ELASTIC_HOST",
        "",
        "As in Robotoff: the host of Elasticsearch, port 9200 unless `HOST:PORT`.",
    ),
    setting(
        "ELASTICSEARCH_HOSTS",
        "",
        "As in Robotoff of 2020: hosts of Elasticsearch, separated by commas.",
    ),
    setting(
        "ELASTIC_USER",
        "elastic",
        "As in Robotoff: the user, for whom `ELASTIC_PASSWORD` is sent when it is set.",
    ),
    Setting {
        is_secret: true,
        ..setting("ELASTIC_PASSWORD", "", "As in Robotoff: the password.")
    },
    Setting {
        is_secret: true,
        ..setting(
            "ELASTIC_API_KEY",
            "",
            "Encoded API key of Elasticsearch, instead of user and password.",
        )
    },
    setting(
        "ELASTIC_CA_FILE",
        "",
        "File of certificates (PEM) that are trusted beside those of the system.",
    ),
    setting(
        "ELASTIC_INDEX_PREFIX",
        "robotoff",
        "Begins the names of all indexes on Elasticsearch.",
    ),
    setting(
        "ELASTIC_REPLICAS",
        "0",
        "Copies of each new index beside the first; 1 on a cluster of several nodes.",
    ),
    setting(
        "LOG_FORMAT",
        "auto",
        "`json`, `text`, or `auto`: text on a terminal, else JSON.",
    ),
    setting(
        "LOG_LEVEL",
        "info",
        "`error`, `warn`, `info`, `debug`, `trace`, or a filter such as `info,sqlx=warn`.",
    ),
];
