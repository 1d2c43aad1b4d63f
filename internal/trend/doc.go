// Package trend follows the share of reviews with a problem over time. It is
// pure arithmetic on counts a day.
//
// [Counter] counts reviews and problems by day; [Counter.Change] compares two
// spans of days, and [Counter.Series] gives a category by day, ISO week or month.
//
// # Formulas
//
//	share        p = k/n, reviews with the problem ÷ reviews
//	difference   d = p₂ − p₁, with Newcombe's hybrid score interval of 95 %:
//	             low  = d − √((p₂ − l₂)² + (u₁ − p₁)²)
//	             high = d + √((u₂ − p₂)² + (p₁ − l₁)²)
//	             where (lᵢ, uᵢ) is the Wilson interval of pᵢ
//	             (Newcombe 1998, Statistics in Medicine 17:873–890, method 10)
//
// Days are in Asia/Shanghai. A Counter is not safe for concurrent use; its memory
// grows with days and categories, not with reviews.
package trend
