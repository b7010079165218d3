-- What is lent to one person in a post shows the case to that person and not to the others who hold the post.

-- +goose Up

-- persons are who alone of the post sees the case, because it was lent to them; NULL: whoever holds the post. Rows from before learn
-- it with the next change of their case, and go when the loan ends.
ALTER TABLE case_grant ADD COLUMN persons text[] CHECK (persons <> '{}');
ALTER POLICY app ON case_grant USING (
    post = ANY ((SELECT tonghu_posts())::text[]) AND NOT recused && (SELECT tonghu_posts())::text[]
    AND (persons IS NULL OR (SELECT tonghu_asker()) = ANY (persons)));

-- +goose Down
ALTER POLICY app ON case_grant USING (
    post = ANY ((SELECT tonghu_posts())::text[]) AND NOT recused && (SELECT tonghu_posts())::text[]);
ALTER TABLE case_grant DROP COLUMN persons;
