-- Our own tables. They stand beside those of docs/reference/api.md 3 and refer to them by
-- value: a foreign key would lock the old tables while it is made, and stop the
-- old service from deleting what an edit or a job speaks of.
CREATE TABLE IF NOT EXISTS product_state (
    server_type varchar(10) NOT NULL,
    barcode varchar(100) NOT NULL,
    revision bigint NOT NULL,
    PRIMARY KEY (server_type, barcode)
);

CREATE TABLE IF NOT EXISTS edit (
    id uuid NOT NULL PRIMARY KEY,
    insight_id uuid NOT NULL,
    barcode varchar(100) NOT NULL,
    server_type varchar(10) NOT NULL,
    state varchar(20) NOT NULL,
    account varchar(20) NOT NULL,
    change jsonb NOT NULL,
    closing jsonb NOT NULL,
    attempts integer NOT NULL,
    lease_until timestamp without time zone,
    last_error text,
    correlation_id text,
    created_at timestamp without time zone NOT NULL,
    settled_at timestamp without time zone
);
-- An insight has one edit on its way, whoever races.
CREATE UNIQUE INDEX IF NOT EXISTS edit_live ON edit (insight_id) WHERE state IN ('sending', 'retry');
CREATE INDEX IF NOT EXISTS edit_left_behind ON edit (lease_until) WHERE state = 'sending';

CREATE TABLE IF NOT EXISTS job (
    id bigserial primary key,
    kind varchar(100) NOT NULL,
    queue varchar(20) NOT NULL,
    state varchar(20) NOT NULL,
    args jsonb NOT NULL,
    priority smallint NOT NULL,
    key text,
    unique_key text,
    run_at timestamp without time zone NOT NULL,
    run_by timestamp without time zone,
    attempts integer NOT NULL,
    max_attempts integer NOT NULL,
    timeout_ms bigint NOT NULL,
    ordered boolean NOT NULL,
    lease_number integer NOT NULL,
    lease_until timestamp without time zone,
    worker text,
    cancel_asked boolean NOT NULL,
    -- How many later jobs of the unique_key this one has taken in.
    merged integer NOT NULL,
    enqueued_at timestamp without time zone NOT NULL,
    finished_at timestamp without time zone,
    last_error text,
    correlation_id text
);
-- A key has one running job, whoever races.
CREATE UNIQUE INDEX IF NOT EXISTS job_running ON job (key) WHERE state = 'running';
CREATE UNIQUE INDEX IF NOT EXISTS job_unique ON job (unique_key) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS job_ready ON job (queue, priority DESC, id) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS job_line ON job (key, priority DESC, id) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS job_lease ON job (lease_until) WHERE state = 'running';
CREATE INDEX IF NOT EXISTS job_finished ON job (finished_at) WHERE state IN ('done', 'cancelled');

CREATE TABLE IF NOT EXISTS paused_queue (
    queue varchar(20) NOT NULL PRIMARY KEY
);

-- How far `robotoff copy` has come in this database.
CREATE TABLE IF NOT EXISTS copy_progress (
    source text NOT NULL,
    table_name text NOT NULL,
    last_key text NOT NULL,
    copied bigint NOT NULL,
    finished boolean NOT NULL,
    PRIMARY KEY (source, table_name)
);
