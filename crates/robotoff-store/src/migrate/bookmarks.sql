-- How far long pieces of work have come, so that they go on where they stopped.
CREATE TABLE IF NOT EXISTS bookmark (
    name text NOT NULL PRIMARY KEY,
    place jsonb NOT NULL,
    kept_at timestamp without time zone NOT NULL
);
