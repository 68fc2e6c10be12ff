// SPDX-License-Identifier: LGPL-2.1-or-later

// timers_spread@go: N goroutines sleep until N deadlines that are spread evenly, but in no order, over one second.
package main

import (
	"sync"
	"time"
)

func main() {
	n := benchSize(10000)
	before := benchCPUSeconds()
	begin := time.Now()
	var group sync.WaitGroup
	for i := 0; i < n; i++ {
		group.Add(1)
		deadline := begin.Add(time.Duration(float64(benchShuffle(i, n)+1) / float64(n) * float64(time.Second)))
		go func() {
			time.Sleep(time.Until(deadline))
			group.Done()
		}()
	}
	group.Wait()
	benchPrint("timers_spread", n, benchCPUSeconds()-before, "s")
}
