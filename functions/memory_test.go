package functions_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// peakMB is the most memory a process has had resident so far, in MB. It skips
// the test where /proc does not tell.
func peakMB(t testing.TB, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Skip("this machine does not tell a process' peak memory under /proc")
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			var kB int
			if _, err := fmt.Sscan(rest, &kB); err == nil {
				return kB / 1024
			}
		}
	}
	t.Fatal("no VmHWM in the process' status")
	return 0
}
