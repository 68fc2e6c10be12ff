// SPDX-License-Identifier: LGPL-2.1-or-later

// What the Go peers share: bench.h in Go. Each go-NAME.go is compiled together with this file.
//
// All run on one processor (GOMAXPROCS 1), as the programs they are compared with do; the garbage collector keeps its usual setting.
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// The problem size: the first argument, or usual.
func benchSize(usual int) int {
	runtime.GOMAXPROCS(1)
	if len(os.Args) < 2 {
		return usual
	}
	n, err := strconv.Atoi(os.Args[1])
	if err != nil || n < 1 {
		fmt.Fprintln(os.Stderr, "usage:", os.Args[0], "[N]")
		os.Exit(2)
	}
	return n
}

func benchPrint(name string, n int, value float64, unit string) {
	fmt.Printf("%s@go %d %.6g %s\n", name, n, value, unit)
}

// User and system time of all threads, in seconds.
func benchCPUSeconds() float64 {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
}

// Resident pages and the page tables that map them, in KiB.
func benchMemoryKiB() float64 {
	file, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer file.Close()
	sum := 0.0
	for lines := bufio.NewScanner(file); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) > 1 && (fields[0] == "VmRSS:" || fields[0] == "VmPTE:") {
			kib, _ := strconv.ParseFloat(fields[1], 64)
			sum += kib
		}
	}
	return sum
}

func benchShuffle(i, n int) int { return i * 7919 % n }

// How many goroutines have got as far as their wait. With one processor, once the count is full all of them wait.
var benchAsleep int64

func benchWaitAsleep(n int) {
	for atomic.LoadInt64(&benchAsleep) < int64(n) {
		runtime.Gosched()
	}
}

func benchSince(begin time.Time) float64 { return float64(time.Since(begin).Nanoseconds()) }
