package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"chaping/internal/report"
	"chaping/internal/trend"
	"chaping/internal/webhook"
)

type watchFlags struct {
	countFlags
	trend.WatchOptions
	unit, asOf string
	robot      webhook.Robot
	periods    int
}

func watchCommand() *cobra.Command {
	var f watchFlags
	c := &cobra.Command{
		Use:   "watch [flags] FILE...",
		Short: "Exit with 1 where a problem has become more frequent than chance allows",
		Long: `Watch follows the share of reviews with each problem by day, week or month. The first periods (--base) give the
usual share; the following ones are smoothed (EWMA) and held against a band of --limit standard deviations. Where
a category is above its band in the last period, watch says so and exits with 1: for cron. --webhook also posts it
to the group robot of a messenger; only categories and figures are sent, no review.`,
		Example: `  chaping watch --industry food reviews.csv
  chaping watch --industry food --unit day --base 28 --webhook "$ROBOT" --webhook-kind feishu reviews.csv`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return f.run(cmd, args)
		},
	}
	fl := f.register(c)
	fl.StringVar(&f.unit, "unit", "week", "length of a `PERIOD`: day, week or month")
	fl.IntVar(&f.periods, "periods", 26, "look at the last `N` periods, those of the base among them")
	fl.IntVar(&f.Base, "base", 8, "take the first `N` periods for the usual share")
	fl.Float64Var(&f.Lambda, "lambda", 0.2, "`WEIGHT` of the newest period, above 0 to 1")
	fl.Float64Var(&f.Limit, "limit", 3, "half width of the band in standard `DEVIATIONS`")
	fl.IntVar(&f.LeastCount, "least", 3, "no alert with fewer than `N` reviews in the last period")
	fl.StringVar(&f.asOf, "as-of", "", "last `DATE` (2026-06-30) looked at (default: the day of the newest review)")
	fl.StringVar(&f.robot.Address, "webhook", "", "post alerts to the robot at `URL`")
	fl.StringVar((*string)(&f.robot.Kind), "webhook-kind", "dingtalk", "whose robot it is: dingtalk (钉钉), wecom (企业微信) or feishu (飞书)")
	fl.StringVar(&f.robot.Secret, "webhook-secret", "", "sign messages with the robot's `SECRET` (加签), for dingtalk and feishu")
	return c
}

func (f *watchFlags) check() error {
	switch {
	case !slices.Contains(trend.Units, f.unit):
		return fmt.Errorf("--unit is %q: write day, week or month", f.unit)
	case f.Base < 1 || f.periods <= f.Base || f.periods > 3660:
		return errors.New("--base must be 1 at least, and --periods more than that, to 3660")
	case f.Lambda <= 0 || f.Lambda > 1:
		return errors.New("--lambda must be above 0, to 1")
	case f.Limit <= 0:
		return errors.New("--limit must be above 0")
	case f.LeastCount < 1:
		return errors.New("--least must be 1 at least")
	case !slices.Contains(webhook.Kinds, f.robot.Kind):
		return fmt.Errorf("--webhook-kind is %q: write dingtalk, wecom or feishu", f.robot.Kind)
	}
	if f.robot.Address != "" {
		if err := f.robot.Check(); err != nil {
			return fmt.Errorf("--webhook: %w", err)
		}
	}
	return f.analysisFlags.check()
}

// alert is a category above its band.
type alert struct {
	Category string     `json:"category"`
	Title    string     `json:"title"`
	Center   float64    `json:"center"` // usual share
	Last     trend.Step `json:"last"`
}

// run watches, tells and posts.
func (f *watchFlags) run(cmd *cobra.Command, args []string) error {
	alerts := []alert{}
	err := f.count(cmd, args, func(w io.Writer, in *intake, days *trend.Counter) error {
		title := f.titles(in.cls.Lexicon())
		span, err := f.span(days)
		if err != nil {
			return err
		}
		categories, err := f.wanted(days, title)
		if err != nil {
			return err
		}
		for _, id := range categories {
			points := days.Series(id, f.unit, span)
			watched, err := trend.Watch(points[max(0, len(points)-f.periods):], f.WatchOptions)
			if err != nil {
				return fmt.Errorf("by %s: %w", f.unit, err)
			}
			if watched.Alert {
				alerts = append(alerts, alert{id, title(id), watched.Center, watched.Steps[len(watched.Steps)-1]})
			}
		}
		if f.format == "json" {
			return printJSON(w, struct {
				Unit    string  `json:"unit"`
				AsOf    string  `json:"as_of"`
				Periods int     `json:"periods"`
				Base    int     `json:"base"`
				Lambda  float64 `json:"lambda"`
				Limit   float64 `json:"limit"`
				Alerts  []alert `json:"alerts"`
			}{f.unit, span.To.String(), f.periods, f.Base, f.Lambda, f.Limit, alerts})
		}
		_, err = io.WriteString(w, f.text(alerts))
		return err
	})
	if err != nil || len(alerts) == 0 {
		return err
	}
	if f.robot.Address != "" {
		if err := f.robot.Post(cmd.Context(), "chaping 差评预警\n"+f.text(alerts), time.Now()); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: %d categories are above their band", errCheck, len(alerts))
}

// span is the days that the periods may be of.
func (f *watchFlags) span(days *trend.Counter) (trend.Span, error) {
	all, ok := days.Days()
	if !ok {
		return all, errors.New("there is no review with a time to watch")
	}
	if f.asOf != "" {
		var err error
		if all.To, err = trend.ParseDay(f.asOf); err != nil {
			return all, fmt.Errorf("--as-of: %w", err)
		}
	}
	span, _ := days.Recent(f.unit, f.periods, all.To)
	return span, nil
}

// text is the alerts in words, a line each.
func (f *watchFlags) text(alerts []alert) string {
	if len(alerts) == 0 {
		return f.say("没有预警\n", "no alert\n")
	}
	var s strings.Builder
	for _, a := range alerts {
		fmt.Fprintf(&s, f.say("%s %s：占比 %s（%d/%d 条），EWMA %s 超出上限 %s（平时 %s，λ=%g，L=%g）\n", "%s %s: share %s (%d/%d), EWMA %s above %s (usually %s, λ=%g, L=%g)\n"),
			a.Title, a.Last.Period, report.Percent(a.Last.Share.Share), a.Last.Count, a.Last.Base,
			report.Percent(a.Last.EWMA), report.Percent(a.Last.High), report.Percent(a.Center), f.Lambda, f.Limit)
	}
	return s.String()
}
