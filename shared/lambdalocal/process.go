package lambdalocal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// initTimeout bounds the time from the start of a process to its first request
// for work, as Lambda's init phase does.
const initTimeout = 10 * time.Second

// Function is a compiled function and what Lambda knows of it.
type Function struct {
	Name string
	// Bootstrap is the path of the compiled program.
	Bootstrap string
	// Env holds NAME=value pairs. Nothing is inherited from this process.
	Env []string
	// Timeout bounds one invoke; 0 means 3 s, Lambda's own default.
	Timeout time.Duration
	// MemoryMB is reported to the function and not enforced; 0 means 128.
	MemoryMB int
	// Stdout receives what the function prints, one whole line at a time; nil
	// discards it.
	Stdout io.Writer
	// Concurrency is how many invokes one process serves at once; 0 means 1.
	Concurrency int
}

// Process is one execution environment: a function's process and the Runtime
// API it asks for work. A process that ended is replaced at the next invoke, as
// in Lambda. It is safe for concurrent use; invokes beyond Concurrency wait.
type Process struct {
	function Function
	capacity chan struct{}
	starts   atomic.Int64

	mu      sync.Mutex
	current *instance
	closed  bool
}

// Errors of Invoke besides those of its context.
var (
	// ErrTimeout: the invoke took longer than Timeout and the process was killed.
	ErrTimeout = errors.New("the function timed out and was killed")
	// ErrExited: the process ended before it answered.
	ErrExited = errors.New("the function's process ended before it answered")
	// ErrClosed: the Process was closed.
	ErrClosed = errors.New("the process is closed")
)

// FunctionError is an error the function answered with.
type FunctionError struct {
	Type    string `json:"errorType"`
	Message string `json:"errorMessage"`
	// Init says that it was its initialization that failed.
	Init bool `json:"-"`
}

func (e *FunctionError) Error() string { return e.Type + ": " + e.Message }

// Start starts the function and waits until it asks for work. The error is a
// *FunctionError if the function reported one, ErrExited if it just ended.
func Start(f Function) (*Process, error) {
	if f.Timeout == 0 {
		f.Timeout = 3 * time.Second
	}
	if f.MemoryMB == 0 {
		f.MemoryMB = 128
	}
	if f.Stdout == nil {
		f.Stdout = io.Discard
	}
	f.Concurrency = max(1, f.Concurrency)
	p := &Process{function: f, capacity: make(chan struct{}, f.Concurrency)}
	if _, err := p.running(); err != nil {
		return nil, err
	}
	return p, nil
}

// Invoke hands payload to the function and returns its answer. If ctx ends
// first, the process is killed: an invoke cannot be called back.
func (p *Process) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	select {
	case p.capacity <- struct{}{}:
		defer func() { <-p.capacity }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	in, err := p.running()
	if err != nil {
		return nil, err
	}
	work := &invocation{id: requestID(), payload: payload, deadline: time.Now().Add(p.function.Timeout), done: make(chan result, 1)}
	timeout := time.NewTimer(p.function.Timeout)
	defer timeout.Stop()
	stop := func(err error) ([]byte, error) {
		p.retire(in)
		return nil, err
	}
	select {
	case in.work <- work:
	case <-in.exited:
		return stop(ErrExited)
	case <-timeout.C:
		return stop(ErrTimeout)
	case <-ctx.Done():
		return stop(ctx.Err())
	}
	select {
	case r := <-work.done:
		return r.payload, r.err
	case <-in.exited:
		select {
		case r := <-work.done:
			return r.payload, r.err
		default:
			return stop(ErrExited)
		}
	case <-timeout.C:
		return stop(ErrTimeout)
	case <-ctx.Done():
		return stop(ctx.Err())
	}
}

// Kill ends the running process at once, whatever it is doing. The next invoke
// starts another.
func (p *Process) Kill() {
	p.mu.Lock()
	in := p.current
	p.mu.Unlock()
	if in != nil {
		p.retire(in)
	}
}

// Close ends the process and the Runtime API. Invokes fail with ErrClosed from
// then on.
func (p *Process) Close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.Kill()
}

// PID is the id of the running process, 0 if there is none.
func (p *Process) PID() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.current == nil {
		return 0
	}
	return p.current.cmd.Process.Pid
}

// Starts returns how many processes were started so far: the cold starts.
func (p *Process) Starts() int { return int(p.starts.Load()) }

// running returns the running instance, started if need be.
func (p *Process) running() (*instance, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, ErrClosed
	}
	if p.current != nil {
		select {
		case <-p.current.exited:
			p.current.stop()
		default:
			return p.current, nil
		}
	}
	p.current = nil
	p.starts.Add(1)
	in, err := start(p.function)
	if err != nil {
		return nil, err
	}
	p.current = in
	return in, nil
}

func (p *Process) retire(in *instance) {
	in.stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.current == in {
		p.current = nil
	}
}

// instance is one process with a Runtime API of its own, so that nothing meant
// for it can reach the one that follows.
type instance struct {
	api
	cmd    *exec.Cmd
	exited chan struct{}
	lines  *lines
}

func start(f Function) (*instance, error) {
	in := &instance{exited: make(chan struct{}), lines: &lines{to: f.Stdout}}
	address, err := in.listen(f)
	if err != nil {
		return nil, err
	}
	in.cmd = exec.Command(f.Bootstrap)
	in.cmd.Dir = filepath.Dir(f.Bootstrap)
	in.cmd.Stdout, in.cmd.Stderr = in.lines, in.lines
	// A group of its own: what the function may have started ends with it, and an
	// interrupt at the terminal is the caller's to handle.
	in.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in.cmd.WaitDelay = time.Second
	in.cmd.Env = append(environment(f, address), f.Env...)
	if err := in.cmd.Start(); err != nil {
		in.close()
		return nil, fmt.Errorf("start %s: %w", f.Bootstrap, err)
	}
	go func() {
		_ = in.cmd.Wait()
		in.lines.flush()
		close(in.exited)
	}()
	timeout := time.NewTimer(initTimeout)
	defer timeout.Stop()
	select {
	case <-in.ready:
		return in, nil
	case err = <-in.failed:
	case <-in.exited:
		select {
		case err = <-in.failed:
		default:
			err = ErrExited
		}
	case <-timeout.C:
		err = ErrTimeout
	}
	in.stop()
	return nil, fmt.Errorf("initialize %s: %w", f.Name, err)
}

// stop kills the process group and waits until it is gone.
func (in *instance) stop() {
	select {
	case <-in.exited:
		// Its id may be another process's by now.
	default:
		_ = syscall.Kill(-in.cmd.Process.Pid, syscall.SIGKILL)
		<-in.exited
	}
	in.close()
}

func environment(f Function, address string) []string {
	env := []string{
		"AWS_LAMBDA_RUNTIME_API=" + address,
		"AWS_LAMBDA_FUNCTION_NAME=" + f.Name,
		"AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=" + strconv.Itoa(f.MemoryMB),
		"AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/" + f.Name,
		"AWS_LAMBDA_LOG_STREAM_NAME=local",
		"AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
		"AWS_EXECUTION_ENV=AWS_Lambda_provided.al2023",
		"LAMBDA_TASK_ROOT=" + filepath.Dir(f.Bootstrap),
		"_HANDLER=bootstrap",
		"TZ=:UTC",
		"PATH=/usr/local/bin:/usr/bin:/bin",
		"TMPDIR=" + os.TempDir(),
	}
	if f.Concurrency > 1 {
		env = append(env, "AWS_LAMBDA_MAX_CONCURRENCY="+strconv.Itoa(f.Concurrency))
	}
	return env
}
