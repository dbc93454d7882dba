package sandbox_test

import (
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"patchbay/channels/whatsapp/whatsapptest"
	"patchbay/gateway/sandbox"
)

// resident returns how much memory the process has, in bytes; false where the system does not tell.
func resident() (int64, bool) {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, false
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0, false
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize()), err == nil
}

// grows returns by how much the process grew at most while do ran.
func grows(t *testing.T, do func()) int64 {
	t.Helper()
	// What is thrown away does not count, however much the tests before have left that makes the collector come late.
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	debug.FreeOSMemory()
	before, ok := resident()
	if !ok {
		t.Skip("this system does not tell how much memory a process has")
	}
	var most int64
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for {
			now, _ := resident()
			most = max(most, now)
			select {
			case <-stop:
				return
			case <-tick.C:
			}
		}
	})
	do()
	close(stop)
	wg.Wait()
	t.Logf("the process grew by %d kB", (most-before)/1000)
	return most - before
}

// Ensure that a file of 50 MB is never in memory, in either direction: it adds less than 10 MB to the process, of which the
// platforms' stand-ins are a part.
func TestFiles_memory(t *testing.T) {
	const size, most = 50 << 20, 10 << 20
	r := runAlone(t, sandbox.Options{Unpaced: true, Webhooks: true})
	luis, ana := r.luis(), r.ana()
	thread := r.personOnWhatsApp()
	// Once with small files, for what is made at the first use of anything.
	send := func(n int64) {
		if _, err := luis.SendFile(r.ctx, "document", "", whatsapptest.Media{MIME: "application/pdf", Name: "in.pdf", Data: []byte(pdfHead), Size: n}); err != nil {
			t.Fatal(err)
		}
	}
	arrives := func(n int) {
		if _, err := luis.Wait(r.ctx, func(seen []whatsapptest.Message) bool {
			files := 0
			for _, m := range seen {
				if m.File.ID != "" {
					files++
				}
			}
			return files >= n
		}); err != nil {
			t.Fatal(err)
		}
	}
	send(100_000)
	r.filed(thread, 1)
	r.attaches(ana, thread, "", attachment("F00", "out.pdf", "application/pdf", pdfHead, 100_000))
	arrives(1)

	if n := grows(t, func() { send(size); r.filed(thread, 2) }); n > most {
		t.Errorf("a file of %d bytes from a customer adds %d bytes to the process, want at most %d", size, n, most)
	}
	if n := grows(t, func() {
		r.attaches(ana, thread, "", attachment("F01", "out.pdf", "application/pdf", pdfHead, size))
		arrives(2)
	}); n > most {
		t.Errorf("a file of %d bytes from an agent adds %d bytes to the process, want at most %d", size, n, most)
	}
	if files, _ := r.filed(thread, 2); files[1].Size != size {
		t.Errorf("the thread shows %d bytes, want %d", files[1].Size, size)
	}
}
