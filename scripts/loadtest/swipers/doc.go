// Package swipers plays people: each swiper has a taste, a memory of whom it has
// met and dice of its own, and does what people do, clumsily where people are
// clumsy. Two of them like each other at the same instant as often as wanted.
//
// What a swiper decides depends on the seed, its id and the answers it got, on
// nothing else; when the answers come is the network's affair. The package owns
// what is asked. It knows nothing of HTTP and judges nothing.
//
// Rates follow what was published of a large app of this kind: men like 46 % of
// the profiles they are shown, women 14 % (New York Times, 29 October 2014).
// Activity is log-normal: most people do little, a few a lot.
package swipers
