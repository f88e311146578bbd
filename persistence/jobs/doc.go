// Package jobs puts River, the queue, behind the engines: a job enqueued in an
// engine's transaction, workers that take jobs, jobs of dead workers made due
// again. Nobody but this package, the engines and the migrations knows River.
//
// A job carries the id of its task and nothing else. What a task is, who may see
// it and how it ended is in tables of ours (persistence.Tasks); what is done for
// a kind is in package tasks. The package knows no actor, and HTTP only for
// the dashboard that River brings.
package jobs
