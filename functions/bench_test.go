package functions_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"testing"
	"time"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/lambdalocal"
	"signalbox/shared/lambdatest"
	"signalbox/shared/lambdatest/rehearsal"
	"signalbox/shared/sample"
)

// Budgets of every function. Sizes are what a cold start has to load.
const (
	maxBinary = 12_000_000
	maxZip    = 4_500_000
	maxPeakMB = 32
	// maxInit is over the bare handler's init, which asks nobody anything;
	// maxReady over that of one that makes the same clients and asks as much.
	maxInit    = 1.6
	maxReady   = 1.3
	orderBytes = 6800
)

func TestBinariesAreWithinTheirBudget(t *testing.T) {
	for _, f := range catalog.Functions {
		binary, packed := sizes(t, lambdatest.Build(t, f))
		t.Logf("%-28s %5.1f MB, zip %4.2f MB", f.Name, megabytes(binary), megabytes(packed))
		if binary > maxBinary || packed > maxZip {
			t.Errorf("%s: more than 12 MB or, as zip, 4.5 MB: what pulled it in? (go list -deps)", f.Name)
		}
	}
}

func megabytes(n int64) float64 { return float64(n) / 1e6 }

func sizes(tb testing.TB, bootstrap string) (binary, packed int64) {
	tb.Helper()
	content, err := os.ReadFile(bootstrap)
	if err != nil {
		tb.Fatal(err)
	}
	var b bytes.Buffer
	archive := zip.NewWriter(&b)
	archive.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	w, err := archive.Create("bootstrap")
	if err == nil {
		_, err = w.Write(content)
	}
	if err == nil {
		err = archive.Close()
	}
	if err != nil {
		tb.Fatal(err)
	}
	return int64(len(content)), int64(b.Len())
}

// BenchmarkCompiled starts each function that orders trigger and a bare
// aws-lambda-go handler, one after the other in every round, and hands both the
// same batches of 10 orders of 7 KB. Ledger, bus and vendor are on loopback, and
// none of them costs the bare handler anything: its records/s are a ceiling.
//
// A function's init reads the vendor's secret and opens the connection to the
// ledger, which the bare handler's does not: that moves out of the first event
// what would only be slower there. So init is also compared with a handler that
// does nothing but has made those clients and calls by hand.
// What the pipeline alone costs is measured in shared/function/queue, with the ledger
// in memory.
func BenchmarkCompiled(b *testing.B) {
	bare := lambdatest.BuildPackage(b, "shared/lambdatest/testdata/bare")
	connected := lambdatest.BuildPackage(b, "shared/lambdatest/testdata/connected")
	for _, f := range catalog.Consumers(retail.TypeOrderCreated) {
		b.Run(f.Name, func(b *testing.B) { compare(b, f, bare, connected) })
	}
}

const (
	rounds = 15
	warm   = 20
)

func compare(b *testing.B, f catalog.Function, bare, connected string) {
	bootstrap := lambdatest.Build(b, f)
	stage, err := rehearsal.NewStage(rehearsal.Options{Functions: []catalog.Function{f}})
	if err != nil {
		b.Fatal(err)
	}
	defer stage.Close()
	template := orders(b)
	var ratios, readies, inits, bareInits, rates, bareRates, peaks []float64
	n := 0
	batch := func() []byte {
		bodies := make([][]byte, catalog.BatchSize)
		for i := range bodies {
			n++
			item, err := template.Item(n)
			if err != nil {
				b.Fatal(err)
			}
			bodies[i] = item.Body
		}
		return sample.SQS(bodies...)
	}
	b.ResetTimer()
	for range max(rounds, b.N) {
		batches := make([][]byte, warm)
		for i := range batches {
			batches[i] = batch()
		}
		init, rate, peak := measure(b, stage, f, bootstrap, batches)
		bareInit, bareRate, _ := measure(b, stage, f, bare, batches)
		readyInit, _, _ := measure(b, stage, f, connected, batches[:1])
		ratios, readies = append(ratios, init/bareInit), append(readies, init/readyInit)
		inits, bareInits = append(inits, init), append(bareInits, bareInit)
		rates, bareRates = append(rates, rate), append(bareRates, bareRate)
		peaks = append(peaks, peak)
	}
	binary, packed := sizes(b, bootstrap)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(ratios), "init/bare")
	b.ReportMetric(median(readies), "init/connected")
	b.ReportMetric(median(inits), "init-ms")
	b.ReportMetric(median(bareInits), "bare-init-ms")
	b.ReportMetric(median(rates), "records/s")
	b.ReportMetric(median(bareRates), "bare-records/s")
	b.ReportMetric(slices.Max(peaks), "peak-MB")
	b.ReportMetric(megabytes(binary), "binary-MB")
	b.ReportMetric(megabytes(packed), "zip-MB")
	// A benchmark that fails prints no metrics, so they are told here too.
	b.Logf("init %.1f ms, bare %.1f ms, %.2f times, of one that connects %.2f times; %.0f records/s, bare %.0f; peak %.0f MB; %.1f MB, zip %.2f MB",
		median(inits), median(bareInits), median(ratios), median(readies), median(rates), median(bareRates), slices.Max(peaks), megabytes(binary), megabytes(packed))
	if got := median(ratios); got > maxInit {
		b.Logf("init takes %.2f times the bare handler's, the aim is %.1f", got, maxInit)
	}
	if got := median(readies); got > maxReady {
		b.Errorf("init takes %.2f times that of a handler that connects by hand, the budget is %.1f", got, maxReady)
	}
	if got := slices.Max(peaks); got > maxPeakMB {
		b.Errorf("the process took %.0f MB, the budget is %d", got, maxPeakMB)
	}
}

// measure starts a process, invokes it with every batch, and returns its init
// in milliseconds, its records per second and its peak memory in MB.
func measure(b *testing.B, stage *rehearsal.Stage, f catalog.Function, bootstrap string, batches [][]byte) (init, rate, peak float64) {
	b.Helper()
	start := time.Now()
	p, err := stage.Start(f, lambdalocal.Function{Bootstrap: bootstrap})
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	init = float64(time.Since(start).Microseconds()) / 1000
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	start = time.Now()
	for _, batch := range batches {
		answer, err := p.Invoke(ctx, batch)
		if err != nil {
			b.Fatal(err)
		}
		if bytes.Contains(answer, []byte("itemIdentifier")) {
			b.Fatalf("records failed: %s", answer)
		}
	}
	took := time.Since(start)
	return init, float64(len(batches)*catalog.BatchSize) / took.Seconds(), float64(peakMB(b, p.PID()))
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// orders makes order.created events of 7 KB, as the bus wraps them.
func orders(tb testing.TB) rehearsal.Template {
	tb.Helper()
	body, err := os.ReadFile("../events-samples/signalbox/order.created.json")
	if err != nil {
		tb.Fatal(err)
	}
	raw, err := event.Parse(body)
	if err != nil {
		tb.Fatal(err)
	}
	created, err := event.As[retail.OrderCreated](raw)
	if err != nil {
		tb.Fatal(err)
	}
	order := created.Data.Order
	for size := len(body); size < orderBytes; {
		line := order.Lines[0]
		line.ID = fmt.Sprintf("line-%d", len(order.Lines))
		order.Lines = append(order.Lines, line)
		larger, err := event.New(event.Origin{Source: raw.Source, ID: "bench", Time: raw.Time}, retail.OrderCreated{Order: order})
		if err != nil {
			tb.Fatal(err)
		}
		encoded, err := event.Encode(larger)
		if err != nil {
			tb.Fatal(err)
		}
		size, body = len(encoded), encoded
	}
	return rehearsal.Template{Name: "order of 7 KB", Body: sample.EventBridge(body), Unique: []string{"detail/id", "detail/subject"}}
}
