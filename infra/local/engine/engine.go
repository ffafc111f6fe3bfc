// Package engine is the stand-in for AWS on this machine: MiniStack, installed at
// pinned versions into a private virtual environment and run on loopback, or any
// other endpoint that speaks AWS.
//
// Its state lives in memory and goes with it.
package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// What every client of the engine uses. The engine takes an access key id of
// twelve digits as the account.
const (
	Region      = "eu-west-1"
	Account     = "000000000000"
	SecretKey   = "local"
	startWithin = 30 * time.Second
	stopWithin  = 3 * time.Second
)

// Engine is a running engine. Stop it.
type Engine struct {
	// URL is the endpoint of all its services.
	URL string

	command *exec.Cmd
	stdin   io.Closer
	done    chan struct{}
	output  *tail
	scratch string
	stop    sync.Once
}

// At returns the engine at an endpoint that something else runs; Stop leaves it alone.
func At(endpoint string) (*Engine, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, errors.New("the engine's endpoint is not a URL such as http://127.0.0.1:4566")
	}
	return &Engine{URL: endpoint}, nil
}

// Start runs the engine installed in dir on a free loopback port and returns when it answers.
func Start(ctx context.Context, dir string) (*Engine, error) {
	var last error
	// Between choosing a free port and listening on it another program may take it.
	for range 3 {
		e, err := launch(ctx, dir)
		if err == nil {
			return e, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		last = err
	}
	return nil, last
}

func launch(ctx context.Context, dir string) (*Engine, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	scratch, err := os.MkdirTemp("", "signalbox-engine-")
	if err != nil {
		return nil, err
	}
	python, err := filepath.Abs(pythonOf(dir))
	if err != nil {
		return nil, err
	}
	e := &Engine{
		URL:     "http://127.0.0.1:" + strconv.Itoa(port),
		command: exec.Command(python, "-"),
		done:    make(chan struct{}),
		output:  &tail{},
		scratch: scratch,
	}
	script := filepath.Join(scratch, "launcher.py")
	if err := os.WriteFile(script, launcher, 0o600); err != nil {
		return nil, errors.Join(err, os.RemoveAll(scratch))
	}
	e.command.Args = []string{python, script}
	e.command.Dir = scratch
	e.command.Env = []string{
		"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=" + scratch, "TMPDIR=" + scratch,
		"BIND_HOST=127.0.0.1", "MINISTACK_HOST=127.0.0.1", "GATEWAY_PORT=" + strconv.Itoa(port),
		"LOG_LEVEL=ERROR", "SFTP_ENABLED=0", "IOT_MTLS_ENABLED=0",
	}
	e.command.Stdout, e.command.Stderr = e.output, e.output
	// A Ctrl-C in the terminal must not reach the engine before what uses it has stopped.
	e.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdin, err := e.command.StdinPipe()
	if err == nil {
		err = e.command.Start()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start the engine: %w", err), os.RemoveAll(scratch))
	}
	e.stdin = stdin
	go func() {
		_ = e.command.Wait()
		close(e.done)
	}()
	if err := e.awaitReady(ctx); err != nil {
		e.Stop()
		return nil, err
	}
	return e, nil
}

func (e *Engine) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	client := &http.Client{Timeout: time.Second}
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, e.URL+"/_ministack/ready", nil)
		if err != nil {
			return err
		}
		if response, err := client.Do(request); err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-e.done:
			return fmt.Errorf("the engine ended before it was ready: %s", e.output)
		case <-ctx.Done():
			return fmt.Errorf("the engine was not ready within %s: %s", startWithin, e.output)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Exited is closed when the engine has ended; nil for one that something else runs.
func (e *Engine) Exited() <-chan struct{} { return e.done }

// Output returns the last of what the engine printed, for an error message.
func (e *Engine) Output() string { return e.output.String() }

// Stop ends the engine and removes what it left on disk. It may be called twice.
func (e *Engine) Stop() {
	if e.command == nil {
		return
	}
	e.stop.Do(func() {
		// It ends at once with its input. On a signal it would first wait for every
		// kept connection, and it has nothing to save.
		_ = e.stdin.Close()
		select {
		case <-e.done:
		case <-time.After(stopWithin):
			_ = e.command.Process.Kill()
			<-e.done
		}
		_ = os.RemoveAll(e.scratch)
	})
}

// Config is the SDK configuration of a client of the engine.
func (e *Engine) Config() aws.Config {
	return aws.Config{
		Region:       Region,
		BaseEndpoint: aws.String(e.URL),
		Credentials:  credentials.NewStaticCredentialsProvider(Account, SecretKey, ""),
		HTTPClient: awshttp.NewBuildableClient().WithTimeout(30 * time.Second).WithTransportOptions(func(t *http.Transport) {
			t.MaxIdleConnsPerHost = 64
		}),
	}
}

// Env is the environment that points an SDK's default configuration at the engine.
func (e *Engine) Env() []string {
	return []string{
		"AWS_ENDPOINT_URL=" + e.URL, "AWS_REGION=" + Region, "AWS_DEFAULT_REGION=" + Region,
		"AWS_ACCESS_KEY_ID=" + Account, "AWS_SECRET_ACCESS_KEY=" + SecretKey,
		"AWS_EC2_METADATA_DISABLED=true",
	}
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("no free port on loopback: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// tail keeps the last of what is written to it.
type tail struct {
	mu   sync.Mutex
	kept []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, p...)
	t.kept = t.kept[max(0, len(t.kept)-4096):]
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if text := bytes.TrimSpace(t.kept); len(text) > 0 {
		return string(text)
	}
	return "it printed nothing"
}
