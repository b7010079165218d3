-- Photos and papers: what is kept of each here, their bytes sealed in the blob folder.

-- +goose Up

-- An uploaded file; its id is also that of the fact by which its case learns of it. What it was called and says is in sealed, under
-- the same id. The case is the one whose key sealed the bytes.
CREATE TABLE file (
    id           uuid        PRIMARY KEY,
    case_id      uuid        NOT NULL REFERENCES cases,
    -- Of data_key: everything but the reporter's.
    compartment  smallint    NOT NULL CHECK (compartment IN (1, 3, 4, 5)),
    purpose      text        NOT NULL CHECK (purpose IN ('photo', 'document', 'proof', 'evidence', 'report')),
    media        text        NOT NULL CHECK (media IN ('image/jpeg', 'image/png', 'application/pdf')),
    -- Which of a step's papers it is (cases.Document); '' for none.
    document     text        NOT NULL,
    width        int         NOT NULL CHECK (width >= 0),
    height       int         NOT NULL CHECK (height >= 0),
    -- The report that it was added to with the 查询码; whoever did has no name here.
    filing_id    uuid        REFERENCES filing,
    by_person    text        NOT NULL,
    by_post      text        NOT NULL,
    uploaded_at  timestamptz NOT NULL,
    -- withdrawn: hidden, its bytes kept as long as the case's file. dropped: its bytes are gone; erased: its key is.
    state        text        NOT NULL DEFAULT 'kept' CHECK (state IN ('kept', 'withdrawn', 'dropped', 'erased')),
    withdrawn_at timestamptz,
    CONSTRAINT file_of_a_reporter_has_no_author CHECK ((purpose = 'report') = (filing_id IS NOT NULL) AND (filing_id IS NULL OR by_person = '' AND by_post = '')),
    CONSTRAINT file_withdrawn_has_time CHECK (state = 'erased' OR (state = 'kept') = (withdrawn_at IS NULL)),
    CONSTRAINT file_evidence_is_not_dropped CHECK (state <> 'dropped' OR purpose <> 'evidence')
);
CREATE INDEX file_case ON file (case_id, uploaded_at DESC, id);
CREATE INDEX file_filing ON file (filing_id) WHERE filing_id IS NOT NULL;

-- The blobs of a file: the copy that is shown, a small one, and of evidence what was uploaded. The row is written after the blob and
-- goes before it: a blob without one is swept after a day.
CREATE TABLE file_blob (
    name    text   PRIMARY KEY CHECK (name ~ '^[0-9a-f]{32}$'),
    file_id uuid   NOT NULL REFERENCES file,
    part    text   NOT NULL CHECK (part IN ('shown', 'preview', 'original')),
    bytes   bigint NOT NULL CHECK (bytes > 0),
    -- SHA-256 of the sealed bytes: whether a blob is whole can be told without any key.
    digest  bytea  NOT NULL CHECK (octet_length(digest) = 32),
    UNIQUE (file_id, part)
);

SELECT tonghu_lock_tables();
CREATE POLICY app ON file FOR SELECT TO tonghu_app USING ((SELECT true FROM cases c WHERE c.id = file.case_id));
CREATE POLICY app ON file_blob FOR SELECT TO tonghu_app USING ((SELECT true FROM file f WHERE f.id = file_blob.file_id));
GRANT SELECT ON file, file_blob TO tonghu_app;

-- +goose Down
DROP TABLE file_blob, file;
