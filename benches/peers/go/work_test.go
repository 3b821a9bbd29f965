package work

import (
	"fmt"
	"regexp"
	"sort"
	"strings"
	"sync/atomic"
	"testing"
)

var x atomic.Int64

var number = regexp.MustCompile(`^word (\d+)$`)

// Makes words, sorts them, and counts those of each length; some of it panics and recovers.
func work(seed int) (counts map[int]int) {
	defer func() {
		if recover() != nil {
			counts[-1]++
		}
	}()
	counts = map[int]int{}
	words := make([]string, 0, 2000)
	for i := 0; i < 2000; i++ {
		words = append(words, fmt.Sprint("word ", i*7919%(seed+1009)))
	}
	sort.Strings(words)
	for _, word := range words {
		if number.MatchString(word) {
			counts[len(strings.TrimSpace(word))]++
		}
	}
	if seed%5 == 0 {
		panic("it should")
	}
	return counts
}
