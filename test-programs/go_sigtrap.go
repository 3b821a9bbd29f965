// SIGTRAP in a Go program, whose runtime handles all signals with all others blocked: sent to it while it starts threads
// and new lines run, each comes through its channel; and what the kernel has of its signals is as without forkcov.
// processes: 1
// step-from: main.main
// no-oracle: steps in Go's runtime take minutes
package main

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
)

func status(when string) {
	text, _ := os.ReadFile("/proc/self/status") // hit: parent
	for _, line := range strings.Split(string(text), "\n") { // hit: parent
		if strings.HasPrefix(line, "SigBlk") || strings.HasPrefix(line, "SigIgn") || strings.HasPrefix(line, "SigCgt") { // hit: parent
			fmt.Println(when, line) // hit: parent
		}
	}
}

func work(n int, done chan int) {
	sum := 0                         // none
	for i := 0; i < 20000000; i++ { // hit: parent
		sum += i * n // hit: parent
	}
	done <- sum // hit: parent
}

func main() {
	role("parent")         // hit: parent
	runtime.LockOSThread() // hit: parent
	status("at first")     // hit: parent
	traps := make(chan os.Signal, 1)       // hit: parent
	signal.Notify(traps, syscall.SIGTRAP)  // hit: parent
	done := make(chan int)                 // hit: parent
	for i := 0; i < 8; i++ { // hit: parent
		go work(i, done)                           // hit: parent
		syscall.Kill(os.Getpid(), syscall.SIGTRAP) // hit: parent
		fmt.Println(<-traps)                       // hit: parent
	}
	for i := 0; i < 8; i++ { // hit: parent
		<-done // hit: parent
	}
	status("at last") // hit: parent
}
