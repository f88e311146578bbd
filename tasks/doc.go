// Package tasks does durable work: what was enqueued in a transaction is done, on
// whichever node, through crashes and failures, and how it went can be read.
//
// It owns the kinds of tasks and what is common to all: who works at how many at
// a time, when a failed attempt is followed by another, what counts as dead, who
// notices that a worker died, what is due periodically. It knows the store's
// interface; it knows no SQL, no HTTP and no actor. What is done for a kind is
// given to it as a function, by whoever wires the parts.
//
// # A new kind
//
// Describe it, next to what it is about:
//
//	func Thumbnail() tasks.Kind[ThumbnailArgs] {
//		return tasks.Kind[ThumbnailArgs]{Name: "photo.thumbnail", Queue: tasks.Uploads}
//	}
//
// Say what is done for it, where the parts are wired:
//
//	err := tasks.Handle(handlers, Thumbnail(), func(ctx context.Context, run *tasks.Run, args ThumbnailArgs) (any, error) { … })
//
// Make one, and give it to the store's method that writes what causes it, which
// enqueues it in that transaction:
//
//	task, err := Thumbnail().New(ThumbnailArgs{Photo: id})
//	task.Owner = uid
//	enqueued, err := store.AddPhoto(ctx, photo, task)
//
// Every task may be run more than once: a worker that finished and died before it
// could say so is followed by another. So what is done must be safe to repeat; a
// kind that cannot be asks for AtMostOnce and may then be left undone.
package tasks
