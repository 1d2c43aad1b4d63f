// Package crosstab counts problems over two or three dimensions and says which
// counts are too high to be chance. It is pure arithmetic on [Row]s.
//
// [New] takes the dimensions, [Table.Add] a review after the other, and
// [Table.Cells] gives the cells. A cell has
//
//	count   reviews with the cell's problem (of any problem, without the dimensions category and owner) in the cell's segment
//	base    shipped orders of the segment where an order base is given, else its reviews; an order then counts once
//	rate    count/base, with the Wilson score interval of 95 % (Wilson 1927)
//	ratio   rate ÷ the rate of the rest: the same problem in all other segments
//	p       two-sided: Fisher's exact test where an expected count is below 5, else the χ² test of the 2×2 table without correction
//	q       p after Benjamini and Hochberg (1995) over all cells of the table
//
// The segment is what the dimensions other than category and owner name. A cell
// is significant where q < 0.05; it is small, and never significant, where its
// base is below the minimum.
//
// A Table is not safe for concurrent use. It keeps none of a Row's strings. Its
// memory grows with its cells, not with the reviews; with an order base also
// with the orders that have a problem.
package crosstab
