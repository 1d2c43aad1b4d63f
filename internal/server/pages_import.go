package server

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
)

// job is an import that a page has begun. It goes on when the page is left.
type job struct {
	ID    string
	Files []string
	seen  atomic.Int64

	mu      sync.Mutex
	done    bool
	result  ImportResult
	problem *problem
}

// state is how far a job is.
func (j *job) state() (done bool, result ImportResult, p *problem) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.done, j.result, j.problem
}

// finish ends a job.
func (j *job) finish(result ImportResult, p *problem) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.done, j.result, j.problem = true, result, p
}

// jobs are the newest imports of pages. They end with the server: what is then
// under way is not imported.
type jobs struct {
	ctx  context.Context
	stop context.CancelFunc

	mu   sync.Mutex
	list []*job
	last int
}

const (
	maxJobs    = 50 // that are remembered
	maxWaiting = 4  // that have not ended
)

// begin adds a job; nil where too many have not ended.
func (l *jobs) begin(files []string) *job {
	l.mu.Lock()
	defer l.mu.Unlock()
	waiting := 0
	for _, j := range l.list {
		if done, _, _ := j.state(); !done {
			waiting++
		}
	}
	if waiting >= maxWaiting {
		return nil
	}
	l.last++
	j := &job{ID: strconv.Itoa(l.last), Files: files}
	l.list = append(l.list, j)
	l.list = l.list[max(0, len(l.list)-maxJobs):]
	return j
}

// find returns the job with an id, or nil.
func (l *jobs) find(id string) *job {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, j := range l.list {
		if j.ID == id {
			return j
		}
	}
	return nil
}

// importPage shows the upload form and what the dataset has, or how far a job is.
func (s *Server) importPage(w http.ResponseWriter, r *http.Request) error {
	status := http.StatusOK
	data := map[string]any{"Title": "导入", "Industries": s.industries(), "Industry": s.opt.Industry, "Off": s.dir == nil || s.opt.Import == nil}
	if id := r.URL.Query().Get("job"); id != "" {
		j := s.jobs.find(id)
		if j == nil {
			return fail(http.StatusNotFound, "no import has the number %s", "没有第 %s 号导入，可能已随服务重启清除", id)
		}
		done, result, p := j.state()
		if p != nil {
			data["Wrong"], status = p.inChinese(), p.Status
		}
		data["Job"], data["Done"], data["Result"], data["Rejected"], data["Seen"], data["Refresh"] = j, done, result, rejectsInChinese(result.Rejects), j.seen.Load(), !done
	}
	if s.dir != nil {
		data["Segments"], data["Reviews"], data["Shipped"] = s.dir.Segments(), s.dir.Rows(), s.dir.Orders().Orders
	}
	return s.render(w, r, status, "import", data)
}

// importAct takes the upload form and begins a job.
func (s *Server) importAct(w http.ResponseWriter, r *http.Request) error {
	u, err := s.spool(r)
	if err != nil {
		return err
	}
	var files []string
	for _, f := range append(u.Files, u.Orders...) {
		files = append(files, filepath.Base(f))
	}
	j := s.jobs.begin(files)
	if j == nil {
		if err := os.RemoveAll(u.Folder); err != nil {
			return err
		}
		return fail(http.StatusTooManyRequests, "%d imports have not ended: wait for one", "已有 %d 个导入没有完成，请稍后再试", maxWaiting)
	}
	u.Seen = func() { j.seen.Add(1) }
	s.running.Go(func() {
		var result ImportResult
		err := s.guarded(func() (err error) {
			result, err = s.importSpooled(s.jobs.ctx, u)
			return err
		})
		var p *problem
		if err != nil {
			p = s.told(r, err)
		}
		j.finish(result, p)
	})
	http.Redirect(w, r, "/import?job="+j.ID, http.StatusSeeOther)
	return nil
}
