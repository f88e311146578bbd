// Package smtp hands letters to a mail server: it is a messages.Sender.
//
// Each letter has a connection of its own, encrypted unless the server is said
// to be a relay nearby, and ended with its context. What the server says is
// judged by how far it came: a letter whose body it may have taken over is
// unsettled. Errors tell codes of SMTP and no words of the server's, which repeat
// addresses.
package smtp
