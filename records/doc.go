// Package records names what is kept around a case: the report as it was filed,
// receipts and messages, forms and commands, people and the posts they hold,
// notices. Each file is one noun with its types and the interface of its store;
// postgres implements them, api and jobs use them.
//
// Personal text appears here in clear, in memory only: a store seals it through
// vault before it is written and opens it for those who may see it.
package records
