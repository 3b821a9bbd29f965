// Branches of Go: conditions, loops and switches; checks of indexes, the growth of stacks and barriers of the garbage
// collector are none.
// variant: optimised:
// variant: plain: -gcflags=all="-N -l"
// processes: 1
// step-from: main.main
package main

import "fmt"

//go:noinline
func kind(n int) string {
	switch {
	case n < 0:
		return "negative" // miss
	case n == 0, n == 7:
		return "special" // hit: parent
	}
	if n%2 == 0 && n > 4 {
		return "even" // hit: parent
	}
	return "other" // hit: parent
}

//go:noinline
func total(numbers []int, until int) (sum int) {
	for index := range numbers {
		if numbers[index] == until {
			return sum // hit: parent
		}
		sum += numbers[index]
	}
	return sum // miss
}

func main() {
	role("parent")
	for n := 0; n < 9; n++ {
		fmt.Println(kind(n)) // hit: parent
	}
	fmt.Println(total([]int{1, 2, 3}, 3)) // hit: parent
}
