// SPDX-License-Identifier: LGPL-2.1-or-later

// cancel_tree@go: N goroutines in a tree, 1,000 to a child context; the root is cancelled and everything is waited for.
package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

func main() {
	const branch = 1000
	n := benchSize(1000000) / branch * branch
	root, cancel := context.WithCancel(context.Background())
	var branches sync.WaitGroup
	for i := 0; i < n/branch; i++ {
		branches.Add(1)
		go func() {
			defer branches.Done()
			ctx, stop := context.WithCancel(root)
			defer stop()
			var leaves sync.WaitGroup
			for j := 1; j < branch; j++ {
				leaves.Add(1)
				go func() {
					defer leaves.Done()
					atomic.AddInt64(&benchAsleep, 1)
					<-ctx.Done()
				}()
			}
			atomic.AddInt64(&benchAsleep, 1)
			leaves.Wait()
		}()
	}
	benchWaitAsleep(n)
	begin := time.Now()
	cancel()
	branches.Wait()
	benchPrint("cancel_tree", n, benchSince(begin)/float64(n), "ns")
}
