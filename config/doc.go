// Package config owns what an operator decides: the settings, read once at
// start from defaults, file, environment and flags, and the tunables, which
// change while the system runs and live in the database.
//
// A setting has one name everywhere: http.listen is --http.listen on the
// command line, SWIPER_HTTP_LISTEN in the environment and listen under http in
// the file. The package knows no engine, no actor and no HTTP; cmd/swiper turns
// its values into the options of the other packages.
package config
