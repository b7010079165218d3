-- Who sees a case sees of what is owed in it what they are shown of the case: the worklists, the figures and the next thing due say
-- no more than the case's own page. Who was told of a case keeps the notice, and sees the case for as long as they have to do with it.

-- +goose Up

-- A post that was once told of a case, and has nothing to do with it any more, does not see it.
ALTER POLICY app ON cases USING (
    (
        (SELECT true FROM unnest((SELECT tonghu_lo()), (SELECT tonghu_hi()), (SELECT tonghu_deep()), (SELECT tonghu_own())) AS s (lo, hi, deep, own)
         WHERE cases.org >= s.lo COLLATE "C" AND cases.org < s.hi COLLATE "C" AND (s.deep OR NOT cases.compartment)
             AND (s.own = '' OR cases.owner = s.own OR split_part(split_part(cases.owner, '/', 2), '#', 1) <> 'manager') LIMIT 1)
        OR (SELECT true FROM case_grant g
            WHERE g.case_id = cases.id AND g.why = 'duty' AND g.post = ANY ((SELECT tonghu_posts())::text[])
                AND NOT (cases.compartment AND split_part(split_part(g.post, '/', 2), '#', 1) = 'director') LIMIT 1)
    )
    AND NOT cases.recused && (SELECT tonghu_posts())::text[]
);
DROP INDEX case_grant_post, case_grant_open;
CREATE INDEX case_grant_post ON case_grant (post, opened DESC, case_id DESC) WHERE why = 'duty';
CREATE INDEX case_grant_open ON case_grant (post, opened DESC, case_id DESC) WHERE why = 'duty' AND NOT closed;

-- How much the asker's posts are shown of a case that they see (WithActor sets it): whole if there is none that is shown a part only,
-- own if each is shown no more than its own part; else the posts that are shown everything, those that are shown all but the police
-- track, and whether one supervises. Places show everything, and every post what it owes itself. cases.State.Shows says the same in Go.
CREATE FUNCTION tonghu_whole() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(current_setting('tonghu.shown', true) = 'whole', false);
CREATE FUNCTION tonghu_parts() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(current_setting('tonghu.shown', true) = 'parts', false);
CREATE FUNCTION tonghu_seers() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('tonghu.seers', true), '')::text[];
CREATE FUNCTION tonghu_carers() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('tonghu.carers', true), '')::text[];
CREATE FUNCTION tonghu_supervises() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(current_setting('tonghu.supervises', true) = 'true', false);
CREATE FUNCTION tonghu_police_keys() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('tonghu.police_keys', true), '')::text[];

-- tonghu_shows tells whether an asker of parts, who sees a case, is shown what is owed in it under a key because of the place of the case
-- or of a 督办单 about it. It is a function so that who is shown everything pays nothing for it, not even in planning.
-- +goose StatementBegin
CREATE FUNCTION tonghu_shows(of_case uuid, key text) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    IF cardinality(tonghu_lo()) > 0
        AND EXISTS (SELECT FROM cases c, unnest(tonghu_lo(), tonghu_hi(), tonghu_deep(), tonghu_own()) AS s (lo, hi, deep, own)
            WHERE c.id = of_case AND c.org >= s.lo COLLATE "C" AND c.org < s.hi COLLATE "C" AND (s.deep OR NOT c.compartment)
                AND (s.own = '' OR c.owner = s.own OR split_part(split_part(c.owner, '/', 2), '#', 1) <> 'manager'))
    THEN
        RETURN true;
    END IF;
    RETURN tonghu_supervises()
        AND EXISTS (SELECT FROM cases c WHERE c.id = of_case AND c.state -> 'orders' @> jsonb_build_array(jsonb_build_object('obligation', key)));
END
$$;
-- +goose StatementEnd

-- visible_obligations are those that the asker is shown.
CREATE VIEW visible_obligations WITH (security_invoker = true) AS
SELECT o.* FROM obligation o
WHERE (SELECT tonghu_whole()) OR o.owner = ANY ((SELECT tonghu_posts())::text[])
    OR (SELECT tonghu_parts()) AND (
        EXISTS (SELECT FROM case_grant g WHERE g.case_id = o.case_id AND g.why = 'duty' AND g.post = ANY ((SELECT tonghu_seers())::text[]))
        OR o.base <> ALL ((SELECT tonghu_police_keys())::text[]) AND split_part(split_part(o.owner, '/', 2), '#', 1) <> 'police'
            AND EXISTS (SELECT FROM case_grant g WHERE g.case_id = o.case_id AND g.why = 'duty' AND g.post = ANY ((SELECT tonghu_carers())::text[]))
        OR ((SELECT cardinality(tonghu_lo()) > 0) OR (SELECT tonghu_supervises())) AND tonghu_shows(o.case_id, o.key));
GRANT SELECT ON visible_obligations TO tonghu_app;

-- tonghu_late tells whether a case, in which something is late, is late as far as the asker is shown.
-- +goose StatementBegin
CREATE FUNCTION tonghu_late(of_case uuid, at timestamptz) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN EXISTS (SELECT FROM visible_obligations o
        WHERE o.case_id = of_case AND o.ended_at IS NULL AND tonghu_overdue(o.due, o.paused_since, at));
END
$$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION tonghu_late;
DROP VIEW visible_obligations;
DROP FUNCTION tonghu_shows, tonghu_whole, tonghu_parts, tonghu_seers, tonghu_carers, tonghu_supervises, tonghu_police_keys;
DROP INDEX case_grant_post, case_grant_open;
CREATE INDEX case_grant_post ON case_grant (post, opened DESC, case_id DESC);
CREATE INDEX case_grant_open ON case_grant (post, opened DESC, case_id DESC) WHERE NOT closed;
ALTER POLICY app ON cases USING (
    (
        (SELECT true FROM unnest((SELECT tonghu_lo()), (SELECT tonghu_hi()), (SELECT tonghu_deep()), (SELECT tonghu_own())) AS s (lo, hi, deep, own)
         WHERE cases.org >= s.lo COLLATE "C" AND cases.org < s.hi COLLATE "C" AND (s.deep OR NOT cases.compartment)
             AND (s.own = '' OR cases.owner = s.own OR split_part(split_part(cases.owner, '/', 2), '#', 1) <> 'manager') LIMIT 1)
        OR (SELECT true FROM case_grant g
            WHERE g.case_id = cases.id AND g.post = ANY ((SELECT tonghu_posts())::text[])
                AND NOT (cases.compartment AND split_part(split_part(g.post, '/', 2), '#', 1) = 'director') LIMIT 1)
    )
    AND NOT cases.recused && (SELECT tonghu_posts())::text[]
);
