// Package server offers a dataset over HTTP: an API for programs under
// /api/v1, described by /openapi.json, and pages in Chinese for people.
//
// Access: on loopback everyone may read and write; elsewhere a token is needed,
// as a bearer token or by the login page, and a token may read or also write.
// Forms of other sites are refused by the request's origin. Bodies, time and
// the number of requests at once are limited; what is too much gets 429 with
// Retry-After. Errors are problem details (RFC 9457).
//
// A [Server] is safe for concurrent requests. Reading goes on while a correction
// is written; an import holds back other writers.
package server
