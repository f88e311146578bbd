// Package uploads takes the pictures that people send and publishes what may be
// published of them.
//
// Two ways in lead to one task. Server-side: Accept measures the bytes, stages
// them in the store of media and enqueues the task. Client-direct: Open permits
// the client to send to the store by itself; Complete, or the store's word that
// it has arrived, enqueues the task. The task, Publish, opens what is staged,
// cleans it, stores it in three sizes under names made of its content and shows
// it, all of which may be repeated at any point. Sweep clears away what was
// begun and never ended, and what is not shown any more.
//
// An upload is recorded before anything of it is stored, and an object before it
// is published, so that the database knows of everything there is to clear away.
//
// It knows rules, tables, stores of media and tasks; it knows no HTTP and no
// actor. Who works at transfers is given to it as Transfers.
package uploads
