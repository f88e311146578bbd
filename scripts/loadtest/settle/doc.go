// Package settle looks at everything once the load has ended: first it reads the
// complete lists of everybody who took part, then it repeats every acknowledged
// swipe, those that were taken back last, since repeating these changes what stands.
//
// All of it goes into the history like any other request. The package has until
// its deadline and tells what it did not get to; it judges nothing.
package settle
