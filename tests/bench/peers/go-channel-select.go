// SPDX-License-Identifier: LGPL-2.1-or-later

// channel_select@go: a select over two channels without a buffer, into each of which a goroutine sends.
package main

import "time"

func main() {
	n := benchSize(10000000)
	channels := [2]chan uintptr{make(chan uintptr), make(chan uintptr)}
	for _, channel := range channels {
		go func(channel chan uintptr) {
			for {
				channel <- 0
			}
		}(channel)
	}
	begin := time.Now()
	for i := 0; i < n; i++ {
		select {
		case <-channels[0]:
		case <-channels[1]:
		}
	}
	benchPrint("channel_select", n, benchSince(begin)/float64(n), "ns")
}
