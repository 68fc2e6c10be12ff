// SPDX-License-Identifier: LGPL-2.1-or-later

// move_on_after@go: context.WithTimeout and its cancel, beside N such contexts of the same parent that stay.
package main

import (
	"context"
	"time"
)

func main() {
	const times = 500000
	n := benchSize(100000)
	parent, cancelAll := context.WithCancel(context.Background())
	for i := 0; i < n; i++ {
		// Ended by their parent below.
		_, stop := context.WithTimeout(parent, time.Duration((60+float64(benchShuffle(i, n))*60/float64(n))*1e9))
		_ = stop
	}
	begin := time.Now()
	for i := 0; i < times; i++ {
		_, cancel := context.WithTimeout(parent, 90*time.Second)
		cancel()
	}
	benchPrint("move_on_after", n, benchSince(begin)/times, "ns")
	cancelAll()
}
