// Panics through functions that defer: in loops, one in another, in methods and closures; each ends where a deferred
// call recovers, and no line behind the panic runs. Also switches with tables, and runtime.Goexit.
// variant: optimised:
// variant: plain: -gcflags=all="-N -l"
// variant: pie: -buildmode=pie
// processes: 1
// step-from: main.main
package main

import (
	"fmt"
	"runtime"
)

type failure struct{ depth int }

//go:noinline
func fails(depth int) int {
	if depth == 0 { // hit: parent
		panic(failure{depth}) // hit: parent
	}
	return fails(depth-1) + 1 // hit: parent
}

//go:noinline
func once(depth int) (result int) {
	defer func() { // hit: parent
		if what := recover(); what != nil { // hit: parent
			result = -1 // hit: parent
		}
	}()
	result = 3 // hit: parent
	if depth < 0 { // hit: parent
		return 7 // hit: parent
	}
	result = fails(depth) // hit: parent
	result += 10 // miss
	return result // miss
}

//go:noinline
func inLoop(count int) (order []int) {
	defer func() { recover() }() // hit: parent
	for i := 0; i < count; i++ { // hit: parent
		defer func(i int) { // hit: parent
			order = append(order, i) // hit: parent
		}(i)
	}
	if count > 2 { // hit: parent
		var nothing *failure
		nothing.depth = 1 // hit: parent
		order = nil // miss
	}
	return order // hit: parent
}

//go:noinline
func again(list []int) (text string) {
	defer func() { // hit: parent
		text = fmt.Sprint(recover()) // hit: parent
	}()
	defer func() { // hit: parent
		recover() // hit: parent
		panic("second") // hit: parent
	}()
	return fmt.Sprint(list[5]) // hit: parent
}

//go:noinline
func ends(done chan string) {
	defer close(done) // hit: parent
	defer func() { // hit: parent
		done <- fmt.Sprint("ends ", recover()) // hit: parent
	}()
	runtime.Goexit() // hit: parent
	done <- "unreachable" // miss
}

//go:noinline
func chosen(number int) string {
	switch number { // hit: parent
	case 0:
		return "zero" // hit: parent
	case 1:
		return "one" // miss
	case 2:
		return "two" // hit: parent
	case 3:
		return "three" // miss
	case 4:
		return "four" // hit: parent
	case 5:
		return "five" // miss
	case 6:
		return "six" // hit: parent
	case 7:
		return "seven" // miss
	case 8:
		return "eight" // hit: parent
	case 9:
		return "nine" // miss
	}
	return "many" // hit: parent
}

//go:noinline
func word(name string) int {
	switch name {
	case "alpha":
		return 1 // miss
	case "beta":
		return 2 // hit: parent
	case "gamma":
		return 3 // miss
	case "delta":
		return 4 // miss
	case "epsilon":
		return 5 // hit: parent
	case "zeta":
		return 6 // miss
	case "eta":
		return 7 // miss
	case "theta":
		return 8 // hit: parent
	case "iota":
		return 9 // miss
	}
	return 0 // hit: parent
}

func main() {
	role("parent") // hit: parent
	sum := 0
	for i := 0; i < 40; i++ { // hit: parent
		sum += once(i % 4) // hit: parent
	}
	fmt.Println(sum, once(-1), inLoop(2), inLoop(4), again(nil)) // hit: parent
	done := make(chan string, 2) // hit: parent
	go ends(done) // hit: parent
	fmt.Println(<-done) // hit: parent
	<-done // hit: parent
	for i := 0; i < 12; i += 2 { // hit: parent
		fmt.Println(chosen(i)) // hit: parent
	}
	fmt.Println(word("beta"), word("epsilon"), word("theta"), word("other")) // hit: parent
}
