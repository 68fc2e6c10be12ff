// SPDX-License-Identifier: LGPL-2.1-or-later

// channel_buffered@go: two goroutines and a channel with a buffer of 1,024.
package main

import "time"

func main() {
	n := benchSize(50000000)
	channel := make(chan uintptr, 1024)
	begin := time.Now()
	go func() {
		for i := 0; i < n; i++ {
			channel <- 0
		}
	}()
	for i := 0; i < n; i++ {
		<-channel
	}
	benchPrint("channel_buffered", n, float64(n)*1e3/benchSince(begin), "M/s")
}
