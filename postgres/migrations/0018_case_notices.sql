-- +goose Up

-- Who was told of a case, by which channel and when, is part of its timeline: who sees the case sees it.
CREATE POLICY app_case ON notice FOR SELECT TO tonghu_app
    USING (CASE WHEN case_id IS NOT NULL THEN (SELECT true FROM cases c WHERE c.id = notice.case_id) END);
CREATE POLICY app_case ON notice_delivery FOR SELECT TO tonghu_app
    USING ((SELECT true FROM notice_cover v WHERE v.delivery = notice_delivery.id LIMIT 1));
CREATE INDEX notice_case_at ON notice (case_id, at, id) WHERE seq IS NOT NULL;

-- +goose Down
DROP INDEX notice_case_at;
DROP POLICY app_case ON notice_delivery;
DROP POLICY app_case ON notice;
