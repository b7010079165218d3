package workflows

// Every change of what a run does with the same history is listed here, oldest
// first, with the release that brought it: a constant that names it, used as
// workflow.GetVersion(ctx, name, workflow.DefaultVersion, n) where the behaviours
// part. A version may be dropped once no run older than it is open: runs are
// continued as new after 30 days, or when a worker of another build takes them.
//
// What needs a version: another order, number or kind of timers and local
// activities. What needs none: other States, events or due times computed by
// package cases, because a replay takes each State from Record's recorded answer;
// but whether there is anything to record, and whether a decision is refused, is
// computed again, so a change of those in cases is a change here.
//
// Before a release, its golden histories are added to testdata/histories; the
// replay test then tells whether a change needed a version.
//
//	v1 (0.1) the first behaviour: facts before ticks, one timer, local activities
//	         Facts, Record and Refresh.
