-- name: Letters :many
SELECT kind, n FROM letter WHERE case_id = @case_id;

-- name: InsertLetter :exec
INSERT INTO letter (case_id, kind, n, number, post, measure, command, issued, due)
VALUES (@case_id, @kind, @n, @number, @post, @measure, @command, @issued, @due);

-- name: VisibleLetter :one
SELECT l.number, l.post, l.measure, l.command, l.issued, c.number AS case_number,
    coalesce(o.due, l.due, '0001-01-01 00:00:00Z')::timestamptz AS due, coalesce(o.provisional, false) AS provisional
FROM letter l JOIN visible_cases c ON c.id = l.case_id
LEFT JOIN LATERAL (
    SELECT w.due, w.provisional FROM obligation w
    WHERE w.case_id = l.case_id AND w.key = CASE l.kind WHEN 'order' THEN 'order_reply:' ELSE 'task:' END || l.n
    ORDER BY w.occurrence DESC LIMIT 1
) o ON true
WHERE l.case_id = @case_id AND l.kind = @kind AND l.n = @n;

-- PostTitle gives what the unit or the place of a post is called.
-- name: PostTitle :one
SELECT coalesce((SELECT u.title FROM unit u WHERE u.name = @unit), (SELECT o.name FROM org o WHERE o.code = @code), '')::text;
