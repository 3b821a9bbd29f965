// A panic in a goroutine that is not recovered: deferred calls of that goroutine alone run, and the status is 2.
// Of arguments with a `?` Go itself says that they may be of another call.
// exit: 2
// variant: optimised:
// variant: plain: -gcflags=all="-N -l"
// processes: 1
// varies: goroutine
// varies: main.divide(
// step-from: main.main
package main

import "fmt"

//go:noinline
func divide(a, b int) int {
	return a / b // hit: parent
}

func fails(b int) {
	defer fmt.Println("deferred") // hit: parent
	fmt.Println(divide(6, 3), divide(1, b)) // hit: parent
	fmt.Println("unreachable") // miss
}

func main() { // hit: parent
	role("parent") // hit: parent
	defer fmt.Println("not deferred to") // hit: parent
	go fails(0) // hit: parent
	select {} // hit: parent
}
