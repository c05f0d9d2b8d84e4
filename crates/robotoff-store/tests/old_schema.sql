-- A database of Robotoff as its nine migrations leave it (docs/reference/api.md 3): columns,
-- types and indexes. Names of indexes are free; nothing depends on them.
CREATE SCHEMA embedding;

CREATE TABLE base_model (id serial PRIMARY KEY);
CREATE TABLE migratehistory (
    id serial PRIMARY KEY, name varchar(255) NOT NULL, migrated_at timestamp NOT NULL
);
INSERT INTO migratehistory (name, migrated_at) VALUES ('009_with_image', '2025-01-01');

CREATE TABLE product_insight (
    id uuid NOT NULL PRIMARY KEY,
    barcode varchar(100) NOT NULL,
    type varchar(256) NOT NULL,
    data jsonb NOT NULL,
    "timestamp" timestamp,
    completed_at timestamp,
    annotation integer,
    annotated_result integer,
    n_votes integer NOT NULL,
    username text,
    countries jsonb,
    brands jsonb,
    process_after timestamp,
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
CREATE INDEX ON product_insight (barcode);
CREATE INDEX ON product_insight (type);
CREATE INDEX ON product_insight ("timestamp");
CREATE INDEX ON product_insight (annotation);
CREATE INDEX ON product_insight (n_votes);
CREATE INDEX ON product_insight USING gin (countries);
CREATE INDEX ON product_insight USING gin (brands);
CREATE INDEX ON product_insight (value_tag);
CREATE INDEX ON product_insight (value);
CREATE INDEX ON product_insight (source_image);
CREATE INDEX ON product_insight (automatic_processing);
CREATE INDEX ON product_insight (server_type);
CREATE INDEX ON product_insight (unique_scans_n);
CREATE INDEX ON product_insight (reserved_barcode);
CREATE INDEX ON product_insight (predictor);
CREATE INDEX ON product_insight USING gin (campaign);
CREATE INDEX ON product_insight USING gin (lc);
CREATE INDEX ON product_insight (with_image);

CREATE TABLE annotation_vote (
    id uuid NOT NULL PRIMARY KEY,
    insight_id uuid NOT NULL REFERENCES product_insight (id) ON DELETE CASCADE,
    username text,
    value integer NOT NULL,
    device_id text NOT NULL,
    "timestamp" timestamp NOT NULL
);
CREATE INDEX ON annotation_vote (insight_id);
CREATE INDEX ON annotation_vote (username);
CREATE INDEX ON annotation_vote (device_id);

CREATE TABLE prediction (
    id serial PRIMARY KEY,
    barcode varchar(100) NOT NULL,
    type varchar(256) NOT NULL,
    data jsonb NOT NULL,
    "timestamp" timestamp NOT NULL,
    value_tag text,
    value text,
    source_image text,
    automatic_processing boolean,
    predictor varchar(100),
    predictor_version varchar(100),
    confidence real,
    server_type varchar(10) NOT NULL
);
CREATE INDEX ON prediction (barcode);
CREATE INDEX ON prediction (type);
CREATE INDEX ON prediction ("timestamp");
CREATE INDEX ON prediction (server_type);

CREATE TABLE image (
    id serial PRIMARY KEY,
    barcode varchar(100) NOT NULL,
    uploaded_at timestamp,
    image_id varchar(50) NOT NULL,
    source_image text NOT NULL,
    width integer NOT NULL,
    height integer NOT NULL,
    deleted boolean NOT NULL,
    server_type varchar(10),
    fingerprint bigint
);
CREATE INDEX ON image (barcode);
CREATE INDEX ON image (uploaded_at);
CREATE INDEX ON image (image_id);
CREATE INDEX ON image (source_image);
CREATE INDEX ON image (deleted);
CREATE INDEX ON image (server_type);
CREATE INDEX ON image (fingerprint);

CREATE TABLE image_prediction (
    id serial PRIMARY KEY,
    type varchar(256) NOT NULL,
    model_name varchar(100) NOT NULL,
    model_version varchar(256) NOT NULL,
    data jsonb NOT NULL,
    "timestamp" timestamp,
    image_id integer NOT NULL REFERENCES image (id),
    max_confidence real
);
CREATE INDEX ON image_prediction (model_name);
CREATE INDEX ON image_prediction (model_version);
CREATE INDEX ON image_prediction (image_id);

CREATE TABLE logo_annotation (
    id serial PRIMARY KEY,
    image_prediction_id integer NOT NULL REFERENCES image_prediction (id),
    index integer NOT NULL,
    bounding_box jsonb NOT NULL,
    score real NOT NULL,
    annotation_value varchar(255),
    annotation_value_tag varchar(255),
    taxonomy_value varchar(255),
    annotation_type varchar(255),
    username text,
    completed_at timestamp,
    nearest_neighbors jsonb,
    barcode varchar(100),
    source_image text,
    text text,
    server_type varchar(10)
);
CREATE INDEX ON logo_annotation (image_prediction_id);
CREATE INDEX ON logo_annotation (annotation_value);
CREATE INDEX ON logo_annotation (annotation_value_tag);
CREATE INDEX ON logo_annotation (taxonomy_value);
CREATE INDEX ON logo_annotation (annotation_type);
CREATE INDEX ON logo_annotation (username);
CREATE INDEX ON logo_annotation (completed_at);
CREATE INDEX ON logo_annotation (barcode);
CREATE INDEX ON logo_annotation (source_image);
CREATE INDEX ON logo_annotation (server_type);

CREATE TABLE logo_confidence_threshold (
    id serial PRIMARY KEY, type varchar(255), value varchar(255), threshold real NOT NULL
);

CREATE TABLE embedding.logo_embedding (
    logo_id integer PRIMARY KEY REFERENCES logo_annotation (id) ON DELETE CASCADE,
    embedding bytea NOT NULL
);
CREATE TABLE embedding.image_embedding (
    image_id integer PRIMARY KEY REFERENCES image (id) ON DELETE CASCADE,
    embedding bytea NOT NULL
);
