-- Lists of what is under way go through that alone: of a hundred cases some four are.

-- +goose Up

CREATE INDEX cases_open_newest ON cases (opened DESC, id DESC) WHERE stage <> 'closed';
DROP INDEX cases_open_town;
CREATE INDEX cases_open_town ON cases (town, opened DESC, id DESC) WHERE stage <> 'closed';

-- closed repeats whether the case is, so that the open ones of a post are found among the many that it once had to do with.
ALTER TABLE case_grant ADD COLUMN closed boolean NOT NULL DEFAULT false;
UPDATE case_grant g SET closed = true FROM cases c WHERE c.id = g.case_id AND c.stage = 'closed';
CREATE INDEX case_grant_open ON case_grant (post, opened DESC, case_id DESC) WHERE NOT closed;

-- +goose Down
DROP INDEX case_grant_open;
ALTER TABLE case_grant DROP COLUMN closed;
DROP INDEX cases_open_town, cases_open_newest;
CREATE INDEX cases_open_town ON cases (town) WHERE stage <> 'closed';
