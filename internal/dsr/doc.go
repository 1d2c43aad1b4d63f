// Package dsr computes a shop's three scores (描述相符 D, 卖家服务 S, 物流服务 L) as
// the platforms do, and what each problem costs in them. It is pure arithmetic
// on [Rating]s.
//
// # Which ratings count
//
// A [Profile] has a platform's rule. The window is the as-of day and the days
// before it, by rating time, in Shanghai. D counts once an item; S and L come
// from the first row of an order. Of a buyer's orders with the shop in one
// calendar month (by order time) only the first three count. A dimension that
// was not rated is left out. A follow-up (追评) has no score and changes none: its
// problems cost nothing here. [Count] applies this and says in Counted.Notes
// where it could not.
//
// # Formulas
//
//	mean F = Σ s·n_s / Σ n_s               shown: floored to one decimal, not rounded
//	five-stars that offset one s-star rating at score f:
//	  (f·n + s + 5x)/(n + 1 + x) ≥ f   ⇔   x ≥ (f − s)/(5 − f)
//	five-stars to reach a goal g:          x ≥ (g·n − Σ)/(5 − g)
//
// A widely copied article rewrites (f − 1)/(5 − f) as 6/(5 − f) − 1; that is a
// slip, it is 4/(5 − f) − 1: one 1-star at 4.7 takes 13 five-stars, not 19.
// All of this is done in whole numbers, so that 4.8 is 4.8.
//
// The impact of a set of ratings (a category, a product, a pair …) is told
// twice. Without: the mean of all other ratings, less the mean. As others:
// each of those ratings is replaced by the mean of the other ratings of the
// same product, which takes the product's own level out of the comparison;
// were it replaced by the mean of all others, the two would be the same number
// (Σ_r + n_c·Σ_r/n_r)/n = Σ_r/n_r. Where a product has no other rating, or the
// set is the product itself, all others stand in. The interval is the percentile
// bootstrap of Without: ratings are drawn anew, which for a mean of stars is a
// multinomial draw of the counts of each star inside and outside the set.
//
// Sources: DESIGN and facts of the project, gathered 2026-11-22 from the
// platforms' public rules; each profile names its own.
//
// Nothing here reads clocks or files; all functions are safe for concurrent use
// on different values.
package dsr
