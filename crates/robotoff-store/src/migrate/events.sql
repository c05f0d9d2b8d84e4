-- Entries of event streams whose jobs are stored: an entry that is delivered again gives no
-- second job. Rows are deleted after some days.
CREATE TABLE IF NOT EXISTS event_entry (
    stream varchar(20) NOT NULL,
    millis bigint NOT NULL,
    sequence bigint NOT NULL,
    PRIMARY KEY (stream, millis, sequence)
);

-- The last stored entry of each stream.
CREATE TABLE IF NOT EXISTS event_position (
    stream varchar(20) NOT NULL PRIMARY KEY,
    millis bigint NOT NULL,
    sequence bigint NOT NULL,
    stored_at timestamp without time zone NOT NULL
);

-- Events that cannot be read. `fields` is JSON text: a text in it may hold what jsonb
-- cannot.
CREATE TABLE IF NOT EXISTS parked_event (
    id bigserial primary key,
    stream varchar(20) NOT NULL,
    millis bigint,
    sequence bigint,
    fields text NOT NULL,
    error text NOT NULL,
    parked_at timestamp without time zone NOT NULL
);
