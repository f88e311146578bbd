// Package check holds the tests of the deployment files that need the parsers of
// those who will read them: Compose, Kubernetes and BuildKit. It is a module of its
// own, as nothing else needs these. What the files say about Swiper itself is
// tested in the folder above.
package check
