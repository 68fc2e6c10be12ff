// SPDX-License-Identifier: LGPL-2.1-or-later

// spawn_join@go: N goroutines that do nothing, 1,000 to a WaitGroup. No cancellation and no errors travel.
package main

import (
	"sync"
	"time"
)

func main() {
	const batch = 1000
	n := benchSize(1000000)
	begin := time.Now()
	for done := 0; done < n; done += batch {
		var group sync.WaitGroup
		for i := 0; i < batch && done+i < n; i++ {
			group.Add(1)
			go group.Done()
		}
		group.Wait()
	}
	benchPrint("spawn_join", n, float64(n)*1e3/benchSince(begin), "M/s")
}
