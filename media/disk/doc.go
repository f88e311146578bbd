// Package disk is the media.Store of one machine: objects are files in a folder,
// published and received by handlers of its own. It is the store of a server
// that was given no other.
//
// An object appears whole or not at all, also after a power cut: it is written
// beside its place, synced, and linked there, unless something is there already. Files are reached through os.Root, so
// no key and no link leads out of the folder. The content type of an object is
// read from its bytes, never taken from a client.
//
// Several processes may share the folder, on a file system that knows hard links.
// The package knows no user and no route;
// whoever mounts the handlers says how errors are answered.
package disk
