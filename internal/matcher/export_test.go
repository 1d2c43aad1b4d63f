package matcher

// Build is New with a limit on the number of nodes that a test can reach.
var Build = build
