package sam

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os/exec"
	"runtime"
	"time"
)

// tools are what a run needs of this machine.
type tools struct {
	// sam is the path of SAM CLI.
	sam    string
	engine *engine
	// hasImage is set when the base image is there and need not be pulled.
	hasImage bool
	// gateway is where containers reach this machine if local is set.
	gateway netip.Addr
	local   bool
}

// repository is the base image of SAM CLI's own image.
const repository = "public.ecr.aws/lambda/provided"

// tag is that of the image for this machine.
func tag() string {
	if runtime.GOARCH == "arm64" {
		return "al2023-arm64"
	}
	return "al2023-x86_64"
}

// missing is what a run lacks, a line each.
type missing []string

func (m missing) Error() string {
	text := "SAM CLI cannot run a function here:"
	for _, line := range m {
		text += "\n  - " + line
	}
	return text
}

// check returns the tools, or everything that is missing at once.
func check(ctx context.Context, getenv func(string) string) (tools, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	var t tools
	var lacks missing
	var err error
	if t.sam, err = exec.LookPath("sam"); err != nil {
		lacks = append(lacks, noSAM)
	}
	if t.engine, err = findEngine(getenv); err != nil {
		return t, err
	}
	if err := t.engine.ping(ctx); err != nil {
		lacks = append(lacks, fmt.Sprintf("no Docker engine answers at %s: start one, or say where it is with DOCKER_HOST (%v)", t.engine.host, cause(err)))
		return t, lacks
	}
	arch, err := t.engine.arch(ctx)
	if err != nil {
		return t, err
	}
	if arch != runtime.GOARCH {
		lacks = append(lacks, fmt.Sprintf("the Docker engine is for %s, this machine is %s", arch, runtime.GOARCH))
	}
	if len(lacks) > 0 {
		return t, lacks
	}
	if t.hasImage, err = t.engine.hasImage(ctx, repository+":"+tag()); err != nil {
		return t, err
	}
	t.gateway, t.local, err = t.engine.gateway(ctx)
	return t, err
}

const noSAM = "sam is not in the PATH: pip install aws-sam-cli==" + Version

// cause is the innermost error, which says what happened without saying where.
func cause(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}
