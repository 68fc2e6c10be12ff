// SPDX-License-Identifier: LGPL-2.1-or-later

// switch_yield@go: N goroutines that only call Gosched.
package main

import (
	"runtime"
	"sync"
	"time"
)

func main() {
	const switches = 10000000
	n := benchSize(2)
	times := switches / n
	var group sync.WaitGroup
	begin := time.Now()
	for i := 0; i < n; i++ {
		group.Add(1)
		go func() {
			for j := 0; j < times; j++ {
				runtime.Gosched()
			}
			group.Done()
		}()
	}
	group.Wait()
	benchPrint("switch_yield", n, benchSince(begin)/float64(n*times), "ns")
}
