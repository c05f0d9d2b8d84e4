-- What runs, and when each row of the schedule last came due.
CREATE TABLE IF NOT EXISTS service (
    id text NOT NULL PRIMARY KEY,
    kind varchar(20) NOT NULL,
    host text NOT NULL,
    process bigint NOT NULL,
    version text NOT NULL,
    started_at timestamp without time zone NOT NULL,
    seen_at timestamp without time zone NOT NULL
);

-- What became of the earlier edits of an insight.
CREATE INDEX IF NOT EXISTS edit_of_insight ON edit (insight_id, settled_at);

CREATE TABLE IF NOT EXISTS schedule (
    name varchar(100) NOT NULL PRIMARY KEY,
    last_at timestamp without time zone NOT NULL
);
