-- Tokens of machines. The secret of one is not here, only its hash.
CREATE TABLE IF NOT EXISTS access_token (
    id uuid NOT NULL PRIMARY KEY,
    name varchar(100) NOT NULL,
    digest varchar(64) NOT NULL,
    role varchar(20) NOT NULL,
    scope text NOT NULL,
    created_at timestamp without time zone NOT NULL,
    expires_at timestamp without time zone,
    revoked_at timestamp without time zone,
    last_used_at timestamp without time zone
);
-- Requests that wrote: who, what, when.
CREATE TABLE IF NOT EXISTS write_record (
    id uuid NOT NULL PRIMARY KEY,
    at timestamp without time zone NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    status integer NOT NULL,
    request_id varchar(64) NOT NULL
);
CREATE INDEX IF NOT EXISTS write_record_age ON write_record (at, id);
CREATE INDEX IF NOT EXISTS write_record_actor ON write_record (actor, at, id);
