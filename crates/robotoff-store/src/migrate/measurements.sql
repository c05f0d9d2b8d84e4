-- Measurements of the service, for charts: minutes for a day, then quarters of an hour for two
-- weeks. `source` is the process that measured, or blank for what all processes share.
CREATE TABLE IF NOT EXISTS measurement (
    at timestamp without time zone NOT NULL,
    span_secs bigint NOT NULL,
    source text NOT NULL,
    content text NOT NULL,
    PRIMARY KEY (at, span_secs, source)
);
CREATE INDEX IF NOT EXISTS measurement_span ON measurement (span_secs, at);
