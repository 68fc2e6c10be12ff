// SPDX-License-Identifier: LGPL-2.1-or-later

// alive@go and alive_cancel@go: N goroutines asleep that a context can wake, the equal of a task that sleeps and can be cancelled: a timer and
// the context's channel in one select. (A bare time.Sleep needs less memory, 2.7 KiB with Go 1.19, and
// nothing can end it.)
package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

func main() {
	n := benchSize(1000000)
	before := benchMemoryKiB()
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	for i := 0; i < n; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			atomic.AddInt64(&benchAsleep, 1)
			timer := time.NewTimer(time.Hour)
			defer timer.Stop()
			select {
			case <-timer.C:
			case <-ctx.Done():
			}
		}()
	}
	benchWaitAsleep(n)
	each := (benchMemoryKiB() - before) / float64(n)
	begin := time.Now()
	cancel()
	group.Wait()
	seconds := benchSince(begin) / 1e9
	benchPrint("alive", n, each, "KiB")
	benchPrint("alive_cancel", n, seconds, "s")
}
