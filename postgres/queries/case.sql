-- name: NextNumber :one
INSERT INTO counter (name, year, n) VALUES (@name, @year, 1)
ON CONFLICT (name, year) DO UPDATE SET n = counter.n + 1
RETURNING n;

-- TakeNumbers takes many at once and gives the last of them.
-- name: TakeNumbers :one
INSERT INTO counter (name, year, n) VALUES (@name, @year, @many::int)
ON CONFLICT (name, year) DO UPDATE SET n = counter.n + @many::int
RETURNING n;

-- name: CasesThere :many
SELECT id FROM cases WHERE id = ANY (@ids::uuid[]);

-- name: InsertCase :exec
INSERT INTO cases (id, number, kind, seq, decision_seq, rules, stage, phase, outcome, colour, owner, org, compartment, opened, closed_at,
    next_due, next_key, next_provisional, merged_into, state)
VALUES (@id, @number, @kind, @seq, @decision_seq, @rules, @stage, @phase, @outcome, @colour, @owner, @org, @compartment, @opened, @closed_at,
    @next_due, @next_key, @next_provisional, @merged_into, @state);

-- UpdateCase is for a case that is held at base; CheckChange looks that it was.
-- name: UpdateCase :exec
UPDATE cases SET seq = @seq, decision_seq = @decision_seq, rules = @rules, stage = @stage, phase = @phase, outcome = @outcome,
    colour = @colour, owner = @owner, org = @org, compartment = @compartment, closed_at = @closed_at, next_due = @next_due,
    next_key = @next_key, next_provisional = @next_provisional, merged_into = @merged_into, state = @state
WHERE id = @id AND seq = @base;

-- HoldCases locks in the order of ids, so that two changes that write to each other's case never wait in a circle.
-- name: HoldCases :exec
SELECT id FROM cases WHERE id = ANY (@ids::uuid[]) ORDER BY id FOR NO KEY UPDATE;

-- HeldCases gives the cases that are held and, beside the change's own, what is recorded of its command and the end of its
-- audit chain. It is a statement of its own: what it reads is what stands once the locks are held.
-- name: HeldCases :many
SELECT c.id, c.kind, c.seq, c.stage, c.merged_into, m.result, coalesce(a.seq, 0)::bigint AS audit_seq, a.hash AS audit_hash
FROM cases c
LEFT JOIN command m ON m.id = @command AND c.id = @case_id
LEFT JOIN LATERAL (SELECT l.seq, l.hash FROM audit l WHERE l.chain = @chain ORDER BY l.seq DESC LIMIT 1) a ON c.id = @case_id
WHERE c.id = ANY (@ids::uuid[]);

-- CheckChange stops a change that did not find the case at its base, or that leaves other obligations open than its state has.
-- name: CheckChange :exec
SELECT tonghu_must((SELECT c.seq = @seq FROM cases c WHERE c.id = @case_id), 'the case is not at the base of the change'),
    tonghu_must((SELECT count(*) = cardinality(@owed::uuid[]) AND count(*) FILTER (WHERE o.id = ANY (@owed)) = count(*)
        FROM obligation o WHERE o.case_id = @case_id AND o.ended_at IS NULL), 'the open obligations are not those of the state');

-- ShareCase keeps a case from changing until the transaction ends: whether it is closed decides what a fact sets off.
-- name: ShareCase :one
SELECT id, kind, seq, stage, compartment, merged_into FROM cases WHERE id = @id FOR SHARE;

-- MergedInto follows a case's merges to the case that it is now part of.
-- name: MergedInto :one
WITH RECURSIVE way AS (
    SELECT c.id, c.merged_into, 0 AS depth FROM cases c WHERE c.id = @id
    UNION ALL
    SELECT c.id, c.merged_into, way.depth + 1 FROM cases c JOIN way ON c.id = way.merged_into WHERE way.depth < 50
)
SELECT way.id FROM way ORDER BY way.depth DESC LIMIT 1;

-- FilingsOf gives the reports that are part of a case: its own and those of cases merged into it. A finding is none.
-- name: FilingsOf :many
WITH RECURSIVE part AS (
    SELECT c.id, 0 AS depth FROM cases c WHERE c.id = @id
    UNION ALL
    SELECT c.id, part.depth + 1 FROM cases c JOIN part ON c.merged_into = part.id WHERE part.depth < 50
)
SELECT f.case_id FROM part JOIN filing f ON f.case_id = part.id WHERE f.receipt_hash IS NOT NULL ORDER BY f.filed_at, f.case_id;

-- CaseFile gives a case that the asker may see with all that is shown beside it, and how much there is of what is mostly none.
-- name: CaseFile :one
SELECT v.id, v.number, v.kind, v.seq, v.stage, v.phase, v.outcome, v.colour, v.owner, v.org, v.opened, v.next_due, v.next_key, v.next_provisional, v.state,
    f.child, f.address, f.reporter, f.narrative,
    (SELECT array_agg(k.compartment ORDER BY k.compartment) FROM data_key k WHERE k.subject = v.id::text)::smallint[] AS parts,
    (SELECT array_agg(k.wrapped ORDER BY k.compartment) FROM data_key k WHERE k.subject = v.id::text)::bytea[] AS keys,
    (f.receipt_hash IS NOT NULL)::boolean AS filed,
    EXISTS (SELECT FROM command c WHERE c.case_id = v.id AND c.status = 'pending') AS pending,
    EXISTS (SELECT FROM fact w WHERE w.case_id = v.id AND w.applied_seq IS NULL) AS waiting,
    EXISTS (SELECT FROM break_glass g WHERE g.case_id = v.id AND g.person = tonghu_asker() AND g.until > @at) AS glass
FROM visible_cases v LEFT JOIN filing f ON f.case_id = v.id
WHERE v.id = @id;

-- name: CaseState :one
SELECT number, kind, rules, state FROM cases WHERE id = @id;

-- name: CaseIsThere :one
SELECT EXISTS (SELECT FROM cases WHERE id = @id);

-- name: AddRecused :exec
INSERT INTO case_recused (case_id, post) SELECT @case_id, unnest(@posts::text[]) ON CONFLICT DO NOTHING;

-- AddTold is for posts that were told of a case and keep the notice, whether they see the case or not.
-- name: AddTold :exec
INSERT INTO case_grant (case_id, post, why, opened, recused) SELECT @case_id, unnest(@posts::text[]), 'told', @opened, @recused::text[]
ON CONFLICT DO NOTHING;

-- SetDuty makes the posts on duty in a case exactly those given: these see it, or of a post only the persons beside it (with commas; none
-- for whoever holds it). What they were told is taken from the recused and the hidden.
-- name: SetDuty :exec
WITH gone AS (
    DELETE FROM case_grant g WHERE g.case_id = @case_id AND (
        g.why = 'duty' AND NOT g.post = ANY (@posts::text[]) OR g.post = ANY (@recused::text[])
        OR @compartment::boolean AND split_part(split_part(g.post, '/', 2), '#', 1) = 'director')
)
INSERT INTO case_grant AS g (case_id, post, persons, why, opened, recused)
SELECT @case_id, unnest(@posts::text[]), string_to_array(nullif(unnest(@persons::text[]), ''), ','), 'duty', @opened, @recused
ON CONFLICT (case_id, post, why) DO UPDATE SET persons = EXCLUDED.persons WHERE g.persons IS DISTINCT FROM EXCLUDED.persons;

-- name: MarkClosed :exec
UPDATE case_grant g SET closed = @closed WHERE g.case_id = @case_id AND g.closed <> @closed;

-- name: MarkRecused :exec
WITH glass AS (UPDATE break_glass b SET recused = @recused::text[] WHERE b.case_id = @case_id AND b.recused <> @recused)
UPDATE case_grant g SET recused = @recused WHERE g.case_id = @case_id AND g.recused <> @recused;

-- name: ActAs :exec
SELECT set_config('tonghu.person', @person, true), set_config('tonghu.posts', (@posts::text[])::text, true), set_config('tonghu.lo', (@lo::text[])::text, true),
    set_config('tonghu.hi', (@hi::text[])::text, true), set_config('tonghu.deep', (@deep::boolean[])::text, true), set_config('tonghu.own', (@own::text[])::text, true),
    set_config('tonghu.dir_lo', @dir_lo, true), set_config('tonghu.dir_hi', @dir_hi, true),
    set_config('tonghu.shown', @shown, true), set_config('tonghu.seers', (@seers::text[])::text, true),
    set_config('tonghu.carers', (@carers::text[])::text, true), set_config('tonghu.supervises', (@supervises::boolean)::text, true),
    set_config('tonghu.police_keys', (@police_keys::text[])::text, true);

-- TakeRole is for connections that are not the app's own.
-- name: TakeRole :exec
SELECT set_config('role', @role, true);

-- ListCases goes through all cases from the newest: for those who see most of them.
-- name: ListCases :many
SELECT id, number, kind, seq, stage, phase, outcome, colour, owner, org, opened, next_due, next_key, next_provisional FROM visible_cases
WHERE (opened, id) < (@before::timestamptz, @before_id::uuid)
    AND (@kind::text = '' OR kind = @kind) AND (@stage::text = '' OR stage = @stage) AND (@phase::text = '' OR phase = @phase)
    AND (@owner::text = '' OR owner = @owner) AND (@colour::text = '' OR colour = @colour)
    AND (@lo::text = '' OR (org >= @lo AND org < @hi::text))
    AND (NOT @overdue::boolean OR tonghu_overdue(next_due, NULL, @at::timestamptz) AND ((SELECT tonghu_whole()) OR tonghu_late(id, @at)))
    AND (sqlc.narg('open')::boolean IS NULL OR (stage <> 'closed') = sqlc.narg('open')::boolean)
ORDER BY opened DESC, id DESC
LIMIT @n;

-- ListNear is ListCases for those who see few: it goes through the cases of some places and through those that posts have to do with,
-- each from the newest.
-- name: ListNear :many
SELECT near.* FROM (SELECT unnest(@towns::text[]) AS town, unnest(@los::text[]) AS lo, unnest(@his::text[]) AS hi) a
CROSS JOIN LATERAL (
    SELECT c.id, c.number, c.kind, c.seq, c.stage, c.phase, c.outcome, c.colour, c.owner, c.org, c.opened, c.next_due, c.next_key, c.next_provisional FROM visible_cases c
    WHERE c.town = a.town AND c.org >= a.lo AND c.org < a.hi AND (c.opened, c.id) < (@before::timestamptz, @before_id::uuid)
        AND (@kind::text = '' OR c.kind = @kind) AND (@stage::text = '' OR c.stage = @stage) AND (@phase::text = '' OR c.phase = @phase)
        AND (@owner::text = '' OR c.owner = @owner) AND (@colour::text = '' OR c.colour = @colour)
        AND (@lo::text = '' OR (c.org >= @lo AND c.org < @hi::text))
        AND (NOT @overdue::boolean OR tonghu_overdue(c.next_due, NULL, @at::timestamptz) AND ((SELECT tonghu_whole()) OR tonghu_late(c.id, @at)))
        AND (sqlc.narg('open')::boolean IS NULL OR (c.stage <> 'closed') = sqlc.narg('open')::boolean)
    ORDER BY c.opened DESC, c.id DESC LIMIT @n
) near
UNION
SELECT near.* FROM (SELECT unnest(@posts::text[]) AS post) a
CROSS JOIN LATERAL (
    SELECT c.id, c.number, c.kind, c.seq, c.stage, c.phase, c.outcome, c.colour, c.owner, c.org, c.opened, c.next_due, c.next_key, c.next_provisional
    FROM case_grant g JOIN visible_cases c ON c.id = g.case_id
    WHERE g.why = 'duty' AND g.post = a.post AND (g.opened, g.case_id) < (@before::timestamptz, @before_id::uuid)
        AND (@kind::text = '' OR c.kind = @kind) AND (@stage::text = '' OR c.stage = @stage) AND (@phase::text = '' OR c.phase = @phase)
        AND (@owner::text = '' OR c.owner = @owner) AND (@colour::text = '' OR c.colour = @colour)
        AND (@lo::text = '' OR (c.org >= @lo AND c.org < @hi::text))
        AND (NOT @overdue::boolean OR tonghu_overdue(c.next_due, NULL, @at::timestamptz) AND ((SELECT tonghu_whole()) OR tonghu_late(c.id, @at)))
        AND (sqlc.narg('open')::boolean IS NULL OR (c.stage <> 'closed') = sqlc.narg('open')::boolean)
    ORDER BY g.opened DESC, g.case_id DESC LIMIT @n
) near
ORDER BY opened DESC, id DESC LIMIT @n;

-- ListOpen is ListCases of what is under way.
-- name: ListOpen :many
SELECT c.id, c.number, c.kind, c.seq, c.stage, c.phase, c.outcome, c.colour, c.owner, c.org, c.opened, c.next_due, c.next_key, c.next_provisional FROM visible_cases c
WHERE c.stage <> 'closed' AND (c.opened, c.id) < (@before::timestamptz, @before_id::uuid)
    AND (@kind::text = '' OR c.kind = @kind) AND (@stage::text = '' OR c.stage = @stage) AND (@phase::text = '' OR c.phase = @phase)
    AND (@owner::text = '' OR c.owner = @owner) AND (@colour::text = '' OR c.colour = @colour)
    AND (@lo::text = '' OR (c.org >= @lo AND c.org < @hi::text))
    AND (NOT @overdue::boolean OR tonghu_overdue(c.next_due, NULL, @at::timestamptz) AND ((SELECT tonghu_whole()) OR tonghu_late(c.id, @at)))
ORDER BY c.opened DESC, c.id DESC
LIMIT @n;

-- ListOpenNear is ListNear of what is under way.
-- name: ListOpenNear :many
SELECT near.* FROM (SELECT unnest(@towns::text[]) AS town, unnest(@los::text[]) AS lo, unnest(@his::text[]) AS hi) a
CROSS JOIN LATERAL (
    SELECT c.id, c.number, c.kind, c.seq, c.stage, c.phase, c.outcome, c.colour, c.owner, c.org, c.opened, c.next_due, c.next_key, c.next_provisional FROM visible_cases c
    WHERE c.stage <> 'closed' AND c.town = a.town AND c.org >= a.lo AND c.org < a.hi AND (c.opened, c.id) < (@before::timestamptz, @before_id::uuid)
        AND (@kind::text = '' OR c.kind = @kind) AND (@stage::text = '' OR c.stage = @stage) AND (@phase::text = '' OR c.phase = @phase)
        AND (@owner::text = '' OR c.owner = @owner) AND (@colour::text = '' OR c.colour = @colour)
        AND (@lo::text = '' OR (c.org >= @lo AND c.org < @hi::text))
        AND (NOT @overdue::boolean OR tonghu_overdue(c.next_due, NULL, @at::timestamptz) AND ((SELECT tonghu_whole()) OR tonghu_late(c.id, @at)))
    ORDER BY c.opened DESC, c.id DESC LIMIT @n
) near
UNION
SELECT near.* FROM (SELECT unnest(@posts::text[]) AS post) a
CROSS JOIN LATERAL (
    SELECT c.id, c.number, c.kind, c.seq, c.stage, c.phase, c.outcome, c.colour, c.owner, c.org, c.opened, c.next_due, c.next_key, c.next_provisional
    FROM case_grant g JOIN visible_cases c ON c.id = g.case_id
    WHERE g.why = 'duty' AND NOT g.closed AND c.stage <> 'closed' AND g.post = a.post AND (g.opened, g.case_id) < (@before::timestamptz, @before_id::uuid)
        AND (@kind::text = '' OR c.kind = @kind) AND (@stage::text = '' OR c.stage = @stage) AND (@phase::text = '' OR c.phase = @phase)
        AND (@owner::text = '' OR c.owner = @owner) AND (@colour::text = '' OR c.colour = @colour)
        AND (@lo::text = '' OR (c.org >= @lo AND c.org < @hi::text))
        AND (NOT @overdue::boolean OR tonghu_overdue(c.next_due, NULL, @at::timestamptz) AND ((SELECT tonghu_whole()) OR tonghu_late(c.id, @at)))
    ORDER BY g.opened DESC, g.case_id DESC LIMIT @n
) near
ORDER BY opened DESC, id DESC LIMIT @n;

-- FirstDue gives what is due first in cases of what the asker is shown.
-- name: FirstDue :many
SELECT DISTINCT ON (case_id) case_id, due, key, provisional FROM visible_obligations
WHERE case_id = ANY (@ids::uuid[]) AND ended_at IS NULL AND paused_since IS NULL ORDER BY case_id, due, id;

-- name: VisibleCase :one
SELECT id, number, kind, seq, stage, phase, outcome, colour, owner, org, opened, next_due, next_key, next_provisional, compartment, rules, state
FROM visible_cases WHERE id = @id;

-- name: OpenCases :many
SELECT id, number, kind, seq, stage, phase, outcome, colour, owner, org, opened, next_due, next_key, next_provisional FROM cases
WHERE stage <> 'closed' AND id > @after ORDER BY id LIMIT @n;

-- name: WithoutWorkflow :many
SELECT id, number, kind, seq, stage, phase, outcome, colour, owner, org, opened, next_due, next_key, next_provisional FROM cases
WHERE started_at IS NULL AND stage <> 'closed' ORDER BY opened LIMIT @n;

-- name: CountWithoutWorkflow :one
SELECT count(*) FROM cases WHERE started_at IS NULL AND stage <> 'closed';

-- name: MarkStarted :exec
UPDATE cases SET started_at = @at WHERE id = @id AND started_at IS NULL;

-- name: CasesWithUnapplied :many
SELECT id, number, kind, seq, stage, phase, outcome, colour, owner, org, opened, next_due, next_key, next_provisional FROM cases
WHERE id IN (SELECT f.case_id FROM fact f WHERE f.applied_seq IS NULL AND f.received < @before)
ORDER BY id LIMIT @n;
