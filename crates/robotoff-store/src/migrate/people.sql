-- Sets of questions that people work on together.
CREATE TABLE IF NOT EXISTS mission (
    name varchar(100) NOT NULL PRIMARY KEY,
    title text NOT NULL,
    filter text NOT NULL,
    goal integer,
    ends_at timestamp without time zone,
    created_by text,
    created_at timestamp without time zone NOT NULL
);
-- Questions that are shown to one person only, until a time.
CREATE TABLE IF NOT EXISTS insight_loan (
    insight_id uuid NOT NULL PRIMARY KEY,
    holder text NOT NULL,
    ends_at timestamp without time zone NOT NULL
);
-- Requests that may be sent again, and their responses.
CREATE TABLE IF NOT EXISTS request_key (
    id uuid NOT NULL PRIMARY KEY,
    request text NOT NULL,
    response jsonb,
    began_at timestamp without time zone NOT NULL
);
CREATE INDEX IF NOT EXISTS request_key_age ON request_key (began_at);
