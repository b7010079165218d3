-- +goose Up

-- Posts that a rung has told of what is owed still: it stands in their worklist too, beside what they owe. due repeats the obligation's,
-- for the order of the list; a deadline that moves begins its ladder anew, and nobody is told of it yet.
CREATE TABLE reached (
    case_id    uuid        NOT NULL REFERENCES cases,
    obligation uuid        NOT NULL REFERENCES obligation,
    post       text        NOT NULL,
    epoch      int         NOT NULL,
    due        timestamptz NOT NULL,
    PRIMARY KEY (case_id, obligation, post)
);
CREATE INDEX reached_worklist ON reached (post, due, obligation);
INSERT INTO reached (case_id, obligation, post, epoch, due)
SELECT DISTINCT o.case_id, o.id, i.post, o.epoch, o.due
FROM obligation o JOIN notice_intent i ON i.case_id = o.case_id AND i.key = o.key AND i.occurrence = o.occurrence AND i.epoch = o.epoch
WHERE o.ended_at IS NULL AND i.type = 'rung';

-- A post's own rows, with the case.
SELECT tonghu_lock_tables();
CREATE POLICY app ON reached FOR SELECT TO tonghu_app USING (
    post = ANY ((SELECT tonghu_posts())::text[]) AND (SELECT true FROM cases c WHERE c.id = reached.case_id));
GRANT SELECT ON reached TO tonghu_app;

-- +goose Down
DROP TABLE reached;
