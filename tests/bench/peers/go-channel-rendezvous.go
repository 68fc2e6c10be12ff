// SPDX-License-Identifier: LGPL-2.1-or-later

// channel_rendezvous@go: two goroutines and two channels without a buffer.
package main

import "time"

func play(times int, serves bool, send chan<- uintptr, receive <-chan uintptr) {
	if serves {
		send <- 0
	}
	for i := 1; i < times; i++ {
		send <- <-receive
	}
	ball := <-receive
	if !serves {
		send <- ball
	}
}

func main() {
	n := benchSize(10000000)
	there := make(chan uintptr)
	back := make(chan uintptr)
	begin := time.Now()
	go play(n/2, false, back, there)
	play(n/2, true, there, back)
	benchPrint("channel_rendezvous", n, benchSince(begin)/float64(n), "ns")
}
