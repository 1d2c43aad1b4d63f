// Package demo makes up the reviews and orders of a shop, with problems
// planted in known places: to try chaping without data of one's own, to test
// that it finds what is there and nothing else, and to measure it at any size.
//
// [New] takes an industry, a number of reviews and a seed; [Shop.Each] gives
// the orders one after the other, in constant memory; [Shop.Truth] says
// afterwards what was planted. The same three give the same orders on every
// machine. Texts are put together from phrases written for this project
// (data/*.yaml); each carries the labels that it was made from.
//
// # The model
//
// A review has each problem independently of the others, with the rate that the
// industry's file gives it, or with that of a planted cell that it lies in.
// So every cell of a table that no planted cell touches has the same true
// rate. Exceptions: general.dissatisfied is for reviews without another
// problem, and the second review of an order has no problems of service and
// logistics, for these are the order's and are told in the first. Scores
// follow from the problems. Reviews are spread over a year with the sales of
// Chinese shops in it; months are those of the review, in [review.Shanghai].
//
// A Shop is not safe for concurrent use.
package demo
