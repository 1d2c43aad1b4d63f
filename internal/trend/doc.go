// Package trend follows the share of reviews with a problem over time. It is
// pure arithmetic on counts a day.
//
// [Counter] counts reviews and problems by day; [Counter.Change] compares two
// spans of days, [Counter.Series] gives a category by day, ISO week or month, and
// [Watch] says where a series leaves its band.
//
// # Formulas
//
//	share        p = k/n, reviews with the problem ÷ reviews
//	difference   d = p₂ − p₁, with Newcombe's hybrid score interval of 95 %:
//	             low  = d − √((p₂ − l₂)² + (u₁ − p₁)²)
//	             high = d + √((u₂ − p₂)² + (p₁ − l₁)²)
//	             where (lᵢ, uᵢ) is the Wilson interval of pᵢ
//	             (Newcombe 1998, Statistics in Medicine 17:873–890, method 10)
//	EWMA         z₀ = p₀, zₜ = λ·pₜ + (1 − λ)·zₜ₋₁
//	variance     v₀ = 0,  vₜ = λ²·p₀(1 − p₀)/nₜ + (1 − λ)²·vₜ₋₁
//	band         p₀ ± L·√(vₜ + (1 − (1 − λ)ᵗ)²·p₀(1 − p₀)/n₀)
//	             (Roberts 1959, Technometrics 1:239–250; λ and L after Lucas and
//	             Saccucci 1990, Technometrics 32:1–12)
//
// p₀ = (k₀ + ½)/(n₀ + 1) is the share in the n₀ reviews of the base periods, the
// half keeping a category that never occurred from having a band of no width; the
// second term under the root is what p₀ itself is uncertain by. Shares of
// periods have different numbers of reviews, which the variance heeds. A period
// without reviews changes nothing.
//
// Days are in Asia/Shanghai. A Counter is not safe for concurrent use; its memory
// grows with days and categories, not with reviews.
package trend
