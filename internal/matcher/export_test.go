package matcher

// Build is New with a limit on the number of nodes that a test can reach.
var Build = build

// MaxTries lets a test build tables where the search for slots gives some up.
const MaxTries = maxTries
