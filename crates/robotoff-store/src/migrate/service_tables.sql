-- The tables of Robotoff's migration 009 (docs/reference/api.md 3), for an empty database.
-- An existing one is adopted as it is: nothing here touches it.
CREATE TABLE IF NOT EXISTS product_insight (
    id uuid NOT NULL PRIMARY KEY,
    barcode varchar(100) NOT NULL,
    type varchar(256) NOT NULL,
    data jsonb NOT NULL,
    timestamp timestamp without time zone,
    completed_at timestamp without time zone,
    annotation integer,
    annotated_result integer,
    n_votes integer NOT NULL,
    username text,
    countries jsonb,
    brands jsonb,
    process_after timestamp without time zone,
    value_tag text,
    value text,
    source_image text,
    automatic_processing boolean NOT NULL,
    server_type varchar(10),
    unique_scans_n integer NOT NULL,
    reserved_barcode boolean NOT NULL,
    predictor varchar(100),
    predictor_version varchar(100),
    campaign jsonb,
    confidence real,
    bounding_box jsonb,
    lc varchar(255)[],
    with_image boolean
);
CREATE INDEX IF NOT EXISTS product_insight_barcode ON product_insight (barcode);
CREATE INDEX IF NOT EXISTS product_insight_value_tag ON product_insight (value_tag);
CREATE INDEX IF NOT EXISTS product_insight_source_image ON product_insight (source_image);
CREATE INDEX IF NOT EXISTS product_insight_timestamp ON product_insight (timestamp);

CREATE TABLE IF NOT EXISTS annotation_vote (
    id uuid NOT NULL PRIMARY KEY,
    insight_id uuid NOT NULL REFERENCES product_insight (id) ON DELETE CASCADE,
    username text,
    value integer NOT NULL,
    device_id text NOT NULL,
    timestamp timestamp without time zone NOT NULL
);
CREATE INDEX IF NOT EXISTS annotation_vote_insight_id ON annotation_vote (insight_id);

CREATE TABLE IF NOT EXISTS prediction (
    id serial primary key,
    barcode varchar(100) NOT NULL,
    type varchar(256) NOT NULL,
    data jsonb NOT NULL,
    timestamp timestamp without time zone NOT NULL,
    value_tag text,
    value text,
    source_image text,
    automatic_processing boolean,
    predictor varchar(100),
    predictor_version varchar(100),
    confidence real,
    server_type varchar(10) NOT NULL
);
CREATE INDEX IF NOT EXISTS prediction_barcode ON prediction (barcode);

CREATE TABLE IF NOT EXISTS image (
    id serial primary key,
    barcode varchar(100) NOT NULL,
    uploaded_at timestamp without time zone,
    image_id varchar(50) NOT NULL,
    source_image text NOT NULL,
    width integer NOT NULL,
    height integer NOT NULL,
    deleted boolean NOT NULL,
    server_type varchar(10),
    fingerprint bigint
);
CREATE INDEX IF NOT EXISTS image_barcode ON image (barcode);
CREATE INDEX IF NOT EXISTS image_fingerprint ON image (fingerprint);

CREATE TABLE IF NOT EXISTS image_prediction (
    id serial primary key,
    type varchar(256) NOT NULL,
    model_name varchar(100) NOT NULL,
    model_version varchar(256) NOT NULL,
    data jsonb NOT NULL,
    timestamp timestamp without time zone,
    image_id integer NOT NULL REFERENCES image (id),
    max_confidence real
);
CREATE INDEX IF NOT EXISTS image_prediction_image_id ON image_prediction (image_id);

CREATE TABLE IF NOT EXISTS logo_annotation (
    id serial primary key,
    image_prediction_id integer NOT NULL REFERENCES image_prediction (id),
    "index" integer NOT NULL,
    bounding_box jsonb NOT NULL,
    score real NOT NULL,
    annotation_value varchar(255),
    annotation_value_tag varchar(255),
    taxonomy_value varchar(255),
    annotation_type varchar(255),
    username text,
    completed_at timestamp without time zone,
    nearest_neighbors jsonb,
    barcode varchar(100),
    source_image text,
    text text,
    server_type varchar(10)
);
CREATE INDEX IF NOT EXISTS logo_annotation_image_prediction_id ON logo_annotation (image_prediction_id);
CREATE INDEX IF NOT EXISTS logo_annotation_value_tag ON logo_annotation (annotation_value_tag);
CREATE INDEX IF NOT EXISTS logo_annotation_barcode ON logo_annotation (barcode);

CREATE TABLE IF NOT EXISTS logo_confidence_threshold (
    id serial primary key,
    type varchar(255),
    value varchar(255),
    threshold real NOT NULL
);

CREATE TABLE IF NOT EXISTS embedding.logo_embedding (
    logo_id integer NOT NULL PRIMARY KEY REFERENCES logo_annotation (id) ON DELETE CASCADE,
    embedding bytea NOT NULL
);
CREATE TABLE IF NOT EXISTS embedding.image_embedding (
    image_id integer NOT NULL PRIMARY KEY REFERENCES image (id) ON DELETE CASCADE,
    embedding bytea NOT NULL
);
