// Package exports gives people a copy of what is kept of them: a zip of JSON and
// pictures, made by a task, kept for a day where only they can read it.
//
// Request records that somebody asks, one export at a time for each user. The
// task, Make, goes through the user's rows slice by slice into a temporary file,
// stores it under a private key that cannot be guessed, and tells the user. Open
// lets the user, and nobody else, read it. The key is claimed before anything is
// stored, among the objects that the sweep of package uploads deletes: what
// becomes ready is on that list with the hour at which it expires, so nothing
// stays behind, however a worker dies.
//
// What an export holds is the user's own: profile, marks given, friendships,
// events, quotas used, logins, uploads, pictures. Of others there are ids; likes
// received are theirs who gave them.
//
// It knows rules, tables, stores of media, tasks and letters; it knows no HTTP
// and no actor. Who works at transfers is given to it as Transfers.
package exports
