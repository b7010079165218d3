-- People: places and units by name, persons and the posts they hold, who is away, who signed in, and what each was told.

-- +goose Up

-- Places by their 12-digit code: the city, its towns, their villages.
CREATE TABLE org (
    code text COLLATE "C" PRIMARY KEY CHECK (code ~ '^[0-9]{12}$'),
    name text NOT NULL
);

-- Departments and institutions that are known by a short name.
CREATE TABLE unit (
    name       text COLLATE "C" PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9_]*$'),
    title      text NOT NULL,
    duty       text NOT NULL,
    -- One of the member units (成员单位) of the coordination body.
    department boolean NOT NULL,
    position   smallint NOT NULL
);

-- A person's name, phone and addresses are sealed together under the person's data key; the login says nothing about who it is.
CREATE TABLE person (
    id       uuid PRIMARY KEY,
    login    text COLLATE "C" UNIQUE CHECK (login = lower(login) AND login <> ''),
    sealed   bytea NOT NULL,
    -- PHC string (argon2id); NULL for those who cannot sign in by password.
    password text CHECK (password LIKE '$argon2id$%'),
    -- The notice channels that the person reads besides the inbox, by their configured names.
    channels text[] NOT NULL DEFAULT '{}',
    active   boolean NOT NULL DEFAULT true
);

-- The posts that exist. One without a present holder is vacant.
CREATE TABLE post (
    name text COLLATE "C" PRIMARY KEY,
    -- The place's code, '' for the posts of units.
    org  text COLLATE "C" NOT NULL,
    role text NOT NULL
);
CREATE INDEX post_org ON post (org);

-- Who holds a post for a time; a deputy is the B of the AB角.
CREATE TABLE holding (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    post     text COLLATE "C" NOT NULL REFERENCES post,
    person   uuid NOT NULL REFERENCES person,
    deputy   boolean NOT NULL,
    from_at  timestamptz NOT NULL,
    until_at timestamptz,
    CHECK (until_at > from_at)
);
CREATE INDEX holding_post ON holding (post);
CREATE INDEX holding_person ON holding (person);
-- Nobody holds one post twice without an end.
CREATE UNIQUE INDEX holding_open ON holding (post, person) WHERE until_at IS NULL;

CREATE TABLE leave (
    id       uuid PRIMARY KEY,
    person   uuid NOT NULL REFERENCES person,
    from_at  timestamptz NOT NULL,
    until_at timestamptz NOT NULL,
    CHECK (until_at >= from_at)
);
CREATE INDEX leave_person ON leave (person, until_at);

-- Who can be reached in a post at a time: active persons with a holding that covers it. away is set for those on leave.
-- +goose StatementBegin
CREATE FUNCTION tonghu_present(at timestamptz)
RETURNS TABLE (post text, person uuid, deputy boolean, away boolean)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT h.post, h.person, h.deputy,
           EXISTS (SELECT FROM leave l WHERE l.person = h.person AND l.from_at <= at AND l.until_at > at)
    FROM holding h JOIN person p ON p.id = h.person
    WHERE p.active AND h.from_at <= at AND (h.until_at IS NULL OR h.until_at > at)
$$;
-- +goose StatementEnd

-- Attempts to sign in. What was typed is kept as a blind index only: people type passwords and phone numbers there.
CREATE TABLE sign_in (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at     timestamptz NOT NULL,
    login  bytea NOT NULL,
    person uuid REFERENCES person,
    ok     boolean NOT NULL,
    reason text NOT NULL
);
CREATE INDEX sign_in_at ON sign_in (at);

-- Server-side sessions, in the shape that scs/pgxstore reads.
CREATE TABLE sessions (
    token  text PRIMARY KEY,
    data   bytea NOT NULL,
    expiry timestamptz NOT NULL
);
CREATE INDEX sessions_expiry_idx ON sessions (expiry);

-- One thing that one person is to learn of. It is the row that the inbox shows.
CREATE TABLE notice (
    id         uuid PRIMARY KEY,
    person     uuid NOT NULL REFERENCES person,
    -- The posts in which the person is told.
    posts      text[] NOT NULL,
    -- The event that it tells of; NULL where it tells a supervisor of a person who has too many.
    case_id    uuid REFERENCES cases,
    seq        bigint,
    idx        integer,
    type       text NOT NULL,
    key        text NOT NULL,
    occurrence integer NOT NULL,
    epoch      integer NOT NULL,
    rung       integer NOT NULL,
    rung_name  text NOT NULL,
    urgent     boolean NOT NULL,
    at         timestamptz NOT NULL,
    -- pending: not yet planned; told: handed to the channels; withheld: this person is not told; undelivered: no channel reached.
    state      text NOT NULL CHECK (state IN ('pending', 'told', 'withheld', 'undelivered')),
    -- When a pending notice is to be planned again.
    next_at    timestamptz NOT NULL,
    -- Set when some channel could not be used for it, so that the inbox alone is not enough.
    failed     boolean NOT NULL DEFAULT false,
    told_at    timestamptz,
    read_at    timestamptz,
    UNIQUE (case_id, seq, idx, person)
);
CREATE INDEX notice_inbox ON notice (person, at DESC, id);
CREATE INDEX notice_case ON notice (case_id, key);
CREATE INDEX notice_pending ON notice (next_at) WHERE state = 'pending';

-- One message by one channel to one person, about one notice or several.
CREATE TABLE notice_delivery (
    -- notify.Message.ID, the same for the same decision made twice.
    id           uuid PRIMARY KEY,
    person       uuid NOT NULL REFERENCES person,
    channel      text NOT NULL,
    urgency      text NOT NULL,
    count        integer NOT NULL,
    -- notify.Reason.
    reason       text NOT NULL,
    -- The person who has too many notices, for the reason overload.
    about        uuid REFERENCES person,
    state        text NOT NULL CHECK (state IN ('due', 'delivered', 'failed')),
    attempts     integer NOT NULL DEFAULT 0,
    next_at      timestamptz NOT NULL,
    -- notify.Code of the last failure.
    code         text NOT NULL DEFAULT '',
    ref          text NOT NULL DEFAULT '',
    made_at      timestamptz NOT NULL,
    delivered_at timestamptz
);
CREATE INDEX notice_delivery_due ON notice_delivery (next_at) WHERE state = 'due';
CREATE INDEX notice_delivery_person ON notice_delivery (person, made_at);

CREATE TABLE notice_cover (
    delivery uuid NOT NULL REFERENCES notice_delivery ON DELETE CASCADE,
    notice   uuid NOT NULL REFERENCES notice ON DELETE CASCADE,
    PRIMARY KEY (delivery, notice)
);
CREATE INDEX notice_cover_notice ON notice_cover (notice);

-- +goose Down

DROP TABLE notice_cover, notice_delivery, notice, sessions, sign_in;
DROP FUNCTION tonghu_present;
DROP TABLE leave, holding, post, person, unit, org;
