package build

import (
	"os/exec"
	"syscall"
	"time"
)

// own gives c a process group of its own that ends as a whole with its context.
func own(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	c.WaitDelay = 2 * time.Second
}
