-- name: InsertGlass :one
INSERT INTO break_glass (id, case_id, person, post, compartments, grounds, began, until, approver, approver_post, reviewer, review_due,
    recused)
VALUES (@id, @case_id, @person, @post, @compartments::text[], @grounds, @began, @until, @approver, @approver_post, @reviewer, @review_due,
    (SELECT c.recused FROM cases c WHERE c.id = @case_id))
RETURNING n;

-- name: GetGlass :one
SELECT id, case_id, person, post, compartments, grounds, began, until, approver, approver_post, reviewer, review_due, reviewed_at, reviewed_by, verdict
FROM break_glass WHERE id = @id;

-- GlassReview says who owes the review of a reading, and by when.
-- name: GlassReview :exec
UPDATE break_glass SET reviewer = @reviewer, review_due = @due
WHERE id = @id AND reviewed_at IS NULL AND (reviewer <> @reviewer OR review_due <> @due::timestamptz);

-- name: GlassReviewed :exec
UPDATE break_glass SET reviewed_at = @at::timestamptz, reviewed_by = @by_person, reviewer = @by_post, verdict = @verdict WHERE id = @id AND reviewed_at IS NULL;

-- GlassReader gives the person whose reading a review is of.
-- name: GlassReader :one
SELECT person FROM break_glass WHERE id = @id;

-- Openings are the asker's emergency readings of a case that are in force.
-- name: Openings :many
SELECT id, compartments, until FROM break_glass
WHERE case_id = @case_id AND person = tonghu_asker() AND post = ANY (tonghu_posts()) AND until > @at AND reviewed_at IS NULL
ORDER BY began, id;

-- Glasses are those that the asker may look through; the number is of a case that they see.
-- name: Glasses :many
SELECT g.id, g.case_id, g.person, g.post, g.compartments, g.grounds, g.began, g.until, g.approver, g.approver_post, g.reviewer, g.review_due,
    g.reviewed_at, g.reviewed_by, g.verdict, coalesce((SELECT c.number FROM cases c WHERE c.id = g.case_id), '')::text AS number
FROM break_glass g
WHERE (g.began, g.id) < (@before::timestamptz, @before_id::uuid) AND (NOT @open::boolean OR g.review_due IS NOT NULL AND g.reviewed_at IS NULL)
    AND (sqlc.narg('case_id')::uuid IS NULL OR g.case_id = sqlc.narg('case_id'))
ORDER BY g.began DESC, g.id DESC LIMIT @n;
