// Goroutines on several threads that run one code at the same time: loops without calls, which only a signal can
// interrupt (SIGURG), stacks that grow and move, garbage collections, selects; and some of them panic and recover.
// variant: optimised:
// variant: plain: -gcflags=all="-N -l"
// processes: 1
// step-from: main.main
// no-oracle: garbage collections are too many steps
package main

import (
	"fmt"
	"runtime"
	"sync"
)

type block struct{ words [40]int }

//go:noinline
func spins(rounds int) (sum int) {
	for i := 0; i < rounds; i++ { // hit: parent
		if i%3 == 0 { // hit: parent
			sum += i // hit: parent
		} else if i%3 == 1 { // hit: parent
			sum ^= i // hit: parent
		} else {
			sum -= i // hit: parent
		}
		if sum == 1<<62 { // hit: parent
			panic("overflow") // miss
		}
	}
	return sum // hit: parent
}

//go:noinline
func deep(depth int, above *block) int {
	var here block // hit: parent
	here.words[depth%40] = depth // hit: parent
	if depth == 0 { // hit: parent
		return above.words[1] // hit: parent
	}
	below := deep(depth-1, &here) // hit: parent
	return below + here.words[depth%40] - above.words[0] // hit: parent
}

//go:noinline
func recovers(list []int, at int) (result int) {
	defer func() { // hit: parent
		if recover() != nil { // hit: parent
			result = -at // hit: parent
		}
	}()
	result = list[at] // hit: parent
	return result + 1 // hit: parent
}

//go:noinline
func selects(numbers, words chan int, stop chan bool) (sum int) {
	for { // hit: parent
		select { // hit: parent
		case number := <-numbers: // hit: parent
			sum += number // hit: parent
		case word := <-words: // hit: parent
			sum += 1000 * word // hit: parent
		case <-stop: // hit: parent
			return sum // hit: parent
		}
	}
}

//go:noinline
func worker(number int) int {
	var first block
	sum := spins(3000000) % 1000 // hit: parent
	sum += deep(200+number, &first) // hit: parent
	for i := 0; i < 40; i++ { // hit: parent
		sum += recovers([]int{1, 2, 3}, i%5) // hit: parent
	}
	runtime.GC() // hit: parent
	return sum // hit: parent
}

func main() {
	role("parent") // hit: parent
	runtime.GOMAXPROCS(4) // hit: parent
	sums := make([]int, 12) // hit: parent
	var group sync.WaitGroup
	for i := range sums { // hit: parent
		group.Add(1) // hit: parent
		go func(i int) { // hit: parent
			defer group.Done() // hit: parent
			sums[i] = worker(i) // hit: parent
		}(i)
	}
	numbers, words, stop := make(chan int), make(chan int), make(chan bool) // hit: parent
	selected := make(chan int) // hit: parent
	go func() { selected <- selects(numbers, words, stop) }() // hit: parent
	for i := 0; i < 100; i++ { // hit: parent
		numbers <- i // hit: parent
		words <- 1 // hit: parent
	}
	close(stop) // hit: parent
	group.Wait() // hit: parent
	fmt.Println(<-selected, sums) // hit: parent
}
