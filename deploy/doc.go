// Package deploy holds no code, only the tests of the files beside it: that they
// speak of settings, flags and files that exist, and that nginx and systemd
// understand theirs. What needs the parsers of Compose and Kubernetes is tested in
// deploy/check, which is a module of its own; e2e runs nodes behind the real nginx.
package deploy
