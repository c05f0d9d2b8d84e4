-- Parts of event streams that were trimmed before they were read. Kept until the events have
-- been replayed, or an operator says that nothing is left to do.
CREATE TABLE IF NOT EXISTS event_gap (
    id bigserial primary key,
    stream varchar(20) NOT NULL,
    after_millis bigint NOT NULL,
    after_sequence bigint NOT NULL,
    before_millis bigint,
    before_sequence bigint,
    lost bigint,
    found_at timestamp without time zone NOT NULL,
    resolved_at timestamp without time zone,
    UNIQUE (stream, after_millis, after_sequence)
);
