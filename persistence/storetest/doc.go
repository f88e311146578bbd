// Package storetest is the conformance suite of the persistence contracts:
// every engine passes all of it. It takes a factory that makes fresh databases
// and knows nothing of any engine; what the contracts do not promise is not
// tested here.
//
// The races are run through two stores with pools of their own, the way two
// processes write to one database. -short makes them fewer, never different.
package storetest
