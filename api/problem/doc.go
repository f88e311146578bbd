// Package problem turns errors into HTTP answers: it owns the one table from
// social.Code to status and the shape of an error body (RFC 9457,
// application/problem+json with a stable code). Both listeners use it. It knows
// neither routes nor a web framework.
package problem
