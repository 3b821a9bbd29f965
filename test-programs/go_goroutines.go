// Goroutines on several threads, garbage collections, preemption by SIGURG, panics that are recovered: in a program
// and in another process of it. A nil pointer is a SIGSEGV that Go's handler turns into a panic.
// variant: optimised:
// variant: plain: -gcflags=all="-N -l"
// processes: 2
// tree: parent > child
// ends: child = 7
// step-from: main.main
// no-oracle: garbage collections are too many steps
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
)

type node struct {
	next  *node
	value int
}

//go:noinline
func list(length int) *node {
	var head *node
	for i := 0; i < length; i++ { // hit: parent, child
		head = &node{head, i} // hit: parent, child
	}
	return head // hit: parent, child
}

//go:noinline
func sum(head *node) (total int) {
	for ; head != nil; head = head.next { // hit: parent, child
		total += head.value // hit: parent, child
	}
	return total // hit: parent, child
}

//go:noinline
func recovered(n int, nothing *node) (err error) {
	defer func() { // hit: parent, child
		if what := recover(); what != nil { // hit: parent, child
			err = fmt.Errorf("recovered: %v", what) // hit: parent, child
		}
	}()
	if n == 0 { // hit: parent, child
		panic("zero") // hit: parent
	}
	if n == 1 { // hit: parent, child
		return errors.New(fmt.Sprint(nothing.value)) // hit: child
	}
	return nil // hit: parent
}

//go:noinline
func spin(done chan bool) int {
	for n := 0; ; n++ { // hit: parent, child
		if len(done) > 0 { // hit: parent, child
			return n // hit: parent, child
		}
	}
}

//go:noinline
func never(n int) int {
	fmt.Println(n) // miss
	return n + 1 // miss
}

func work() int {
	total := make(chan int, 8) // hit: parent, child
	var group sync.WaitGroup
	for i := 0; i < 8; i++ { // hit: parent, child
		group.Add(1) // hit: parent, child
		go func(length int) { // hit: parent, child
			defer group.Done() // hit: parent, child
			total <- sum(list(length)) // hit: parent, child
			runtime.GC() // hit: parent, child
		}(10000 + i) // hit: parent, child
	}
	done := make(chan bool, 1) // hit: parent, child
	spun := make(chan int) // hit: parent, child
	go func() { // hit: parent, child
		spun <- spin(done) // hit: parent, child
	}()
	group.Wait() // hit: parent, child
	runtime.GC() // hit: parent, child
	done <- true // hit: parent, child
	<-spun // hit: parent, child
	close(total) // hit: parent, child
	all := 0
	for one := range total { // hit: parent, child
		all += one // hit: parent, child
	}
	return all // hit: parent, child
}

func main() { // hit: parent, child
	if len(os.Args) > 1 { // hit: parent, child
		role("child") // hit: child
		fmt.Println(work(), recovered(1, nil)) // hit: child
		os.Exit(7) // hit: child
	}
	role("parent") // hit: parent
	if len(os.Args) > 9 { // hit: parent
		os.Exit(never(1)) // miss
	}
	fmt.Println(work(), recovered(0, nil), recovered(2, nil)) // hit: parent
	output, err := exec.Command(os.Args[0], "child").CombinedOutput() // hit: parent
	fmt.Printf("%s%v\n", output, err) // hit: parent
}
