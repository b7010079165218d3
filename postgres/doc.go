// Package postgres keeps cases and what belongs to them: the stores of package
// records and the ledger of package cases, on pgx with queries made by sqlc.
//
// Every store method is one transaction; what a commit sets off (jobs, notices,
// the stream's hint) is committed with it. Text that is personal is sealed through
// vault before it is written. No query decides by the database's clock: times come
// from the caller.
package postgres
