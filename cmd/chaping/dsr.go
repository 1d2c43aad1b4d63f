package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"chaping/internal/dsr"
	"chaping/internal/pipeline"
	"chaping/internal/review"
	"chaping/internal/writer"
)

// shownImpacts is how many impacts a table shows of each dimension.
const shownImpacts = 10

// scoreFlags say how scores are counted and what they cost.
type scoreFlags struct {
	profile, asOf string
	window        int
	price         float64
	seed          uint64
	samples       int

	profiled dsr.Profile
	day      time.Time // zero: the day of the newest rating
}

func (f *scoreFlags) register(fl *pflag.FlagSet) {
	fl.StringVar(&f.profile, "profile", "taobao", "counting rule of a `PLATFORM`: taobao, pdd, douyin or custom")
	fl.IntVar(&f.window, "window", 0, "`DAYS` of the window, the as-of day among them (default: the platform's)")
	fl.StringVar(&f.asOf, "as-of", "", "`DATE` (2026-06-30) of the scores (default: the day of the newest rating)")
	fl.Float64Var(&f.price, "price", 2, "`YUAN` that a five-star costs")
	fl.IntVar(&f.samples, "samples", 1000, "bootstrap samples for the intervals; 0 for none")
	fl.Uint64Var(&f.seed, "seed", 1, "`SEED` of the bootstrap: the same seed gives the same intervals")
}

// check reads the flags.
func (f *scoreFlags) check() (err error) {
	if f.profiled, err = dsr.ProfileOf(f.profile); err != nil {
		return fmt.Errorf("--profile: %w", err)
	}
	switch {
	case f.window < 0 || f.window > 3660:
		return errors.New("--window must be 1 to 3660 days")
	case !(f.price >= 0 && f.price < 1e9):
		return errors.New("--price must not be negative")
	}
	f.profiled.Window = cmp.Or(f.window, f.profiled.Window)
	if f.asOf != "" {
		if f.day, err = time.ParseInLocation(time.DateOnly, f.asOf, review.Shanghai); err != nil {
			return fmt.Errorf("--as-of is %q: write a date such as 2026-06-30", f.asOf)
		}
	}
	return nil
}

type dsrFlags struct {
	analysisFlags
	scoreFlags
	goal       string
	days       int
	whatIf     map[string]string
	minReviews int64

	target *big.Rat // nil without --goal
	shares map[string]float64
}

func dsrCommand() *cobra.Command {
	var f dsrFlags
	c := &cobra.Command{
		Use:   "dsr [flags] FILE...",
		Short: "Compute the shop's three scores and what each problem costs in them",
		Long: `Dsr counts ratings as a platform does and computes the three scores (D description, S service, L logistics), what
each category, product, courier and province, and each pair of them, costs in them, how the scores go on if
nothing new comes in, and how many five-stars a goal takes. --profile names the platform: taobao (180 days), pdd
(90), douyin (60) or custom with --window.`,
		Example: `  chaping dsr --industry food --profile taobao --as-of 2026-06-30 reviews.csv
  chaping dsr --industry food --what-if product.taste=-50% --goal 4.8 reviews.csv
  chaping dsr offset --score 4.8 --star 1`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return f.run(cmd, args)
		},
	}
	f.analysisFlags.register(c, "table", "json")
	fl := c.Flags()
	f.scoreFlags.register(fl)
	fl.StringToStringVar(&f.whatIf, "what-if", nil, "scores if a category became rarer, such as product.taste=-50%; `CATEGORY=CHANGE` may be repeated")
	fl.StringVar(&f.goal, "goal", "", "how many five-stars it takes to reach a `SCORE`, such as 4.8")
	fl.IntVar(&f.days, "days", 30, "`DAYS` of forecast")
	fl.Int64Var(&f.minReviews, "min-reviews", 1, "leave out impacts of fewer than `N` ratings")
	c.AddCommand(offsetCommand())
	return c
}

// check reads the flags.
func (f *dsrFlags) check() (err error) {
	if err := f.scoreFlags.check(); err != nil {
		return err
	}
	if f.days < 0 || f.days > 3660 {
		return errors.New("--days must be 0 to 3660")
	}
	if f.goal != "" {
		if f.target, err = dsr.ParseScore(f.goal); err != nil {
			return fmt.Errorf("--goal: %w", err)
		}
	}
	f.shares = map[string]float64{}
	for category, change := range f.whatIf {
		n, err := strconv.ParseFloat(strings.TrimSuffix(change, "%"), 64)
		if err != nil || !strings.HasSuffix(change, "%") || !(n <= 0 && n >= -100) {
			return fmt.Errorf("--what-if %s=%s: write a decrease such as -50%%", category, change)
		}
		f.shares[category] = -n / 100
	}
	return f.analysisFlags.check()
}

// run computes and writes the scores.
func (f *dsrFlags) run(cmd *cobra.Command, args []string) error {
	var ratings dsr.Ratings
	see := func(_ *intake, a *pipeline.Annotation) error {
		r := a.Rating()
		ratings.Add(&r)
		return nil
	}
	return f.analysisFlags.run(cmd, args, see, func(w io.Writer, in *intake) error {
		title := f.titles(in.cls.Lexicon())
		for category := range f.shares {
			if title(category) == category {
				return fmt.Errorf("--what-if: no category is called %q", category)
			}
		}
		if f.day.IsZero() {
			f.day = ratings.Newest().In(review.Shanghai)
			fmt.Fprintf(cmd.ErrOrStderr(), "chaping: scores as of %s, the day of the newest rating; --as-of names another\n", f.day.Format(time.DateOnly))
		}
		c := dsr.Count(&ratings, f.profiled, f.day)
		for _, note := range c.Notes {
			fmt.Fprintln(cmd.ErrOrStderr(), "chaping: note:", note)
		}
		result := dsr.Summarise(c, dsr.SummaryOptions{
			ImpactOptions: dsr.ImpactOptions{MinReviews: f.minReviews, Price: f.price, Samples: cmp.Or(f.samples, -1), Seed: f.seed},
			Days:          f.days, WhatIf: f.shares, Goal: f.target,
		})
		if f.format == "json" {
			return printJSON(w, result)
		}
		return f.print(w, result, title)
	})
}

// dimensionNames are the names of the scores in Chinese and English.
var dimensionNames = map[string]map[dsr.Dimension]string{
	"zh": {dsr.D: "描述相符", dsr.S: "卖家服务", dsr.L: "物流服务"},
	"en": {dsr.D: "description", dsr.S: "service", dsr.L: "logistics"},
}

// say is a text in the language of --lang.
func (f *analysisFlags) say(zh, en string) string {
	if f.lang == "en" {
		return en
	}
	return zh
}

// print writes the result for people.
func (f *dsrFlags) print(w io.Writer, r dsr.Summary, title func(string) string) error {
	fmt.Fprintf(w, f.say("%s，截至 %s，近 %d 天\n\n", "%s, as of %s, %d days\n\n"), f.profiled.Title, r.AsOf, r.WindowDays)
	t := newTable("", f.say("显示", "shown"), f.say("平均", "mean"), f.say("评分数", "ratings"), "5", "4", "3", "2", "1")
	for _, d := range dsr.Dimensions {
		x := r.Dimensions[d]
		t.AppendRow(table.Row{dimensionNames[f.lang][d], x.Shown, shownMean(x.Score), x.N, x.Stars["5"], x.Stars["4"], x.Stars["3"], x.Stars["2"], x.Stars["1"]})
	}
	fmt.Fprintln(w, t.Render())
	for _, d := range dsr.Dimensions {
		f.printImpact(w, r, d, title)
	}
	for _, x := range r.WhatIf {
		fmt.Fprintf(w, f.say("\n若 %s 减少 %.0f%%：", "\nwith %s down by %.0f%%:"), title(x.Category), -100*x.Change)
		for _, d := range dsr.Dimensions {
			fmt.Fprintf(w, "  %s %.4f", d, x.Score[d])
		}
		fmt.Fprintln(w)
	}
	if f.target != nil {
		fmt.Fprintf(w, f.say("\n达到 %s 需要的五星数：", "\nfive-stars to reach %s:"), f.goal)
		for _, d := range dsr.Dimensions {
			if g := r.Goal[d]; g.Never {
				fmt.Fprintf(w, "  %s %s", d, f.say("无法达到", "never"))
			} else {
				fmt.Fprintf(w, f.say("  %s %d 个（%.0f 元）", "  %s %d (%.0f yuan)"), d, g.FiveStars, g.Cost)
			}
		}
		fmt.Fprintln(w)
	}
	if n := len(r.Forecast); n > 0 {
		last := r.Forecast[n-1]
		_, err := fmt.Fprintf(w, f.say("\n若不再有新评价，%s：D %s  S %s  L %s\n", "\nif nothing new comes in, on %s: D %s  S %s  L %s\n"), last.Date, shownMean(last.D), shownMean(last.S), shownMean(last.L))
		return err
	}
	return nil
}

// printImpact writes what cost most in a dimension.
func (f *dsrFlags) printImpact(w io.Writer, r dsr.Summary, d dsr.Dimension, title func(string) string) {
	t := newTable(f.say("拖累 ", "costs ")+dimensionNames[f.lang][d], f.say("评分数", "ratings"), f.say("若无", "without"), "95 %", f.say("若如同款他人", "as others"), f.say("显示", "shown"), f.say("相当五星", "five-stars"), f.say("元", "yuan"))
	for _, im := range r.Impact {
		if im.Dimension != d || im.Without <= 0 || t.Length() == shownImpacts {
			continue
		}
		shown := im.ShownBefore
		if im.ShownAfter != shown {
			shown += "→" + im.ShownAfter
		}
		t.AppendRow(table.Row{
			shownKey(im.Key, title), im.Reviews, fmt.Sprintf("+%.4f", im.Without), interval(im), fmt.Sprintf("%+.4f", im.AsOthers),
			shown, im.FiveStars, fmt.Sprintf("%.0f", im.Cost),
		})
	}
	if t.Length() > 0 {
		fmt.Fprintf(w, "\n%s\n", t.Render())
	}
}

func interval(im dsr.Impact) string {
	if im.Low == nil {
		return "–"
	}
	return fmt.Sprintf("%.4f–%.4f", *im.Low, *im.High)
}

func shownKey(k dsr.Key, title func(string) string) string {
	parts := []string{writer.OneLine(k.Product), writer.OneLine(k.Courier), writer.OneLine(k.Province)}
	if k.Category != "" {
		parts = append([]string{title(k.Category)}, parts...)
	}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " × ")
}

func shownMean(m *float64) string {
	if m == nil {
		return "–"
	}
	return fmt.Sprintf("%.4f", *m)
}

func offsetCommand() *cobra.Command {
	var score, format, lang string
	var star int
	var explain bool
	c := &cobra.Command{
		Use:     "offset --score SCORE --star STAR",
		Short:   "Say how many five-stars offset one bad rating",
		Example: `  chaping dsr offset --score 4.8 --star 1 --explain`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			exact, err := dsr.ParseScore(score)
			switch {
			case err != nil:
				return fmt.Errorf("--score: %w", err)
			case star < 1 || star > 5:
				return errors.New("--star must be 1 to 5")
			case format != "table" && format != "json":
				return fmt.Errorf("--format is %q: write table or json", format)
			}
			n, err := dsr.Offset(exact, star)
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			if format == "json" {
				return printJSON(out, map[string]any{"score": score, "star": star, "five_stars": n})
			}
			if lang == "en" {
				fmt.Fprintf(out, "one %d-star rating at %s takes %d five-stars\n", star, score, n)
			} else {
				fmt.Fprintf(out, "评分 %s 时，一个 %d 星需要 %d 个五星抵消\n", score, star, n)
			}
			if explain {
				explainOffset(out, lang, score, star, n)
			}
			return nil
		},
	}
	fl := c.Flags()
	fl.StringVar(&score, "score", "", "the shop's `SCORE`, such as 4.8")
	fl.IntVar(&star, "star", 1, "`STARS` of the bad rating")
	fl.StringVarP(&format, "format", "f", "table", "output `FORMAT`: table or json")
	fl.StringVar(&lang, "lang", "zh", "language: zh or en")
	fl.BoolVar(&explain, "explain", false, "show the derivation")
	return c
}

// explainOffset writes the derivation, and why a figure that many know is wrong.
func explainOffset(w io.Writer, lang, score string, star int, n int64) {
	text := `设已有 n 个评分、均分 f，再来一个 s 星，之后补 x 个五星，均分不下降：
  (f·n + s + 5x) / (n + 1 + x) ≥ f
  f·n + s + 5x ≥ f·n + f + f·x
  x ≥ (f − s) / (5 − f)        与 n 无关，向上取整
代入 f = %[1]s，s = %[2]d：x ≥ (%[1]s − %[2]d) / (5 − %[1]s)，取 %[3]d
广为流传的文章把 (f − 1)/(5 − f) 改写成 6/(5 − f) − 1，得出 4.7 需 19 个、4.9 需 59 个，是笔误：
正确的改写是 4/(5 − f) − 1，即 4.7 需 13 个，4.9 需 39 个。
`
	if lang == "en" {
		text = `n ratings with mean f, then one of s stars, then x five-stars; the mean shall not fall:
  (f·n + s + 5x) / (n + 1 + x) ≥ f
  f·n + s + 5x ≥ f·n + f + f·x
  x ≥ (f − s) / (5 − f)        whatever n is, rounded up
with f = %[1]s, s = %[2]d: x ≥ (%[1]s − %[2]d) / (5 − %[1]s), that is %[3]d
A widely copied article rewrites (f − 1)/(5 − f) as 6/(5 − f) − 1 and gets 19 at 4.7 and 59 at 4.9. That is a
slip: it is 4/(5 − f) − 1, so 13 at 4.7 and 39 at 4.9.
`
	}
	fmt.Fprintf(w, "\n"+text, score, star, n)
}
